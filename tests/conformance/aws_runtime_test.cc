// The handle on AWS against moto: a deployment and all around it in a few calls, and nothing left behind.
#include "support/functions_on_moto.h"
#include "support/temporary_directory.h"

#include <cloudkit/function_runtime.h>

#include <fstream>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using test::calls;
using test::contains;

namespace {

FunctionSpec spec_in(const std::string& directory) {
  FunctionSpec spec;
  spec.name = "ck-runtime";
  spec.code = FunctionCode::directory(directory);
  spec.runtime = "python3.12";
  spec.handler = "app.handler";
  spec.environment = {{"GREETING", "hello"}};
  return spec;
}

void write_code(const std::string& directory, const std::string& text) { std::ofstream(directory + "/app.py") << text; }

}  // namespace

TEST_CASE("deployed, deployed again, exposed, scheduled, removed: and nothing is left") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  const test::TemporaryDirectory directory;
  write_code(directory.path(), "def handler(event, context): return event\n");
  const FunctionRuntime functions = aws::make_function_runtime(*options).value();
  CHECK(functions.url() == "aws://us-west-2");

  const auto first = functions.deploy(spec_in(directory.path()));
  REQUIRE_MESSAGE(first, first.error().to_string());
  CHECK(first->state == FunctionState::active);
  CHECK(first->spec.identity.ends_with(":role/cloudkit-ck-runtime-us-west-2-exec"));

  const auto again = functions.deploy(spec_in(directory.path()));
  REQUIRE_MESSAGE(again, again.error().to_string());
  CHECK(again->modified == first->modified);
  CHECK(again->revision == first->revision);

  FunctionSpec changed = spec_in(directory.path());
  changed.environment.clear();
  changed.max_concurrency = 2;
  const auto configured = functions.deploy(changed);
  REQUIRE_MESSAGE(configured, configured.error().to_string());
  CHECK(configured->revision == first->revision);
  CHECK(configured->spec.environment.empty());
  CHECK(configured->spec.max_concurrency == 2);

  write_code(directory.path(), "def handler(event, context): return None\n");
  const auto updated = functions.deploy(changed);
  REQUIRE_MESSAGE(updated, updated.error().to_string());
  CHECK(updated->revision != first->revision);
  CHECK(functions.get("ck-runtime").value().code_digest == updated->code_digest);

  EndpointSpec endpoint;
  endpoint.method = "GET";
  endpoint.path = "/hello";
  endpoint.stage = "dev";
  endpoint.is_public = true;
  CHECK(functions.expose("ck-runtime", endpoint).value().url.ends_with("/dev/hello"));
  endpoint.stage.clear();
  CHECK(functions.expose("ck-runtime", endpoint).value().kind == EndpointKind::http_api);
  CHECK(functions.endpoints("ck-runtime").value().size() == 2);
  ScheduleSpec nightly;
  nightly.name = "nightly";
  nightly.cron = "0 1 * * *";
  nightly.time_zone = "Europe/Berlin";
  CHECK(functions.schedule("ck-runtime", nightly).value().cron == "0 1 * * *");
  CHECK(functions.schedules("ck-runtime").value().size() == 1);

  const Status removed = functions.remove("ck-runtime", {.cascade = true});
  CHECK_MESSAGE(removed, (removed ? "" : removed.error().to_string()));
  CHECK(functions.get("ck-runtime").error().code == ErrorCode::not_found);
  CHECK_FALSE(contains(calls(*services, "apigateway", {.path = "/restapis"}), "ck-runtime"));
  CHECK_FALSE(contains(calls(*services, "apigatewayv2", {.path = "/v2/apis"}), "ck-runtime"));
  CHECK_FALSE(contains(calls(*services, "scheduler", {.path = "/schedules"}), "ck-runtime"));
  CHECK_FALSE(contains(calls(*services, "iam", {.action = "ListRoles"}), "ck-runtime"));
  CHECK(functions.remove("ck-runtime", {.cascade = true}));
}

TEST_CASE("errors of the handle name the function, and where it is") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const FunctionRuntime functions = aws::make_function_runtime(*options).value();
  const auto missing = functions.get("ck-runtime-missing");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().to_string().starts_with("get aws://us-west-2 function ck-runtime-missing: "));
  CHECK(functions.invoke("ck-runtime-missing", "not JSON").error().code == ErrorCode::invalid_argument);
}
