#include "serve/call.h"

#include "core/log.h"

#include <utility>

namespace cloudkit::inline v0::serving {

Outcome call(const Handler& handler, const Invocation& invocation) {
  Outcome outcome;
  try {
    if (auto reply = handler(invocation)) {
      outcome.reply = *std::move(reply);
    } else {
      outcome.failure = failure_of(reply.error());
    }
  } catch (...) {
    outcome.failure = failure_of_exception();
  }
  if (outcome.failure) log_failure("the function failed", *outcome.failure, invocation.request_id);
  return outcome;
}

std::optional<Failure> start(const ServeOptions& options) {
  std::optional<Failure> failure;
  try {
    if (const Status status = options.init ? options.init() : Status(); !status) failure = failure_of(status.error());
  } catch (...) {
    failure = failure_of_exception();
  }
  if (!failure) return std::nullopt;
  failure->category = "Function.InitError";
  log_failure("the function cannot start", *failure, {});
  return failure;
}

void log_failure(std::string_view what, const Failure& failure, std::string_view request_id) {
  core::log(LogLevel::error, what,
            {{"requestId", request_id}, {"errorType", failure.type}, {"errorMessage", failure.message}});
}

}  // namespace cloudkit::inline v0::serving
