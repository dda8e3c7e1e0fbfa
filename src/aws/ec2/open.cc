#include "aws/ec2/open.h"

#include "aws/ec2/driver.h"
#include "aws/service/place.h"

namespace cloudkit::inline v0::aws::ec2 {

Result<std::shared_ptr<ComputeDriver>> make_driver(ComputeOptions options) {
  auto asking = service::service_options(std::move(options));
  if (!asking) return std::move(asking).error();
  auto account = std::make_shared<service::Account>(*std::move(asking));
  return std::shared_ptr<ComputeDriver>(std::make_shared<Ec2Driver>(std::move(account)));
}

Result<ComputeOptions> options_of(const Url& url) {
  if (auto known = url.allow_only({"endpoint", "profile", "fips", "dual_stack"}); !known) {
    return std::move(known).error();
  }
  return service::options_at<ComputeOptions>(url);
}

Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url) {
  auto options = options_of(url);
  if (!options) return std::move(options).error();
  return make_driver(*std::move(options));
}

}  // namespace cloudkit::inline v0::aws::ec2
