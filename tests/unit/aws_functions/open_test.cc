#include "aws/lambda/open.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

Result<aws::FunctionsOptions> options(std::string_view url) { return aws::lambda::options_of(Url::parse(url).value()); }

}  // namespace

TEST_CASE("a URL says where, and whose") {
  const auto all =
      options("aws://eu-west-1?endpoint=http://127.0.0.1:5000&profile=dev&schedules=rules&fips=false&dual_stack=true");
  REQUIRE(all);
  CHECK(all->region == "eu-west-1");
  CHECK(all->endpoint == "http://127.0.0.1:5000");
  CHECK(all->profile == "dev");
  CHECK(all->schedules == aws::ScheduleService::rules);
  CHECK(all->fips == false);
  CHECK(all->dual_stack == true);
  CHECK(options("aws://")->region.empty());
}

TEST_CASE("a URL with a mistake says which") {
  CHECK(options("aws://eu-west-1/x").error().message == "nothing stands behind the region");
  CHECK(options("aws://eu-west-1?schedules=cron").error().hint == "schedules is one of scheduler, rules");
  CHECK(options("aws://eu-west-1?fips=yes").error().message == "fips=yes is not known");
  CHECK(options("aws://eu-west-1?region=x").error().code == ErrorCode::invalid_argument);
  CHECK(aws::lambda::open_runtime(Url::parse("aws://Mars_1").value()).error().message.find("cannot be a region") !=
        std::string::npos);
  CHECK(aws::lambda::open_runtime(Url::parse("aws://us-west-2").value()).value()->url() == "aws://us-west-2");
}
