#pragma once

#include "local/functions/child.h"
#include "local/functions/runtime_api.h"

#include <cloudkit/function_types.h>

#include <chrono>
#include <string>
#include <string_view>

/// What Lambda says of functions that fail, in its words: programs match on them.
/// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
namespace cloudkit::inline v0::local::functions {

inline constexpr std::string_view kTimedOut = "Sandbox.Timedout";

/// "Task timed out after 3.00 seconds".
std::string timeout_text(std::chrono::milliseconds limit);
FunctionError timeout_error(std::string_view request_id, std::string_view text);
FunctionError exit_error(std::string_view request_id, const ChildExit& exit);
/// `entrypoint` is the path; an empty `reason` says that there is no such file.
FunctionError entrypoint_error(std::string_view request_id, std::string_view entrypoint, std::string_view reason);
FunctionError too_large_error();

struct ReportedError {
  FunctionError error = {};
  bool is_json = false;
};
/// What the program reported as JSON, or, where that is none, as text and by its type in the header.
ReportedError reported_error(const RuntimeAnswer& answer);

/// The JSON that stands for an error in an invocation's payload.
std::string to_payload(const FunctionError& error);

}  // namespace cloudkit::inline v0::local::functions
