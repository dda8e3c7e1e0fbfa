#include "aws/s3/quirks.h"

#include "aws/s3/payload.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_objects.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using testing::kAws;
using testing::kTarget;
using testing::MemorySource;
using testing::text_of;

namespace {

std::string put_text(S3Server server, PutOptions options) {
  const MemorySource source("123456789");
  const Quirks& quirks = quirks_of(server);
  const auto request = put_request(kTarget, "k", source, *crc32c_for(quirks, source, {}), options, quirks);
  return request ? text_of(*request) : request.error().message;
}

}  // namespace

TEST_CASE("only AWS is sent a checksum header: others refuse requests that have one") {
  for (const Quirks& row : all_quirks()) {
    const std::string checksum = row.server == S3Server::aws ? "x-amz-checksum-crc32c: 4waSgw==\n" : "";
    CHECK_MESSAGE(put_text(row.server, {}) == "PUT https://objects.example/reports/k\n" + checksum + "\n123456789",
                  row.name);
  }
}

TEST_CASE("trap 22: radosgw compares the ETag of a put only without its quotes") {
  const PutOptions options{.condition = Condition::match("abc")};
  CHECK(put_text(S3Server::aws, options).find("\nif-match: \"abc\"\n") != std::string::npos);
  CHECK(put_text(S3Server::generic, options).find("\nif-match: \"abc\"\n") != std::string::npos);
  CHECK(put_text(S3Server::ceph, options).find("\nif-match: abc\n") != std::string::npos);
  const GetOptions get{.condition = Condition::match("abc")};
  CHECK(text_of(*get_request(kTarget, "k", get, quirks_of(S3Server::ceph))).find("\nif-match: \"abc\"\n") !=
        std::string::npos);
}

TEST_CASE("Google is asked for gzip as it is stored, or it would send other bytes") {
  for (const Quirks& row : all_quirks()) {
    for (const auto& request : {get_request(kTarget, "k", {}, row), head_request(kTarget, "k", {}, {}, row)}) {
      const bool accepts = text_of(*request).find("\naccept-encoding: gzip\n") != std::string::npos;
      CHECK_MESSAGE(accepts == (row.server == S3Server::gcs), row.name);
    }
  }
}

TEST_CASE("a condition that a server ignores is refused, never dropped") {
  for (const S3Server server : {S3Server::aws, S3Server::ceph, S3Server::generic}) {
    const bool is_aws = server == S3Server::aws;
    const auto remove = remove_request(kTarget, "k", Condition::match("abc"), quirks_of(server));
    CHECK(remove.has_value() == is_aws);
    CopyDetails details;
    details.source_bucket = "reports";
    details.source_key = "from";
    details.condition = Condition::absent();
    const auto copy = copy_request(kTarget, "k", details, quirks_of(server));
    CHECK(copy.has_value() == is_aws);
    if (!is_aws) {
      CHECK(remove.error().code == ErrorCode::unsupported);
      CHECK(remove.error().message == "this server does not honour Condition::match here");
      CHECK(copy.error().message == "this server does not honour Condition::absent here");
    }
  }
}

TEST_CASE("a copy's condition on its destination has the header that the server knows") {
  CopyDetails details;
  details.source_bucket = "reports";
  details.source_key = "k";
  details.condition = Condition::match("abc");
  const auto text = [&](S3Server server) { return text_of(*copy_request(kTarget, "k", details, quirks_of(server))); };
  CHECK(text(S3Server::aws).find("\nif-match: \"abc\"\n") != std::string::npos);
  CHECK(text(S3Server::r2).find("\ncf-copy-destination-if-match: \"abc\"\n") != std::string::npos);
  CHECK(text(S3Server::r2).find("\nif-match") == std::string::npos);
  for (const Quirks& row : all_quirks()) {
    const bool guarded = row.server == S3Server::aws || row.server == S3Server::r2;
    CHECK_MESSAGE(copy_request(kTarget, "k", details, row).has_value() == guarded, row.name);
    CHECK_MESSAGE(capabilities_of(row, false).set_metadata_if_match == guarded, row.name);
  }
}

TEST_CASE("what a server can do is what its row says") {
  const auto aws = capabilities_of(quirks_of(S3Server::aws), false);
  CHECK((aws.put_if_absent && aws.put_if_match && aws.conditional_get && aws.remove_if_match && aws.copy_if_absent));
  CHECK((aws.presign && aws.tags && aws.versions && aws.set_metadata && aws.set_metadata_if_match));
  CHECK(aws.max_remove_many == 1000);
  CHECK_FALSE(aws.key_climbs_out);
  CHECK(aws.max_put_size == 5'368'709'120);
  CHECK(aws.max_copy_size == 5'368'709'120);
  const auto generic = capabilities_of(quirks_of(S3Server::generic), true);
  CHECK((generic.put_if_absent && generic.put_if_match && generic.conditional_get));
  CHECK((generic.tags && generic.versions && generic.set_metadata));
  CHECK_FALSE(generic.set_metadata_if_match);
  CHECK_FALSE((generic.remove_if_match || generic.copy_if_absent || generic.presign));
}

TEST_CASE("every row of the table can be used") {
  std::set<std::string_view> names;
  for (const Quirks& row : all_quirks()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(&quirks_of(row.server) == &row);
    CHECK(row.uploads.min_part > 0);
    CHECK(row.uploads.min_part < row.uploads.max_part);
    CHECK(row.uploads.max_part <= row.max_put);
    CHECK(row.uploads.max_parts == 10'000);
    if (row.endpoint.empty()) continue;
    Routing routing;
    routing.server_endpoint = row.endpoint;
    routing.account = names_account(row.endpoint) ? "0123abcd" : "";
    const auto endpoint = endpoint_in(routing, "region-1");
    REQUIRE_MESSAGE(endpoint, endpoint.error().message);
    CHECK(endpoint->scheme == "https");
    CHECK_FALSE(endpoint->custom);
    CHECK(&quirks_of_host(endpoint->host) == &row);
    const bool names_region = row.endpoint.find("{region}") != std::string_view::npos;
    CHECK(region_in(*endpoint, row.endpoint) == (names_region ? "region-1" : ""));
  }
  CHECK(all_quirks().back().server == S3Server::generic);
}

TEST_CASE("trap 31: create-bucket names the region, but not us-east-1, and not to radosgw") {
  CHECK(create_bucket_body("us-east-1", quirks_of(S3Server::aws)).empty());
  CHECK(create_bucket_body("eu-west-1", quirks_of(S3Server::ceph)).empty());
  CHECK(create_bucket_body("eu-west-1", quirks_of(S3Server::aws)) ==
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>");
}

TEST_CASE("a conditional write is not repeated blindly, a plain one is") {
  const MemorySource source("x");
  const Quirks& quirks = quirks_of(S3Server::aws);
  CHECK(put_request(kTarget, "k", source, {}, {}, quirks)->idempotent);
  CHECK_FALSE(put_request(kTarget, "k", source, {}, {.condition = Condition::absent()}, quirks)->idempotent);
  CHECK_FALSE(put_request(kTarget, "k", source, {}, {.condition = Condition::match("a")}, quirks)->idempotent);
  CHECK(remove_request(kTarget, "k", {}, quirks)->idempotent);
  CHECK_FALSE(remove_request(kTarget, "k", Condition::match("a"), quirks)->idempotent);
  CHECK(get_request(kTarget, "k", {.condition = Condition::match("a")}, quirks)->idempotent);
}
