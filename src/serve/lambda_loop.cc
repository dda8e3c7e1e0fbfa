#include "serve/lambda_loop.h"

#include "core/function_rules.h"
#include "core/log.h"
#include "serve/call.h"
#include "serve/runtime_client.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::serving {
namespace {

using http::loopback::Address;

constexpr int kContainerError = 500;

Failure too_large(std::size_t size) {
  return {"Function.ResponseSizeTooLarge",
          fmt::format("the reply has {} bytes; the host takes at most {}", size, core::kLambdaReply),
          "Function.ResponseSizeTooLarge"};
}

// Where tracers look. With several calls at once there would be no right value, and setenv is for one thread.
void publish_trace(const std::string& trace_id) {
  constexpr const char* kVariable = "_X_AMZN_TRACE_ID";
  if (trace_id.empty()) {
    ::unsetenv(kVariable);
  } else {
    ::setenv(kVariable, trace_id.c_str(), 1);
  }
}

Status answer(RuntimeClient& client, const std::string& request_id, Outcome outcome) {
  const std::size_t size = outcome.reply.size();
  if (!outcome.failure && size > core::kLambdaReply) outcome.failure = too_large(size);
  if (outcome.failure) return client.report(request_id, *outcome.failure);
  Status status = client.respond(request_id, std::move(outcome.reply));
  if (!status && status.error().http_status == 413) return client.report(request_id, too_large(size));
  return status;
}

void log_host_problem(std::string_view message, std::string_view request_id, const Error& error) {
  core::log(LogLevel::error, message, {{"requestId", request_id}, {"why", error.message}});
}

// One of those that serve a call at a time each.
class Worker {
 public:
  Worker(Address address, const Handler& handler, bool is_alone, const Context& stop)
      : client_(std::move(address)), handler_(handler), is_alone_(is_alone), stop_(stop) {}

  void run() {
    while (serve_one()) {
    }
    stop_.cancel();
  }

 private:
  // False when the host is not to be asked again.
  bool serve_one() {
    auto event = client_.next(stop_);
    if (!event) {
      if (!stop_.cancelled()) log_host_problem("the host has no more calls", {}, event.error());
      return false;
    }
    Invocation& invocation = event->invocation;
    invocation.payload = event->payload;
    if (is_alone_) publish_trace(invocation.trace_id);
    const Status told = answer(client_, invocation.request_id, call(handler_, invocation));
    if (told) return true;
    log_host_problem("the host does not take the answer", invocation.request_id, told.error());
    // Any other refusal concerns this call alone, and whether the host is there, the next one tells.
    return told.error().http_status != kContainerError;
  }

  RuntimeClient client_;
  const Handler& handler_;
  const bool is_alone_;
  const Context& stop_;
};

}  // namespace

int run_lambda_loop(const Host& host, const Handler& handler, const ServeOptions& options) {
  const auto address = Address::parse(host.address);
  if (!address) {
    core::log(LogLevel::error, "AWS_LAMBDA_RUNTIME_API is no address", {{"why", address.error().message}});
    return exit_code(address.error());
  }
  if (const auto failure = start(options)) {
    if (const Status told = RuntimeClient(*address).report_start(*failure); !told) {
      log_host_problem("the host does not take the error", {}, told.error());
    }
    return 1;
  }
  const Context stop = Context::cancellable();
  const int concurrency = concurrency_of(host, options.max_concurrency);
  const auto work = [&] { Worker(*address, handler, concurrency == 1, stop).run(); };
  std::vector<std::thread> others;
  for (int i = 1; i < concurrency; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::system_error& error) {
      core::log(LogLevel::warn, "fewer calls at once: cannot start a thread", {{"why", error.what()}});
      break;
    }
  }
  work();
  for (std::thread& other : others) other.join();
  return 1;  // A host ends its programs; only one that is broken sends them away.
}

}  // namespace cloudkit::inline v0::serving
