#include "aws/s3/bucket_name.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using aws::s3::check_bucket_name;
using aws::s3::check_own_bucket_name;
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

TEST_CASE("a directory bucket and the like is nothing that cloudkit does, and no name for a bucket") {
  const std::pair<std::string, std::string> cases[] = {
      {"m-abc123--ol-s3", "--ol-s3"},      {"mfzwi23gnjvgw.mrap", ".mrap"},      {"b--usw2-az1--x-s3", "--x-s3"},
      {"abc-123--table-s3", "--table-s3"}, {"mine--usw2-az1--xa-s3", "--xa-s3"},
  };
  for (const auto& row : cases) {
    const auto status = check_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(status, row.first);
    CHECK(status.error().code == ErrorCode::unsupported);
    CHECK(status.error().message ==
          '"' + row.first + "\" is no general purpose bucket: it ends with \"" + row.second + '"');
    CHECK(status.error().hint == "cloudkit takes general purpose buckets and their access points");
    const auto made = check_own_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(made, row.first);
    CHECK(made.error().code == ErrorCode::invalid_argument);
    CHECK(made.error().message ==
          "the bucket name \"" + row.first + "\" ends with the reserved \"" + row.second + "\"");
    CHECK(made.error().hint == "a bucket name is 3 to 63 characters: a-z, 0-9, '-' and '.'");
  }
  CHECK(check_own_bucket_name("reports"));
  CHECK(check_own_bucket_name("-s3alias").error().message.ends_with("does not begin and end with a letter or digit"));
}

TEST_CASE("an access point stands where a bucket's name does, by its alias or ARN, but is none to be made") {
  const std::string alias = "mine-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias";
  const std::string arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/mine";
  CHECK(check_bucket_name(alias));
  CHECK(check_bucket_name(arn));
  CHECK(check_bucket_name("arn:aws:s3:us-west-2:123456789012:accesspoint:mine"));
  CHECK(check_bucket_name("arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/mine"));
  CHECK(check_own_bucket_name(alias).error().code == ErrorCode::invalid_argument);
  CHECK(check_own_bucket_name(arn).error().code == ErrorCode::unsupported);
  CHECK(check_bucket_name("mine-s3alias").error().message ==
        "the bucket name \"mine-s3alias\" ends as the alias of an access point, and is none");
}

TEST_CASE("an ARN that is none of an access point says what is wrong with it") {
  const std::pair<std::string, std::string_view> cases[] = {
      {"arn:aws:s3:us-west-2:123456789012:accesspoint", "names no access point"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoints/mine", "names no access point"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoint/", "has no name that an access point can have"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoint/a/b", "has no name that an access point can have"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoint/evil.example", "has no name that an access point can have"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoint/-ab", "has no name that an access point can have"},
      {"arn:aws:s3:us-west-2:123456789012:accesspoint/" + std::string(51, 'a'),
       "has no name that an access point can have"},
      {"arn:aws:s3:us-west-2:evil.example#:accesspoint/mine", "has no account of 12 digits"},
      {"arn:aws:s3:us.evil:123456789012:accesspoint/mine", "has no region"},
      {"arn:aws-cn:s3:us-west-2:123456789012:accesspoint/mine",
       "is of the partition aws-cn, which has no region us-west-2"},
  };
  for (const auto& row : cases) {
    const auto status = check_bucket_name(row.first);
    REQUIRE_FALSE_MESSAGE(status, row.first);
    CHECK(status.error().code == ErrorCode::invalid_argument);
    CHECK_MESSAGE(status.error().message.ends_with(row.second), status.error().message);
    CHECK(status.error().hint == "an access point is arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME");
  }
}

TEST_CASE("an ARN of something else is said by name to be nothing that cloudkit does") {
  const std::pair<std::string, std::string_view> cases[] = {
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
    CHECK(status.error().hint == "cloudkit takes the names of buckets, and the ARNs of access points");
  }
  const auto of_bucket = check_bucket_name("arn:aws:s3:::reports").error();
  CHECK(of_bucket.message == "\"arn:aws:s3:::reports\" is the ARN of a bucket, or of what is in it");
  CHECK(of_bucket.hint == "write the bucket's name: s3://BUCKET");
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
