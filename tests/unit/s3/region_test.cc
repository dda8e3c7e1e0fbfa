#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

ScriptedTransport::Step moved_to(std::string region) {
  return reply(301, {{"x-amz-bucket-region", std::move(region)}}, error_body("PermanentRedirect"));
}
const ScriptedTransport::Step kRemoved = reply(204);

}  // namespace

TEST_CASE_FIXTURE(Fixture, "trap 3: a bucket elsewhere is asked there, signed anew, and remembered") {
  transport->then(moved_to("eu-west-1")).then(kRemoved, 2);
  CHECK(bucket->remove("k", {}));
  CHECK(bucket->remove("k", {}));
  const auto requests = transport->sent();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].host == "reports.s3.us-west-2.amazonaws.com");
  CHECK(requests[1].host == "reports.s3.eu-west-1.amazonaws.com");
  CHECK(requests[2].host == "reports.s3.eu-west-1.amazonaws.com");
  CHECK(signed_region(requests[0]) == "us-west-2");
  CHECK(signed_region(requests[2]) == "eu-west-1");
}

TEST_CASE_FIXTURE(Fixture, "trap 3: HEAD learns the region from a header alone") {
  transport->then(reply(400, {{"x-amz-bucket-region", "eu-west-1"}})).then(reply(404));
  CHECK(bucket->head("k", {}).error().code == ErrorCode::not_found);
  CHECK(transport->sent()[1].host == "reports.s3.eu-west-1.amazonaws.com");
}

TEST_CASE_FIXTURE(Fixture, "trap 3: where regions that are opted into do not say where the bucket is, its HEAD does") {
  const auto refused = reply(400, {}, error_body("IllegalLocationConstraintException"));
  SUBCASE("and the request goes there") {
    transport->then(refused).then(reply(400, {{"x-amz-bucket-region", "af-south-1"}})).then(kRemoved, 2);
    CHECK(bucket->remove("k", {}));
    CHECK(bucket->remove("k", {}));
    const auto requests = transport->sent();
    REQUIRE(requests.size() == 4);
    CHECK(requests[1].method == http::Method::head);
    CHECK(requests[1].host == "reports.s3.us-west-2.amazonaws.com");
    CHECK(requests[2].host == "reports.s3.af-south-1.amazonaws.com");
    CHECK(requests[3].host == "reports.s3.af-south-1.amazonaws.com");
  }
  SUBCASE("or, where it says nothing, the refusal is the error") {
    transport->then(refused).then(reply(404));
    const auto error = bucket->remove("k", {}).error();
    CHECK(error.service_code == "IllegalLocationConstraintException");
    CHECK(error.hint == "the bucket is, or is to be, in another region than was asked: name that one");
  }
  SUBCASE("of a bucket that is to be made nobody is asked") {
    transport->then(reply(404)).then(refused);
    CHECK(store->create_bucket("reports", {}).error().code == ErrorCode::invalid_argument);
    CHECK(transport->sent().size() == 2);
  }
}

TEST_CASE("trap 3: a bucket elsewhere is asked there in the same variant") {
  S3Options options = Fixture::in_region("us-west-2");
  options.fips = options.dual_stack = true;
  Fixture fixture(options);
  fixture.transport->then(moved_to("us-east-2")).then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[0].host == "reports.s3-fips.dualstack.us-west-2.amazonaws.com");
  CHECK(fixture.transport->sent()[1].host == "reports.s3-fips.dualstack.us-east-2.amazonaws.com");
  CHECK(signed_region(fixture.transport->sent()[1]) == "us-east-2");
}

TEST_CASE("trap 3: an accelerated bucket elsewhere has the same host, but another signature") {
  S3Options options = Fixture::in_region("us-west-2");
  options.accelerate = true;
  Fixture fixture(options);
  fixture.transport->then(moved_to("us-east-2")).then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[1].host == "reports.s3-accelerate.amazonaws.com");
  CHECK(signed_region(fixture.transport->sent()[1]) == "us-east-2");
}

TEST_CASE("a reply cannot lead out of the partition") {
  Fixture fixture;
  fixture.transport->then(moved_to("cn-north-1"));
  const auto error = fixture.bucket->remove("k", {}).error();
  CHECK(error.service_code == "PermanentRedirect");
  CHECK(fixture.transport->sent().size() == 1);
}

TEST_CASE("buckets themselves are made, asked for and deleted without acceleration, which knows only objects") {
  S3Options options = Fixture::in_region("us-west-2");
  options.accelerate = true;
  Fixture fixture(options);
  fixture.transport->then(reply(404)).then(reply(200));
  CHECK(fixture.store->create_bucket("reports", {}));
  fixture.transport->then(kRemoved).then(reply(200));
  CHECK(fixture.store->delete_bucket("reports", {}));
  CHECK(fixture.store->bucket_exists("reports", {}).value());
  REQUIRE(fixture.transport->sent().size() == 4);
  for (const auto& request : fixture.transport->sent()) CHECK(request.host == "reports.s3.us-west-2.amazonaws.com");
  CHECK(fixture.bucket->presign("k", {})->starts_with("https://reports.s3-accelerate.amazonaws.com/k?"));
}

TEST_CASE("aws-global is the global host, signed for a real region") {
  Fixture fixture(Fixture::in_region("aws-global"));
  fixture.transport->then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[0].host == "reports.s3.amazonaws.com");
  CHECK(signed_region(fixture.transport->sent()[0]) == "us-east-1");
}

