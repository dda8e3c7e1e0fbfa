#include "aws/lambda/read_function.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::aws::lambda;
using cloudkit::testing::function_json;

namespace {

http::Response ok(std::string body) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  return response;
}

Function with_state(const std::string& members) {
  return read_function(ok(R"({"Configuration":{)" + members + "}}")).value();
}

Function with_tags(const std::string& tags) {
  return read_function(ok(R"({"Configuration":)" + function_json() + R"(,"Tags":)" + tags + "}")).value();
}

}  // namespace

TEST_CASE("Lambda's two states are one") {
  struct Row {
    const char* state;
    const char* update;
    FunctionState expected;
  };
  const Row rows[] = {
      {"Pending", "InProgress", FunctionState::pending},   {"Active", "Successful", FunctionState::active},
      {"Active", "InProgress", FunctionState::updating},   {"Active", "Failed", FunctionState::failed},
      {"Inactive", "Successful", FunctionState::inactive}, {"Failed", "Successful", FunctionState::failed},
      {"Deleting", "", FunctionState::deleting},           {"SomethingNew", "", FunctionState::unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.state);
    CAPTURE(row.update);
    const Function function = with_state(fmt::format(R"("State":"{}","LastUpdateStatus":"{}",)"
                                                     R"("StateReason":"why","LastUpdateStatusReason":"no space")",
                                                     row.state, row.update));
    CHECK(function.state == row.expected);
    const bool failed_update = std::string_view(row.update) == "Failed";
    CHECK(function.state_reason == (failed_update ? "the last update failed: no space" : "why"));
  }
  // Listings do not tell.
  CHECK(with_state(R"("FunctionName":"f")").state == FunctionState::unknown);
}

TEST_CASE("the digest of a tag is believed only beside the code that it was written for") {
  CHECK(with_tags(R"({"cloudkit:code":"abc:sha="})").code_digest == "abc");
  CHECK(with_tags(R"({"cloudkit:code":"a:b:sha="})").code_digest == "a:b");
  CHECK(with_tags(R"({"cloudkit:code":"abc:other="})").code_digest.empty());
  CHECK(with_tags(R"({"cloudkit:code":"abc"})").code_digest.empty());
  CHECK(with_tags("{}").code_digest.empty());
}

TEST_CASE("tags of cloudkit and of AWS are not the user's") {
  CHECK(with_tags(R"({"cloudkit:code":"a:b","aws:cloudformation:stack-name":"s","team":"blue"})").spec.tags ==
        std::map<std::string, std::string>{{"team", "blue"}});
}

TEST_CASE("a native function reads as it was asked for") {
  const Function function = with_state(R"("Runtime":"provided.al2023","Handler":"bootstrap")");
  CHECK(function.spec.runtime == "native");
  CHECK(function.spec.handler.empty());
  CHECK(with_state(R"("Runtime":"provided.al2023","Handler":"a.b")").spec.handler == "a.b");
  CHECK(with_state(R"("Runtime":"provided.al2","Handler":"bootstrap")").spec.runtime == "provided.al2");
  CHECK(with_state(R"("PackageType":"Image")").spec.runtime == "native");
}

TEST_CASE("times have an offset without a colon") {
  using namespace std::chrono;
  CHECK(with_state(R"("LastModified":"2026-11-26T01:05:12.345+0100")").modified ==
        sys_days{year{2026} / 11 / 26} + 5min + 12s + 345ms);
  CHECK(with_state(R"("LastModified":"yesterday")").modified == system_clock::time_point{});
}

TEST_CASE("what Lambda cannot have sent is an error") {
  CHECK(read_function(ok("{}")).error().message == "the reply is not one of this service: it has no Configuration");
  CHECK_FALSE(read_function(ok("<html>")));
  CHECK(read_function_page(ok("{}")).error().message == "the reply is not one of this service: it has no Functions");
}
