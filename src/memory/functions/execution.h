#pragma once

#include "memory/functions/store.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace cloudkit::inline v0::memory::functions {

/// One run of a handler.
struct Execution {
  RegisteredHandler handler = {};
  FunctionSpec spec = {};
  std::string function_id = {};
  std::string version = {};
  std::string request_id = {};
  std::string client_context = {};
  std::chrono::milliseconds limit{0};  ///< In real time.
};

struct Executed {
  InvokeResult result = {};
  std::vector<std::string> lines = {};  ///< What it logged, with START, END and REPORT, as Lambda has them.
};

/// Never throws. Fills all of `result` but its log tail.
Executed execute(const Execution& execution, std::string_view payload, const Context& context);
/// For the function behind an endpoint: 500 where the handler throws or gives no HTTP, as `serve_http` answers; 502
/// where the program ends, as API Gateway answers.
HttpResponse execute_http(const Execution& execution, HttpRequest request, std::vector<std::string>& lines);

/// The last 4 KiB.
std::string log_tail(const std::vector<std::string>& lines);

}  // namespace cloudkit::inline v0::memory::functions
