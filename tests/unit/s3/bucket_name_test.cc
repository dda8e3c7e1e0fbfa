#include "aws/s3/bucket_name.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using aws::s3::check_bucket_name;
using aws::s3::fits_host;

TEST_CASE("bucket names that S3 takes") {
  const std::string names[] = {"abc",   "reports", "my-bucket.example", "a_b", "0ab", std::string(63, 'a'),
                               "a.b.c", "1.2.3"};
  for (const std::string& name : names) {
    CHECK_MESSAGE(check_bucket_name(name), name);
  }
}

TEST_CASE("a bucket name that S3 refuses is refused with the rule that it breaks") {
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "is empty"},
      {"ab", "is shorter than 3 characters"},
      {std::string(64, 'a'), "is longer than 63 characters"},
      {"Reports", "has upper-case letters"},
      {"re/ports", "has other characters than a-z, 0-9, '-', '.', '_'"},
      {"b\xC3\xA9"
       "b",
       "has other characters than a-z, 0-9, '-', '.', '_'"},
      {"bkt\r\nHost: x", "has upper-case letters"},
      {"-ab", "does not begin and end with a letter or digit"},
      {"ab.", "does not begin and end with a letter or digit"},
      {"a..b", "has two dots in a row"},
      {"192.168.0.1", "looks like an IP address"},
      {"xn--b", "begins with the reserved \"xn--\""},
      {"sthree-b", "begins with the reserved \"sthree-\""},
      {"b-s3alias", "ends with the reserved \"-s3alias\""},
      {"b--ol-s3", "ends with the reserved \"--ol-s3\""},
      {"b--usw2-az1--x-s3", "ends with the reserved \"--x-s3\""},
  };
  for (const auto& row : cases) {
    const auto& name = row.first;
    const auto& rule = row.second;
    const auto status = check_bucket_name(name);
    REQUIRE_FALSE_MESSAGE(status, name);
    CHECK(status.error().code == ErrorCode::invalid_argument);
    CHECK_MESSAGE(status.error().message.ends_with(rule), status.error().message);
    CHECK(status.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("an ARN is said by name to be nothing that cloudkit does yet") {
  const std::pair<std::string, std::string_view> cases[] = {
      {"arn:aws:s3:us-west-2:123456789012:accesspoint:mine", "is the ARN of an access point"},
      {"arn:aws:s3::123456789012:accesspoint:m.mrap", "is the ARN of a multi-region access point"},
      {"arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/mine",
       "is the ARN of an Object Lambda access point"},
      {"arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:mine",
       "is the ARN of an access point or bucket on Outposts"},
      {"arn:aws:s3express:us-west-2:123456789012:bucket/b--usw2-az1--x-s3", "is the ARN of a directory bucket"},
      {"arn:aws:sqs:us-west-2:123456789012:queue", "is the ARN of something else than a bucket"},
      {"arn:", "is the ARN of something else than a bucket"},
  };
  for (const auto& row : cases) {
    const auto status = check_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(status, row.first);
    CHECK(status.error().code == ErrorCode::unsupported);
    CHECK_MESSAGE(status.error().message.ends_with(row.second), status.error().message);
    CHECK(status.error().hint == "cloudkit takes the names of buckets");
  }
}

TEST_CASE("only some names can stand before a host") {
  CHECK(fits_host("reports"));
  CHECK(fits_host("a.b-c.d"));
  CHECK_FALSE(fits_host("a_b"));
  CHECK_FALSE(fits_host("a.-b"));
  CHECK_FALSE(fits_host("a-.b"));
  CHECK_FALSE(fits_host("ab"));
  CHECK_FALSE(fits_host(std::string(64, 'a')));
  CHECK_FALSE(fits_host("192.168.0.1"));
  CHECK_FALSE(fits_host("evil.example/"));
  CHECK_FALSE(fits_host("Reports"));
}
