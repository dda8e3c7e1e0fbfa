// The suite of function runtimes on AWS's backend, against moto, which echoes for a function and knows no delays.
#include "aws/lambda/driver.h"
#include "support/function_conformance.h"
#include "support/moto.h"
#include "support/slow_lambda.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws_service_client.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;

namespace {

// Code for each revision. moto looks for nothing in it.
class EchoCode {
 public:
  Result<FunctionSpec> operator()(const std::string& behaviour, int revision) const {
    if (behaviour != "behaviour.echo") return Error(ErrorCode::unsupported, "moto 5.2 runs no function: it echoes");
    const std::string place = directory_->file(std::to_string(revision));
    std::filesystem::create_directories(place);
    std::ofstream(place + "/behaviour.py") << "def echo(event, context): return event  # " << revision << '\n';
    FunctionSpec spec;
    spec.code = FunctionCode::directory(place);
    spec.runtime = "python3.12";
    spec.handler = behaviour;
    return spec;
  }

 private:
  std::shared_ptr<test::TemporaryDirectory> directory_ = std::make_shared<test::TemporaryDirectory>();
};

// What each service still has that names the function.
Result<std::vector<std::string>> leftovers(const aws::ServiceOptions& options, const std::string& function) {
  const std::vector<std::pair<std::string, aws::ServiceCall>> questions = {
      {"lambda", {.path = "/2015-03-31/functions"}}, {"apigateway", {.path = "/restapis"}},
      {"apigatewayv2", {.path = "/v2/apis"}},        {"scheduler", {.path = "/schedules"}},
      {"logs", {.action = "DescribeLogGroups"}},     {"iam", {.action = "ListRoles"}},
  };
  std::vector<std::string> found;
  for (const auto& [service, question] : questions) {
    const auto reply = aws::ServiceClient(service, options).call(question);
    if (!reply) return reply.error();
    // Not of a neighbour, whose name begins so.
    for (const char* end : {"\"", ".", "-us-west-2", "<"}) {
      if (reply->body.find(function + end) != std::string::npos) found.push_back(service);
    }
  }
  return found;
}

// The time that handles wait by, which passes by waiting alone.
FunctionRuntimeHooks virtual_time() {
  struct Clock {
    std::mutex mutex;
    Context::Clock::time_point now = Context::Clock::now();
  };
  const auto clock = std::make_shared<Clock>();
  FunctionRuntimeHooks hooks;
  hooks.now = [clock] {
    const std::scoped_lock lock(clock->mutex);
    return clock->now;
  };
  hooks.wait = [clock](const Context& context, Context::Clock::duration duration) {
    const std::scoped_lock lock(clock->mutex);
    clock->now += duration;
    return context.check();
  };
  return hooks;
}

// A runtime whose Lambda is slow when told to be.
FunctionRuntime runtime_over(const aws::ServiceOptions& options, const std::shared_ptr<test::SlowLambda>& slow) {
  aws::ClientParts parts;
  parts.transport = slow;
  return FunctionRuntime(std::make_shared<aws::lambda::LambdaDriver>(
                             std::make_shared<aws::service::Account>(options, parts), aws::ScheduleService::scheduler),
                         virtual_time());
}

}  // namespace

TEST_CASE("functions on AWS, against moto") {
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  if (!services) return;
  const auto configured = aws::ServiceClient("lambda", *services)
                              .call({.body = R"({"lambda":{"use_docker":false}})", .path = "/moto-api/config"});
  REQUIRE(configured);

  testing::FunctionRuntimeHarness harness;
  harness.name = "functions on aws:// (moto)";
  const auto slow = std::make_shared<test::SlowLambda>();
  harness.make_runtime = [&]() -> Result<FunctionRuntime> {
    slow->delay({});
    return runtime_over(*services, slow);
  };
  harness.delay = [&](const testing::ServiceDelays& delays) { slow->delay(delays); };
  harness.virtual_time = true;
  harness.behaviour = EchoCode();
  harness.leftovers = [&](const std::string& function) { return leftovers(*services, function); };
  harness.reduced = true;
  harness.known_deviations = {
      {"get_missing_is_not_found", "moto 5.2 echoes for a function that does not exist, too"},
      {"remove_then_get_not_found_then_redeploy", "moto 5.2 echoes for a function that was removed, too"},
  };
  run_function_runtime_suite(harness);
}

// The suite would ask the function for its revision, which moto cannot answer.
TEST_CASE("updates that meet others' are repeated, and waited for") {
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  if (!services) return;
  const auto slow = std::make_shared<test::SlowLambda>();
  const FunctionRuntime functions = runtime_over(*services, slow);
  const EchoCode code;
  FunctionSpec spec = code("behaviour.echo", 1).value();
  spec.name = "ck-moto-conflicts";
  const auto first = functions.deploy(spec);
  REQUIRE_MESSAGE(first, first.error().to_string());
  slow->delay({.update_conflicts = 3, .pending_looks = 2});
  spec.code = code("behaviour.echo", 2).value().code;
  spec.memory_mib = 512;
  const auto second = functions.deploy(spec);
  REQUIRE_MESSAGE(second, second.error().to_string());
  CHECK(second->state == FunctionState::active);
  CHECK(second->revision != first->revision);
  CHECK(second->spec.memory_mib == 512);
  CHECK_FALSE(second->code_digest.empty());
  CHECK(slow->is_spent());
  slow->delay({});
  CHECK(functions.remove(spec.name, {.cascade = true}));
}