TEST_CASE("trap 3: at a custom endpoint only the signature changes, not the host") {
  Fixture fixture(Fixture::at("https://objects.example"));
  fixture.transport->then(reply(400, {}, error_body("AuthorizationHeaderMalformed", "<Region>eu-1</Region>")));
  fixture.transport->then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[1].host == "objects.example");
  CHECK(signed_region(fixture.transport->sent()[1]) == "eu-1");
}

TEST_CASE_FIXTURE(Fixture, "trap 3: a new bucket's 307 names an endpoint, whose region is asked") {
  const auto redirect = [](const std::string& endpoint) {
    return reply(307, {{"location", "https://" + endpoint + "/k"}},
                 error_body("TemporaryRedirect", "<Endpoint>" + endpoint + "</Endpoint>"));
  };
  for (const char* endpoint : {"reports.s3.eu-west-1.amazonaws.com", "reports.s3-eu-west-1.amazonaws.com"}) {
    Fixture fresh;
    fresh.transport->then(redirect(endpoint)).then(kRemoved);
    CHECK(fresh.bucket->remove("k", {}));
    const auto requests = fresh.transport->sent();
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].host == "reports.s3.eu-west-1.amazonaws.com");
    CHECK(signed_region(requests[1]) == "eu-west-1");
  }
  // What names no region of ours is followed nowhere, and tried again where it was.
  for (const char* endpoint : {"reports.s3.amazonaws.com", "evil.example", "s3.eu-west-1.amazonaws.com.evil.example",
                               "reports.s3.EU/.amazonaws.com", ""}) {
    Fixture fresh;
    fresh.transport->then(redirect(endpoint), 4);
    const auto error = fresh.bucket->remove("k", {}).error();
    CHECK(error.service_code == "TemporaryRedirect");
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.hint ==
          "the bucket is new, and not known everywhere yet: set its region, or try again in some minutes");
    for (const auto& request : fresh.transport->sent()) CHECK(request.host == "reports.s3.us-west-2.amazonaws.com");
    CHECK(fresh.transport->sent().size() == 4);
  }
}

TEST_CASE_FIXTURE(Fixture, "trap 3: a region is corrected once, then the reply is an error") {
  transport->then(moved_to("eu-west-1")).then(moved_to("us-west-2"));
  const auto error = bucket->remove("k", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.service_code == "PermanentRedirect");
  CHECK(error.hint == "region eu-west-1 was tried too, as the service said");
  CHECK(error.attempts == 2);
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a reply that sends us where we are is an error at once") {
  transport->then(reply(400, {{"x-amz-bucket-region", "us-west-2"}}));
  CHECK(bucket->remove("k", {}).error().http_status == 400);
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a region that is none leads nowhere") {
  transport->then(moved_to("evil.com/"));
  const auto error = bucket->remove("k", {}).error();
  CHECK(error.service_code == "PermanentRedirect");
  CHECK(error.hint == "the bucket is in another region: set it");
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a body is sent again to the right region") {
  transport->then(moved_to("eu-west-1")).then(reply(200, {{"ETag", "\"a\""}}));
  const MemorySource source("data");
  CHECK(bucket->put("k", source, {.condition = Condition::absent()}));
  CHECK(transport->sent()[1].body.view() == "data");
}

TEST_CASE_FIXTURE(Fixture, "a bucket that exists in another region exists") {
  transport->then(reply(301, {{"x-amz-bucket-region", "eu-west-1"}})).then(reply(200));
  CHECK(store->bucket_exists("reports", {}).value());
  transport->then(reply(301));
  CHECK(store->bucket_exists("reports", {}).value());
}

TEST_CASE_FIXTURE(Fixture, "a bucket that was elsewhere is made where the caller is") {
  transport->then(moved_to("eu-west-1")).then(kRemoved);
  CHECK(store->delete_bucket("reports", {}));
  transport->then(reply(404)).then(reply(200));
  CHECK(store->create_bucket("reports", {}));
  CHECK(transport->sent()[3].host == "reports.s3.us-west-2.amazonaws.com");
}

TEST_CASE("an error names the region at AWS, else the host") {
  Fixture at_aws;
  at_aws.transport->then(reply(403, {}, error_body("AccessDenied")));
  CHECK(at_aws.bucket->remove("k", {}).error().endpoint == "us-west-2");
  Fixture elsewhere(Fixture::at("http://localhost:9000"));
  elsewhere.transport->then(reply(403, {}, error_body("AccessDenied")));
  CHECK(elsewhere.bucket->remove("k", {}).error().endpoint == "localhost:9000");
}

TEST_CASE("region and endpoint come from the environment where options say nothing") {
  Fixture fixture(S3Options{});
  fixture.variables = {{"AWS_REGION", "eu-central-1"}, {"AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000"}};
  fixture.transport->then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.sent()[0] == "DELETE http://127.0.0.1:9000/reports/k\n");
  CHECK(signed_region(fixture.transport->sent()[0]) == "eu-central-1");
}

TEST_CASE("a bad value in the environment is an error that says where it stands, and can be mended") {
  Fixture fixture(S3Options{});
  fixture.variables = {{"AWS_REGION", "US WEST"}};
  const auto error = fixture.bucket->remove("k", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message.find("\"US WEST\" cannot be a region (configured in ") != std::string::npos);
  CHECK(fixture.bucket->capabilities().put_if_absent);
  fixture.variables = {{"AWS_REGION", "us-west-2"}};
  fixture.transport->then(kRemoved);
  CHECK(fixture.bucket->remove("k", {}));
}

TEST_CASE("a server without an endpoint is a contradiction") {
  S3Options options = Fixture::in_region("us-west-2");
  options.server = S3Server::ceph;
  Fixture fixture(options);
  CHECK(fixture.bucket->remove("k", {}).error().message ==
        "S3Options::server names another server than AWS, but no endpoint is configured");
}
