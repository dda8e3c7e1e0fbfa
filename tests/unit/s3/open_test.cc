#include "aws/s3/open.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using aws::S3Options;

namespace {

Status open(const std::string& text) {
  const auto url = Url::parse(text);
  if (!url) return url.error();
  const auto store = aws::s3::open_store(*url);
  if (!store) return store.error();
  const auto bucket = (*store)->bucket(url->host);
  return bucket ? Status{} : Status(bucket.error());
}

std::string refusal(const std::string& text) {
  const auto status = open(text);
  return status ? "opened" : status.error().message;
}

}  // namespace

TEST_CASE("a URL says what options say") {
  CHECK(open("s3://reports?region=eu-west-1&profile=dev&server=aws&addressing=path&anonymous=false"));
  CHECK(open("s3://reports?endpoint=http://127.0.0.1:9000&server=ceph&addressing=auto"));
  CHECK(open("s3://reports?endpoint=https://objects.example/base&addressing=virtual&anonymous=true"));
}

TEST_CASE("a value that is not known lists those that are") {
  const auto error = open("s3://reports?server=minio").error();
  CHECK(error.message == "server=minio is not known");
  CHECK(error.hint == "server is one of aws, ceph, generic");
  CHECK(refusal("s3://reports?addressing=host") == "addressing=host is not known");
  CHECK(refusal("s3://reports?anonymous=yes") == "anonymous=yes is not known");
  CHECK(refusal("s3://reports?anonymous=") == "anonymous= is not known");
}

TEST_CASE("a URL cannot ask for plain http to another machine") {
  CHECK(open("s3://reports?allow_http=true").error().code == ErrorCode::invalid_argument);
  CHECK(open("s3://reports?endpoint=http://objects.example").error().hint ==
        "use https, or say S3Options::allow_http; a URL cannot say it");
}

TEST_CASE("options that contradict each other make no store") {
  S3Options both;
  both.anonymous = true;
  both.credentials = std::make_shared<testing::ExampleKeys>();
  CHECK(aws::s3::make_driver(both).error().message == "S3Options has both anonymous and credentials");
  const auto anonymous_profile = open("s3://reports?anonymous=true&profile=dev").error();
  CHECK(anonymous_profile.code == ErrorCode::invalid_argument);
  CHECK(anonymous_profile.message == "both anonymous and a profile are asked for");
  CHECK(anonymous_profile.hint == "leave one of them out");
  CHECK(aws::s3::make_driver({.profile = "dev", .anonymous = true}).error().message == anonymous_profile.message);
  CHECK(aws::s3::make_driver({.profile = "dev", .credentials = both.credentials}));  // dev's region and endpoint
  S3Options no_host = {.endpoint = "https://10.0.0.1", .addressing = aws::Addressing::virtual_host};
  CHECK(aws::s3::make_driver(no_host).error().hint == "use Addressing::path");
  CHECK(aws::s3::make_driver({.region = "US"}).error().code == ErrorCode::invalid_argument);
  CHECK(aws::s3::make_driver({}).value()->url() == "s3://");
}
