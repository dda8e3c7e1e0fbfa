#include "serve/runtime_client.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

using http::loopback::Request;
using http::loopback::Response;

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
// Of what the host says when it refuses something.
constexpr std::size_t kMostShown = 200;

http::loopback::ConnectionOptions connection_options() {
  http::loopback::ConnectionOptions options;
  // What other hosts allow more than Lambda.
  options.limits.body_bytes = 8 * core::kLambdaReply;
  return options;
}

Error refused(std::string_view what, const Response& response) {
  Error error = core::fail(ErrorCode::conflict, fmt::format("the host refuses {}: {}", what,
                                                            core::printable_excerpt(response.body, kMostShown)));
  error.http_status = response.status;
  return error;
}

// Nothing for what cannot be one: some hosts send how long a call may take instead.
std::optional<std::chrono::system_clock::time_point> deadline_of(std::string_view text) {
  const auto milliseconds = core::parse_u64(text);
  const auto now = std::chrono::system_clock::now();
  const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  constexpr std::int64_t kDay = 24 * 60 * 60 * 1000;
  if (!milliseconds || *milliseconds > static_cast<std::uint64_t>(since_epoch + 30 * kDay)) return std::nullopt;
  if (*milliseconds < static_cast<std::uint64_t>(since_epoch - kDay)) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(*milliseconds));
}

std::string invocation_target(std::string_view request_id, std::string_view what) {
  return fmt::format("{}invocation/{}/{}", kPrefix, core::percent_encode(request_id, core::Slash::encode), what);
}

}  // namespace

RuntimeClient::RuntimeClient(http::loopback::Address address) : connection_(std::move(address), connection_options()) {}

Result<Event> RuntimeClient::next(const Context& stop) {
  const Request request{.target = fmt::format("{}invocation/next", kPrefix)};
  auto response = connection_.send(request, stop);
  if (!response) return std::move(response).error();
  if (response->status != 200) return refused("to say what is next", *response);
  const auto header = [&](std::string_view name) { return std::string(response->headers.get(name)); };
  Event event;
  Invocation& invocation = event.invocation;
  invocation.request_id = header("Lambda-Runtime-Aws-Request-Id");
  if (invocation.request_id.empty()) {
    return core::fail(ErrorCode::unknown, "the host sends a call without Lambda-Runtime-Aws-Request-Id");
  }
  invocation.function_id = header("Lambda-Runtime-Invoked-Function-Arn");
  invocation.trace_id = header("Lambda-Runtime-Trace-Id");
  invocation.client_context = header("Lambda-Runtime-Client-Context");
  invocation.tenant_id = header("Lambda-Runtime-Aws-Tenant-Id");
  invocation.context = Context::cancellable();
  if (const auto deadline = deadline_of(response->headers.get("Lambda-Runtime-Deadline-Ms"))) {
    invocation.deadline = *deadline;
    invocation.context = invocation.context.child_with_timeout(*deadline - std::chrono::system_clock::now());
  }
  event.payload = std::move(response->body);
  return event;
}

Status RuntimeClient::respond(std::string_view request_id, std::string reply) {
  return post(invocation_target(request_id, "response"), std::move(reply), {});
}

Status RuntimeClient::report(std::string_view request_id, const Failure& failure) {
  return post(invocation_target(request_id, "error"), to_json(failure), failure.category);
}

Status RuntimeClient::report_start(const Failure& failure) {
  return post(fmt::format("{}init/error", kPrefix), to_json(failure), failure.category);
}

Status RuntimeClient::post(std::string target, std::string body, std::string_view category) {
  Request request{.method = "POST", .target = std::move(target)};
  request.headers.add("Content-Type", "application/json");
  if (!category.empty()) request.headers.add("Lambda-Runtime-Function-Error-Type", std::string(category));
  request.body = std::move(body);
  const auto response = connection_.send(request);
  if (!response) return response.error();
  if (response->status >= 200 && response->status < 300) return {};
  return refused("an answer", *response);
}

}  // namespace cloudkit::inline v0::serving
