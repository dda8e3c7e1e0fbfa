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
  CHECK(open("s3://reports?fips=true&dual_stack=true&accelerate=false"));
  CHECK(refusal("s3://reports?fips=true&accelerate=true") == "acceleration and FIPS exclude each other");
}

TEST_CASE("a value that is not known lists those that are") {
  const auto error = open("s3://reports?server=swift").error();
  CHECK(error.message == "server=swift is not known");
  CHECK(error.hint == "server is one of aws, ceph, minio, r2, b2, wasabi, spaces, gcs, oss, cos, obs, generic");
  CHECK(refusal("s3://reports?addressing=host") == "addressing=host is not known");
  CHECK(refusal("s3://reports?anonymous=yes") == "anonymous=yes is not known");
  CHECK(refusal("s3://reports?anonymous=") == "anonymous= is not known");
  CHECK(refusal("s3://reports?fips=yes") == "fips=yes is not known");
  CHECK(refusal("s3://reports?dual_stack=1") == "dual_stack=1 is not known");
  CHECK(refusal("s3://reports?accelerate=on") == "accelerate=on is not known");
}

TEST_CASE("a URL names an access point by its ARN, with a slash or a colon, and a prefix after it") {
  const std::string arn = "arn:aws:s3:us-west-2:123456789012:accesspoint";
  for (const char* between : {"/", ":"}) {
    const auto url = Url::parse("s3://" + arn + between + "mine/2026/11?region=eu-west-1").value();
    CHECK(url.host == arn + between + "mine");
    CHECK(url.path == "/2026/11");
    CHECK(open("s3://" + arn + between + "mine/2026/11"));
  }
  CHECK(Url::parse("s3://" + arn + "/mine").value().path.empty());
  CHECK(refusal("s3://" + arn).ends_with("names no access point"));
  CHECK(refusal("s3://" + arn + "/").ends_with("has no name that an access point can have"));
}

TEST_CASE("a URL cannot ask for plain http to another machine") {
  CHECK(open("s3://reports?allow_http=true").error().code == ErrorCode::invalid_argument);
  CHECK(open("s3://reports?endpoint=http://objects.example").error().hint ==
        "use https; the option allow_http allows it, but no URL can");
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
