// The handle on AWS against the strict fakes: roles that are not known yet, states, conflicts, and URLs that answer.
#include "support/curl_fetch.h"
#include "support/functions_on_moto.h"
#include "support/temporary_directory.h"

#include <cloudkit/function_runtime.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

using namespace cloudkit;
using test::contains;

namespace {

constexpr const char* kCode = R"(
def handler(event, context):
    if event.get("fail"):
        raise KeyError("as asked")
    print("a line of the function")
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "hello from " + context.function_name}
)";

// A function of its own for each case, which leaves nothing behind.
class Strict {
 public:
  Strict(const aws::FunctionsOptions& options, std::string name)
      : endpoint_(options.endpoint), functions_(aws::make_function_runtime(options).value()) {
    std::ofstream(directory_.file("app.py")) << kCode;
    spec_.name = std::move(name);
    spec_.code = FunctionCode::directory(directory_.path());
    spec_.runtime = "python3.12";
    spec_.handler = "app.handler";
  }
  ~Strict() { CHECK(functions_.remove(spec_.name, {.cascade = true})); }
  Strict(const Strict&) = delete;
  Strict& operator=(const Strict&) = delete;

  const FunctionRuntime& functions() const { return functions_; }
  const std::string& name() const { return spec_.name; }
  FunctionSpec& spec() { return spec_; }

  void deploy() {
    const auto deployed = functions_.deploy(spec_);
    REQUIRE_MESSAGE(deployed, deployed.error().to_string());
    CHECK(deployed->state == FunctionState::active);
  }

  Endpoint expose(const EndpointSpec& spec) {
    const auto exposed = functions_.expose(spec_.name, spec);
    REQUIRE_MESSAGE(exposed, exposed.error().to_string());
    return *exposed;
  }

  // Where the fake serves what AWS serves at https://ID.execute-api.….
  std::string served(const Endpoint& endpoint) const {
    if (endpoint.kind != EndpointKind::rest_api) return endpoint.url;
    return endpoint_ + "/_aws/execute-api/" + endpoint.id + endpoint.url.substr(endpoint.url.find('/', 8));
  }

  // As long as it takes until it is known everywhere: the fake counts requests.
  testing::FetchReply ask(const std::string& url) const {
    testing::FetchReply reply;
    for (int i = 0; i < 5; ++i) {
      reply = curl_fetch("GET", url, {}, {}).value();
      if (reply.status == 200) break;
    }
    return reply;
  }

 private:
  const std::string endpoint_;
  const test::TemporaryDirectory directory_;
  FunctionRuntime functions_;
  FunctionSpec spec_;
};

EndpointSpec to_everybody(std::string method, std::string path, std::string stage) {
  EndpointSpec spec;
  spec.method = std::move(method);
  spec.path = std::move(path);
  spec.stage = std::move(stage);
  spec.is_public = true;
  return spec;
}

}  // namespace

TEST_CASE("a function is deployed while its role becomes known, and runs") {
  const auto options = test::options_for_strict<aws::FunctionsOptions>();
  if (!options) return;
  Strict strict(*options, "ck-strict-life");
  strict.deploy();
  const auto reply = strict.functions().invoke(strict.name(), "{}", {.log_tail = true});
  REQUIRE_MESSAGE(reply, reply.error().to_string());
  CHECK(contains(reply->payload, "hello from ck-strict-life"));
  CHECK(contains(reply->log_tail, "a line of the function\n"));
  const auto failed = strict.functions().invoke(strict.name(), R"({"fail": true})");
  REQUIRE_MESSAGE(failed, failed.error().to_string());
  REQUIRE(failed->error);
  CHECK(failed->error->type == "KeyError");

  strict.spec().environment = {{"CHANGED", "yes"}};
  strict.spec().max_concurrency = 0;
  strict.deploy();
  CHECK(strict.functions().get(strict.name()).value().spec.max_concurrency == 0);
}

TEST_CASE("the URLs of all three kinds of endpoint answer") {
  const auto options = test::options_for_strict<aws::FunctionsOptions>();
  if (!options) return;
  Strict strict(*options, "ck-strict-urls");
  strict.deploy();
  for (const EndpointSpec& spec :
       {to_everybody("GET", "/hello", "dev"), to_everybody("GET", "/hello", ""), to_everybody("ANY", "/", "")}) {
    const Endpoint endpoint = strict.expose(spec);
    CAPTURE(endpoint.url);
    const auto reply = strict.ask(strict.served(endpoint));
    CHECK(reply.status == 200);
    CHECK(contains(reply.body, "hello from ck-strict-urls"));
    CHECK(strict.functions().unexpose(strict.name(), endpoint));
    CHECK(strict.ask(strict.served(endpoint)).status != 200);
  }
}

TEST_CASE("schedules, logs and versions") {
  const auto options = test::options_for_strict<aws::FunctionsOptions>();
  if (!options) return;
  Strict strict(*options, "ck-strict-rest");
  strict.deploy();
  ScheduleSpec nightly;
  nightly.name = "nightly";
  nightly.cron = "30 2 * * sun";
  nightly.time_zone = "Europe/Berlin";
  const auto scheduled = strict.functions().schedule(strict.name(), nightly);
  REQUIRE_MESSAGE(scheduled, scheduled.error().to_string());
  CHECK(strict.functions().schedules(strict.name()).value().at(0).time_zone == "Europe/Berlin");
  nightly.cron = "0 0 13 * 5";
  CHECK(strict.functions().schedule(strict.name(), nightly).error().code == ErrorCode::unsupported);

  REQUIRE(strict.functions().invoke(strict.name()));
  std::vector<std::string> lines;
  const auto collect = [&](const LogEvent& event) -> Status {
    lines.push_back(event.text);
    return {};
  };
  CHECK(strict.functions().logs(strict.name(), collect));
  CHECK(std::count(lines.begin(), lines.end(), "a line of the function") == 1);

  CHECK(strict.functions().publish(strict.name()).value() == "1");
  CHECK(strict.functions().set_alias(strict.name(), "live", "1"));
  CHECK(strict.functions().invoke(strict.name(), "{}", {.qualifier = "live"}).value().executed_version == "1");
}
