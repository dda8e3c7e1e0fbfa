#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// A 503 says that nothing was done, and sometimes it was: the second attempt then meets the first one's work.
namespace {

ScriptedTransport::Step busy() { return reply(503, {}, refusal(503, "backendError", "busy")); }
ScriptedTransport::Step throttling() { return reply(429, {}, refusal(429, "rateLimitExceeded", "slow")); }
ScriptedTransport::Step condition_broken() { return reply(412, {}, refusal(412, "conditionNotMet", "no")); }
ScriptedTransport::Step object_missing() {
  return reply(404, {}, refusal(404, "notFound", "No such object: reports/k"));
}

RemoveOptions if_match() {
  RemoveOptions options;
  options.condition = Condition::match("5");
  return options;
}

CopyRequest copy_if_absent() {
  CopyRequest request;
  request.source_bucket = "other";
  request.source_key = "a";
  request.destination_key = "k";
  request.options.condition = Condition::absent();
  return request;
}

void check_perhaps_own(const Error& error) {
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  CHECK(
      error.message ==
      "a reply was lost or said 503, and the condition does not hold any more: this very request may have changed it");
  CHECK(error.hint == "look at the object before you try again");
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a conditional copy that a 503 made after all was reported as somebody else's") {
  transport->then(busy()).then(condition_broken());
  check_perhaps_own(bucket->copy(copy_if_absent()).error());
}

TEST_CASE_FIXTURE(Fixture, "a conditional removal that a 503 made after all was reported as somebody else's") {
  transport->then(busy()).then(object_missing());
  CHECK(bucket->remove("k", if_match()));
  transport->then(busy()).then(condition_broken());
  check_perhaps_own(bucket->remove("k", if_match()).error());
}

TEST_CASE_FIXTURE(Fixture, "a change of metadata that a 503 made after all was reported as somebody else's") {
  transport->then(reply(200, {}, resource("k"))).then(busy()).then(condition_broken());
  SetMetadataOptions options;
  options.metadata = Metadata{{"new", "2"}};
  check_perhaps_own(bucket->set_metadata("k", options).error());
}

TEST_CASE_FIXTURE(Fixture, "a request that was throttled has done nothing: the condition is another's doing") {
  transport->then(throttling()).then(condition_broken());
  const auto copied = bucket->copy(copy_if_absent()).error();
  CHECK(copied.code == ErrorCode::precondition_failed);
  CHECK_FALSE(copied.may_have_happened);
  transport->then(throttling()).then(object_missing());
  const auto removed = bucket->remove("k", if_match()).error();
  CHECK(removed.code == ErrorCode::precondition_failed);
  CHECK_FALSE(removed.may_have_happened);
}
