#include "aws/lambda/function_ref.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;
using cloudkit::testing::function_json;

namespace {

struct Parts {
  std::string text;
  std::string region;
  std::string account;
  std::string name;
  std::string qualifier;
};

const std::string kElsewhere = "arn:aws:lambda:us-east-1:123456789012:function:hello";
const std::string kOfOthers = "arn:aws:lambda:us-west-2:999999999999:function:hello";
const std::string kOurs = "arn:aws:lambda:us-west-2:123456789012:function:hello";

using Call = std::function<Error(lambda::LambdaDriver&, const std::string&)>;

template <class Reply>
Error error_in(const Result<Reply>& reply) {
  return reply ? Error{} : reply.error();
}

// All that is of a whole function.
std::vector<Call> calls() {
  const auto of = [](auto call) {
    return [call](lambda::LambdaDriver& driver, const std::string& name) { return error_in(call(driver, name)); };
  };
  EndpointSpec http_api;
  http_api.method = "GET";
  ScheduleSpec nightly;
  nightly.name = "nightly";
  nightly.cron = "0 1 * * *";
  return {
      of([](auto& driver, auto& name) { return driver.ensure_identity(name, {}); }),
      of([](auto& driver, auto& name) { return driver.remove_identity(name, {}); }),
      of([=](auto& driver, auto& name) { return driver.expose(name, http_api); }),
      of([](auto& driver, auto& name) { return driver.list_endpoints(name, {}); }),
      of([](auto& driver, auto& name) { return driver.unexpose(name, {}, {}); }),
      of([=](auto& driver, auto& name) { return driver.schedule(name, nightly); }),
      of([](auto& driver, auto& name) { return driver.list_schedules(name, {}); }),
      of([](auto& driver, auto& name) { return driver.unschedule(name, "nightly", {}); }),
      of([](auto& driver, auto& name) { return driver.remove_logs(name, {}); }),
      of([](auto& driver, auto& name) {
        LogPageRequest request;
        request.name = name;
        return driver.logs_page(request);
      }),
  };
}

}  // namespace

TEST_CASE("a reference is a name, a part of an ARN or all of it, and may have a qualifier") {
  const std::vector<Parts> all = {
      {"hello", "", "", "hello", ""},
      {"hello:live", "", "", "hello", "live"},
      {"function:hello", "", "", "hello", ""},
      {"123456789012:function:hello", "", "123456789012", "hello", ""},
      {"us-west-2:1:function:hello:3", "us-west-2", "1", "hello", "3"},
      {kElsewhere, "us-east-1", "123456789012", "hello", ""},
      {kElsewhere + ":$LATEST", "us-east-1", "123456789012", "hello", "$LATEST"},
      // Names that end with the word, or are it.
      {"my-function:live", "", "", "my-function", "live"},
      {"my_function:function", "", "", "my_function", "function"},
      {"function", "", "", "function", ""},
      {"arn:aws:lambda:us-west-2:1:function:my-function:live", "us-west-2", "1", "my-function", "live"},
      {"arn:aws:lambda:us-west-2:1:function:function:function", "us-west-2", "1", "function", "function"},
      {"", "", "", "", ""},
  };
  for (const Parts& wanted : all) {
    CAPTURE(wanted.text);
    const lambda::Reference reference = lambda::parse_reference(wanted.text);
    CHECK(reference.region == wanted.region);
    CHECK(reference.account == wanted.account);
    CHECK(reference.name == wanted.name);
    CHECK(reference.qualifier == wanted.qualifier);
  }
}

TEST_CASE("a version, an alias and a function of another region are no function of this runtime") {
  const auto refusal = [](std::string_view text) { return lambda::whole_function(text, "us-west-2").error(); };
  CHECK(lambda::whole_function("my-function", "us-west-2")->name == "my-function");
  CHECK(lambda::whole_function(kOurs, "us-west-2")->name == "hello");
  CHECK(refusal("my-function:live").code == ErrorCode::invalid_argument);
  CHECK(refusal("my-function:live").message ==
        "my-function:live is a version or an alias, and this is of the function");
  CHECK(refusal("my-function:live").hint == "leave out what stands behind the function's name");
  CHECK(refusal("arn:aws:s3:::hello").code == ErrorCode::invalid_argument);
  CHECK(refusal("function:").message == "function: names no function");
  CHECK(refusal(kElsewhere).code == ErrorCode::invalid_argument);
  CHECK(refusal(kElsewhere).message == kElsewhere + " is not of this runtime's region us-west-2");
  CHECK(refusal(kElsewhere).hint == "open a runtime of the function's region");
}

TEST_CASE("what is of a whole function asks nobody about a version, an alias or another region's function") {
  Fixture fixture;
  for (const std::string& name : {std::string("my-function:live"), kElsewhere}) {
    CAPTURE(name);
    for (const Call& call : calls()) CHECK(call(*fixture.driver, name).code == ErrorCode::invalid_argument);
    CHECK(error_in(fixture.driver->remove(name, {})).code == ErrorCode::invalid_argument);
  }
  CHECK(fixture.sent.empty());
}

TEST_CASE("what is around a function of another account is not looked for around ours of the same name") {
  for (const Call& call : calls()) {
    Fixture fixture;
    fixture.then(200, function_json());
    for (int i = 0; i < 2; ++i) {
      const Error error = call(*fixture.driver, kOfOthers);
      CHECK(error.code == ErrorCode::invalid_argument);
      CHECK(error.message == kOfOthers + " is not of this runtime's account 123456789012");
      CHECK(error.hint == "open a runtime with credentials of the function's account");
    }
    // One question is enough.
    CHECK(fixture.sent.size() == 1);
  }
}

TEST_CASE("what an ARN's function left is found when the function is gone") {
  Fixture fixture;
  fixture.then(404, "{}", error_type("ResourceNotFoundException")).then(200, "{}");
  CHECK(fixture.driver->remove_logs(kOurs, {}));
  CHECK(fixture.sent.at(1) == R"(POST logs/ {"logGroupName":"/aws/lambda/hello"})");
}
