#include "aws/lambda/open.h"

#include "aws/lambda/driver.h"
#include "aws/service/place.h"

namespace cloudkit::inline v0::aws::lambda {
namespace {

constexpr core::Choice<ScheduleService> kScheduleServices[] = {{"scheduler", ScheduleService::scheduler},
                                                               {"rules", ScheduleService::rules}};

}  // namespace

Result<std::shared_ptr<FunctionRuntimeDriver>> make_driver(FunctionsOptions options) {
  const ScheduleService schedules = options.schedules;
  auto asking = service::service_options(std::move(options));
  if (!asking) return std::move(asking).error();
  auto account = std::make_shared<service::Account>(*std::move(asking));
  return std::shared_ptr<FunctionRuntimeDriver>(std::make_shared<LambdaDriver>(std::move(account), schedules));
}

Result<FunctionsOptions> options_of(const Url& url) {
  if (auto known = url.allow_only({"endpoint", "profile", "schedules", "fips", "dual_stack"}); !known) {
    return std::move(known).error();
  }
  auto options = service::options_at<FunctionsOptions>(url);
  if (!options) return options;
  if (auto chosen = core::choose(url, "schedules", kScheduleServices, options->schedules); !chosen) {
    return std::move(chosen).error();
  }
  return options;
}

Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::aws::lambda
