#include "testing/functions/suite.h"

#include <algorithm>

namespace cloudkit::inline v0::testing::functions {

std::string FunctionCase::function(std::string_view suffix) const {
  return *functions_.insert(harness_.function_prefix + std::string(suffix)).first;
}

FunctionSpec FunctionCase::spec(const std::string& behaviour, int revision, std::string_view suffix) const {
  if (!harness_.behaviour) fail("the harness has no behaviour");
  auto spec = harness_.behaviour(behaviour, revision);
  if (!spec && spec.error().code == ErrorCode::unsupported) skip(spec.error().message);
  FunctionSpec found = expect_ok(std::move(spec), "the code of " + behaviour);
  found.name = function(suffix);
  return found;
}

Function FunctionCase::deploy(const FunctionSpec& spec) const {
  const Function deployed = expect_ok(runtime_.deploy(spec), "deploying " + spec.name);
  expect(deployed.state == FunctionState::active || deployed.state == FunctionState::inactive,
         "a deployed function should be active, not " + std::string(to_string(deployed.state)));
  expect_equal(deployed.name, spec.name, "the name of the deployed function");
  return deployed;
}

std::string FunctionCase::deploy_behaviour(const std::string& behaviour, std::string_view suffix) const {
  return deploy(spec(behaviour, 1, suffix)).name;
}

std::string FunctionCase::call(const std::string& name, std::string_view payload, const InvokeOptions& options) const {
  const InvokeResult result = expect_ok(runtime_.invoke(name, payload, options), "calling " + name);
  if (result.error) fail("the function failed: " + result.error->type + ": " + result.error->message);
  return result.payload;
}

FunctionError FunctionCase::call_failing(const std::string& name, std::string_view payload) const {
  const InvokeResult result = expect_ok(runtime_.invoke(name, payload), "calling a function that fails");
  if (!result.error) fail("the function should have failed, but answered " + show(result.payload));
  expect(!result.error->type.empty(), "the error of a function should have a type");
  return *result.error;
}

std::vector<std::string> FunctionCase::log(const std::string& name) const {
  std::vector<std::string> lines;
  expect_ok(runtime_.logs(name,
                          [&](const LogEvent& event) -> Status {
                            lines.push_back(event.text);
                            return {};
                          }),
            "reading the log of " + name);
  return lines;
}

bool FunctionCase::soon(const std::function<bool()>& holds) const {
  const auto end = std::chrono::steady_clock::now() + harness_.patience;
  auto wait = std::chrono::milliseconds(5);
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end || !Context().wait_for(wait)) return false;
    wait = std::min(wait * 2, std::chrono::milliseconds(500));
  }
  return true;
}

}  // namespace cloudkit::inline v0::testing::functions
