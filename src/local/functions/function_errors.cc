#include "local/functions/function_errors.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/function_rules.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::local::functions {
namespace {

std::string member_text(const codec::JsonValue& json, std::string_view name) {
  return std::string(json.find(name).as_string().value_or(""));
}

}  // namespace

std::string timeout_text(std::chrono::milliseconds limit) {
  return fmt::format("Task timed out after {:.2f} seconds", std::chrono::duration<double>(limit).count());
}

FunctionError timeout_error(std::string_view request_id, std::string_view text) {
  return {std::string(kTimedOut), fmt::format("RequestId: {} Error: {}", request_id, text), {}, false};
}

FunctionError exit_error(std::string_view request_id, const ChildExit& exit) {
  const bool without_reason = exit.known && exit.signal == 0 && exit.code == 0;
  const std::string text =
      without_reason ? "Runtime exited without providing a reason" : "Runtime exited with error: " + describe(exit);
  return {"Runtime.ExitError", fmt::format("RequestId: {} Error: {}", request_id, text), {}, false};
}

FunctionError entrypoint_error(std::string_view request_id, std::string_view entrypoint, std::string_view reason) {
  const std::string text = reason.empty() ? fmt::format("Couldn't find valid bootstrap(s): [{}]", entrypoint)
                                          : fmt::format("fork/exec {}: {}", entrypoint, reason);
  return {"Runtime.InvalidEntrypoint", fmt::format("RequestId: {} Error: {}", request_id, text), {}, false};
}

FunctionError too_large_error() {
  return {"Function.ResponseSizeTooLarge",
          fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).", core::kLambdaReply),
          {},
          false};
}

ReportedError reported_error(const RuntimeAnswer& answer) {
  ReportedError reported;
  FunctionError& error = reported.error;
  error.handled = answer.kind == RuntimeAnswer::Kind::error;
  codec::JsonLimits limits;
  limits.max_size = core::kLambdaReply;
  const auto json = codec::JsonValue::parse(answer.body, limits);
  reported.is_json = json && json->is_object();
  if (reported.is_json) {
    error.type = member_text(*json, "errorType");
    error.message = member_text(*json, "errorMessage");
    for (const codec::JsonValue& line : json->find("stackTrace").items()) {
      if (const auto text = line.as_string()) error.stack_trace.emplace_back(*text);
    }
  } else {
    error.message = core::printable_excerpt(answer.body, 1024);
  }
  if (error.type.empty()) error.type = answer.error_type.empty() ? "Runtime.UnknownReason" : answer.error_type;
  return reported;
}

std::string to_payload(const FunctionError& error) {
  codec::JsonWriter writer;
  writer.begin_object();
  writer.name("errorType").string(core::is_valid_utf8(error.type) ? error.type : "Runtime.Unknown");
  writer.name("errorMessage").string(core::is_valid_utf8(error.message) ? error.message : "");
  return writer.end_object().finish().value_or("{}");
}

}  // namespace cloudkit::inline v0::local::functions
