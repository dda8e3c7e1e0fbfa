#include "aws/lambda/invoke.h"

#include "aws/lambda/protocol.h"
#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/encode.h"
#include "http/request_id.h"

#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

// A function may take as long before the first byte of its answer; some time is the network's.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
constexpr std::chrono::seconds kLongestRun{900 + 30};

std::string_view type_of(InvokeMode mode) noexcept {
  switch (mode) {
    case InvokeMode::async: return "Event";
    case InvokeMode::dry_run: return "DryRun";
    case InvokeMode::sync: break;
  }
  return "RequestResponse";
}

// {"errorMessage": …, "errorType": …, "stackTrace": […]}, where a frame may be a list, too.
FunctionError read_function_error(std::string_view kind, const std::string& payload) {
  FunctionError error;
  error.handled = kind == "Handled";
  const auto body = codec::JsonValue::parse(payload, {.max_size = std::size_t{8} << 20});
  if (!body) {
    error.message = core::printable_excerpt(payload, 512);
    return error;
  }
  error.type = service::text_at(*body, "errorType");
  error.message = service::text_at(*body, "errorMessage");
  for (const codec::JsonValue& frame : body->find("stackTrace").items()) {
    if (const auto text = frame.as_string()) {
      error.stack_trace.emplace_back(*text);
    } else if (auto json = codec::JsonWriter().value(frame).finish()) {
      error.stack_trace.push_back(*std::move(json));
    }
  }
  return error;
}

}  // namespace

Result<service::Call> invoke_function(std::string_view name, std::string_view payload, const InvokeOptions& options) {
  auto path = function_path(name, "/invocations");
  if (!path) return std::move(path).error();
  service::Call call = service::rest_call(http::Method::post, *std::move(path));
  call.body = payload.empty() ? "{}" : payload;
  if (!options.qualifier.empty()) call.query.emplace_back("Qualifier", options.qualifier);
  call.headers.add("x-amz-invocation-type", std::string(type_of(options.mode)));
  if (options.log_tail && options.mode == InvokeMode::sync) call.headers.add("x-amz-log-type", "Tail");
  if (!options.client_context.empty()) {
    call.headers.add("x-amz-client-context", core::base64_encode(options.client_context));
  }
  if (options.mode == InvokeMode::sync) call.thinking_time = kLongestRun;
  return call;
}

InvokeResult read_invocation(http::Response response) {
  InvokeResult result;
  result.request_id = http::request_id_of(response.headers);
  result.executed_version = response.headers.get("x-amz-executed-version");
  result.log_tail = core::base64_decode(response.headers.get("x-amz-log-result")).value_or("");
  result.payload = std::move(response.body);
  if (const std::string* kind = response.headers.find("x-amz-function-error")) {
    result.error = read_function_error(*kind, result.payload);
  }
  return result;
}

}  // namespace cloudkit::inline v0::aws::lambda
