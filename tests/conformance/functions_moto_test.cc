// The suite of function runtimes on AWS's backend, against moto, which echoes for a function and knows no delays.
#include "support/aws_runtimes.h"
#include "support/function_conformance.h"
#include "support/moto.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

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

}  // namespace

TEST_CASE("functions on AWS, against moto") {
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  if (!services) return;
  testing::FunctionRuntimeHarness harness = test::aws_harness(*services, std::make_shared<test::SlowLambda>());
  harness.name = "functions on aws:// (moto)";
  harness.behaviour = EchoCode();
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
  const FunctionRuntime functions = test::runtime_over(*services, slow);
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
