#include "aws/lambda/open.h"

#include "aws/lambda/driver.h"
#include "aws/url_choice.h"

namespace cloudkit::inline v0::aws::lambda {
namespace {

constexpr Choice<ScheduleService> kScheduleServices[] = {{"scheduler", ScheduleService::scheduler},
                                                         {"rules", ScheduleService::rules}};

ServiceOptions service_options(FunctionsOptions options) {
  ServiceOptions service;
  service.region = std::move(options.region);
  service.endpoint = std::move(options.endpoint);
  service.profile = std::move(options.profile);
  service.allow_http = options.allow_http;
  service.credentials = std::move(options.credentials);
  service.retry = options.retry;
  service.transport = std::move(options.transport);
  service.fips = options.fips;
  service.dual_stack = options.dual_stack;
  return service;
}

}  // namespace

Result<std::shared_ptr<FunctionRuntimeDriver>> make_driver(FunctionsOptions options) {
  if (!options.region.empty()) {
    if (auto valid = check_region(options.region); !valid) return std::move(valid).error();
  }
  const ScheduleService schedules = options.schedules;
  auto account = std::make_shared<service::Account>(service_options(std::move(options)));
  return std::shared_ptr<FunctionRuntimeDriver>(std::make_shared<LambdaDriver>(std::move(account), schedules));
}

Result<FunctionsOptions> options_of(const Url& url) {
  if (auto known = url.allow_only({"endpoint", "profile", "schedules", "fips", "dual_stack"}); !known) {
    return std::move(known).error();
  }
  if (!url.path.empty() && url.path != "/") {
    return core::invalid_argument("nothing stands behind the region", "write aws://REGION");
  }
  FunctionsOptions options;
  options.region = url.host;
  options.endpoint = url.get("endpoint");
  options.profile = url.get("profile");
  Status chosen = choose(url, "schedules", kScheduleServices, options.schedules);
  if (chosen) chosen = choose(url, "fips", kBooleans, options.fips);
  if (chosen) chosen = choose(url, "dual_stack", kBooleans, options.dual_stack);
  if (!chosen) return std::move(chosen).error();
  return options;
}

Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::aws::lambda
