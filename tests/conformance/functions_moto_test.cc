// The suite of function runtimes on AWS's backend, against moto, which echoes for a function and knows no delays.
#include "support/function_conformance.h"
#include "support/moto.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws_functions.h>
#include <cloudkit/aws_service_client.h>

#include <filesystem>
#include <fstream>
#include <memory>
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

}  // namespace

TEST_CASE("functions on AWS, against moto") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  const auto configured = aws::ServiceClient("lambda", *services)
                              .call({.body = R"({"lambda":{"use_docker":false}})", .path = "/moto-api/config"});
  REQUIRE(configured);

  testing::FunctionRuntimeHarness harness;
  harness.name = "AWS over moto";
  harness.make_runtime = [&] { return aws::make_function_runtime(*options); };
  harness.behaviour = EchoCode();
  harness.leftovers = [&](const std::string& function) { return leftovers(*services, function); };
  harness.reduced = true;
  harness.known_deviations = {
      {"get_missing_is_not_found", "moto 5.2 echoes for a function that does not exist, too"},
      {"remove_then_get_not_found_then_redeploy", "moto 5.2 echoes for a function that was removed, too"},
  };
  run_function_runtime_suite(harness);
}
