#include "aws/ec2/open.h"

#include <cloudkit/open_compute.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

Result<aws::ComputeOptions> options(std::string_view url) { return aws::ec2::options_of(Url::parse(url).value()); }

}  // namespace

TEST_CASE("a URL says where, and whose machines") {
  const auto all = options("aws://eu-west-1?endpoint=http://127.0.0.1:5000&profile=dev&fips=false&dual_stack=true");
  REQUIRE(all);
  CHECK(all->region == "eu-west-1");
  CHECK(all->endpoint == "http://127.0.0.1:5000");
  CHECK(all->profile == "dev");
  CHECK(all->fips == false);
  CHECK(all->dual_stack == true);
  CHECK(options("aws://")->region.empty());
}

TEST_CASE("a URL with a mistake says which") {
  CHECK(options("aws://eu-west-1/x").error().message == "nothing stands behind the region");
  CHECK(options("aws://eu-west-1?fips=yes").error().message == "fips=yes is not known");
  const Error unknown = options("aws://eu-west-1?schedules=rules").error();
  CHECK(unknown.code == ErrorCode::invalid_argument);
  CHECK(unknown.hint.find("dual_stack") != std::string::npos);
  CHECK(open_compute("aws://Mars_1").error().message.find("cannot be a region") != std::string::npos);
}

TEST_CASE("aws:// is a scheme of machines, and opening it does no I/O") {
  const auto compute = open_compute("aws://us-west-2");
  REQUIRE(compute);
  CHECK(compute->url() == "aws://us-west-2");
  CHECK(aws::make_compute({.region = "cn-north-1"}).value().url() == "aws://cn-north-1");
  CHECK(aws::make_compute({.region = "no region"}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("what EC2 can do, and its limits") {
  const ComputeCapabilities all = aws::make_compute({.region = "us-west-2"}).value().capabilities();
  CHECK((all.create && all.power && all.firewalls && all.enforces_firewalls && all.keys && all.image_aliases));
  CHECK((all.user_data && all.commands && all.console && all.tags && all.volumes && all.agent));
  CHECK_FALSE(all.files);
  CHECK(all.max_user_data == 16'384);
  CHECK(all.max_script == 32'768);
  CHECK(all.max_output == 24'000);
  CHECK(all.max_error == 8'000);
  CHECK(all.max_tags == 50);
}
