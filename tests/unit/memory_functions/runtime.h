#pragma once

#include <cloudkit/memory_functions.h>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace cloudkit::test {

/// A memory runtime with a function "hello", whose handler is the test's.
struct MemoryRuntime {
  memory::MemoryFunctions functions;
  FunctionRuntime runtime = functions.runtime();
  FunctionSpec spec;

  explicit MemoryRuntime(const memory::MemoryFunctionsOptions& options = {}) : functions(options) {
    spec.name = "hello";
    spec.code = FunctionCode::image("registry/hello:1");
    spec.handler = "echo";
    functions.add_handler("echo", [](const Invocation& in) -> Result<std::string> { return std::string(in.payload); });
  }
  /// For what runs into its timeout.
  static memory::MemoryFunctionsOptions fast() {
    memory::MemoryFunctionsOptions options;
    options.timeout_second = std::chrono::milliseconds(50);
    return options;
  }

  void deploy() const { runtime.deploy(spec).value(); }
  /// With this handler.
  void deploy(Handler handler) {
    functions.add_handler("own", std::move(handler));
    spec.handler = "own";
    deploy();
  }
  InvokeResult call(std::string_view payload = "{}", const InvokeOptions& options = {}) const {
    return runtime.invoke("hello", payload, options).value();
  }
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    runtime
        .logs("hello",
              [&](const LogEvent& event) -> Status {
                lines.push_back(event.text);
                return {};
              })
        .value();
    return lines;
  }
};

}  // namespace cloudkit::test
