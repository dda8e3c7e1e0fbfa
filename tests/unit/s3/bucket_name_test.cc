#include "aws/s3/bucket_name.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using aws::s3::check_bucket_name;
using aws::s3::check_new_bucket_name;
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

TEST_CASE("a directory bucket or an alias of an access point is nothing that cloudkit does, and no name for a bucket") {
  const std::pair<std::string, std::string> cases[] = {
      {"m-abc123-s3alias", "-s3alias"}, {"m-abc123--ol-s3", "--ol-s3"},      {"mfzwi23gnjvgw.mrap", ".mrap"},
      {"b--usw2-az1--x-s3", "--x-s3"},  {"abc-123--table-s3", "--table-s3"},
  };
  for (const auto& row : cases) {
    const auto status = check_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(status, row.first);
    CHECK(status.error().code == ErrorCode::unsupported);
    CHECK(status.error().message == '"' + row.first + "\" is a directory bucket or an alias of an access point");
    CHECK(status.error().hint == "cloudkit takes general purpose buckets");
    const auto made = check_new_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(made, row.first);
    CHECK(made.error().code == ErrorCode::invalid_argument);
    CHECK(made.error().message ==
          "the bucket name \"" + row.first + "\" ends with the reserved \"" + row.second + "\"");
    CHECK(made.error().hint == "a bucket name is 3 to 63 characters: a-z, 0-9, '-' and '.'");
  }
  CHECK(check_new_bucket_name("reports"));
  CHECK(check_new_bucket_name("-s3alias").error().message.ends_with("does not begin and end with a letter or digit"));
  CHECK(check_new_bucket_name("arn:aws:s3:::b--x-s3").error().message.find("is the ARN of") != std::string::npos);
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
