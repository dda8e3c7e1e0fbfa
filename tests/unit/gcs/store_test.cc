#include "fixture.h"

#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;
using ::test::contains;

namespace {

gcp::GcsOptions paying() {
  gcp::GcsOptions options;
  options.project = "p";
  options.location = "EU";
  options.user_project = "payer";
  return options;
}

struct PayingFixture : Fixture {
  PayingFixture() : Fixture(paying()) {}
};

}  // namespace

TEST_CASE_FIXTURE(PayingFixture, "a bucket is created in its project and place") {
  std::string text;
  transport->then(keeping(text, reply(200, {}, R"({"name":"reports"})")));
  REQUIRE(store->create_bucket("reports", {.versioned = true}));
  CHECK(contains(text, "/storage/v1/b?userProject=payer&project=p&"));
  CHECK(contains(text, R"({"name":"reports","location":"EU","iamConfiguration":)"));
  CHECK(contains(text, R"("versioning":{"enabled":true}})"));
}

TEST_CASE_FIXTURE(PayingFixture, "an organisation that wants uniform access to buckets refused each new one") {
  std::string text;
  transport->then(keeping(text, reply(200, {}, R"({"name":"reports"})")));
  REQUIRE(store->create_bucket("reports", {}));
  CHECK(contains(text, R"("iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true}})"));
}

TEST_CASE_FIXTURE(PayingFixture, "what an organisation's policy forbids was taken for a condition that does not hold") {
  const std::string text = "'us' violates constraint 'constraints/gcp.resourceLocations'";
  transport->then(reply(412, {}, refusal(412, "conditionNotMet", text)));
  const auto error = store->create_bucket("reports", {}).error();
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.service_code == "constraintViolated");
  CHECK(error.message == text);
  CHECK(error.hint ==
        "a policy of the organisation forbids it: follow the constraint that the message names, or ask who sets it");
}

TEST_CASE_FIXTURE(PayingFixture, "who pays is in every request") {
  transport->then(reply(200, media_headers("0"))).then(reply(200, {}, resource("k"))).then(reply(204));
  Received collector;
  CHECK(bucket->get("k", {}, collector));
  CHECK(bucket->head("k", {}));
  CHECK(bucket->remove("k", {}));
  CHECK(contains(sent(0), "x-goog-user-project: payer"));
  CHECK(contains(sent(1), "userProject=payer"));
  CHECK(contains(sent(2), "userProject=payer"));
}

TEST_CASE_FIXTURE(Fixture, "without a project of its own it is the identity's") {
  transport->then(reply(200, {}, R"({"items":[{"name":"a","timeCreated":"2026-01-01T00:00:00Z"}]})"));
  const auto page = store->list_buckets_page({}, {});
  REQUIRE(page);
  CHECK(page->entries.at(0).name == "a");
  CHECK(contains(sent(0), "project=of-identity"));
}

TEST_CASE("buckets need a project, and an anonymous caller has none") {
  gcp::GcsOptions options;
  options.anonymous = true;
  Fixture fixture(options);
  const auto error = fixture.store->create_bucket("reports", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "no project is configured, and buckets are created and listed in one");
  CHECK_FALSE(fixture.bucket->capabilities().presign);
  CHECK(fixture.bucket->presign("k", {}).error().code == ErrorCode::unsupported);
  fixture.transport->then(reply(401, {}, refusal(401, "required", "Anonymous caller")));
  CHECK(fixture.bucket->head("k", {}).error().hint ==
        "the request was sent without credentials: open it with an identity that may do this");
}

TEST_CASE_FIXTURE(Fixture, "a bucket that exists, is missing, or is hidden") {
  transport->then(reply(200, {}, R"({"name":"reports"})"))
      .then(reply(404, {}, refusal(404, "notFound", "The specified bucket does not exist.")))
      .then(reply(403, {}, refusal(403, "forbidden", "no")));
  CHECK(store->bucket_exists("reports", {}).value());
  CHECK_FALSE(store->bucket_exists("reports", {}).value());
  CHECK(store->bucket_exists("reports", {}).error().code == ErrorCode::permission_denied);
}

TEST_CASE_FIXTURE(Fixture, "an emulator that the environment names gets no token, not even the program's own") {
  variables["STORAGE_EMULATOR_HOST"] = "localhost:4443";
  transport->then(reply(200, {}, resource("k")));
  CHECK(bucket->head("k", {}));
  CHECK(transport->sent().at(0).host == "localhost:4443");
  CHECK(transport->sent().at(0).headers.get("authorization").empty());
  CHECK_FALSE(bucket->capabilities().presign);
}

TEST_CASE_FIXTURE(Fixture, "names that no bucket has") {
  for (const std::string& name : {std::string(), std::string("ab"), std::string("Ab1"), std::string("-ab"),
                                  std::string("a..b"), std::string("googlex"), std::string(64, 'a')}) {
    CAPTURE(name);
    CHECK(store->bucket(name).error().code == ErrorCode::invalid_argument);
  }
  CHECK(store->bucket("under_score"));
  CHECK(store->bucket(std::string(60, 'a') + ".example.com"));
}
