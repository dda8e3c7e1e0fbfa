#pragma once

#include "function_runtime/deploy.h"
#include "support/scripted_runtime.h"

#include <doctest/doctest.h>

#include <algorithm>

/// A deployment of "hello" by a driver that is told what to answer.
namespace cloudkit::test {

using Calls = std::vector<std::string>;

inline FunctionSpec hello() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.handler = "bootstrap";
  spec.architecture = Architecture::x86_64;
  return spec;
}

inline FunctionPackage package(std::string digest = "d1") {
  FunctionPackage package;
  package.zip = "PK";
  package.digest = std::move(digest);
  return package;
}

inline Function function(FunctionState state, std::string reason = {}) {
  Function function;
  function.name = "hello";
  function.state = state;
  function.state_reason = std::move(reason);
  function.code_digest = "d1";
  function.spec = hello();
  function.spec.identity = "role/hello-exec";
  return function;
}

inline FunctionIdentity identity(bool changed) {
  FunctionIdentity identity;
  identity.id = "role/hello-exec";
  identity.changed = changed;
  return identity;
}

struct Deploying {
  ScriptedRuntime driver;
  FakeTime time;
  FunctionRuntimeHooks hooks = time.hooks();
  FunctionSpec spec = hello();
  DeployOptions options;

  Deploying() { driver.identities << identity(false); }

  Result<Function> run(const FunctionPackage& code = package()) {
    return function_runtime::deploy(driver, hooks, spec, code, options);
  }
  long count(const std::string& call) const {
    return static_cast<long>(std::count(driver.calls.begin(), driver.calls.end(), call));
  }
  long waited() const { return std::chrono::duration_cast<std::chrono::seconds>(time.now.time_since_epoch()).count(); }
};

}  // namespace cloudkit::test
