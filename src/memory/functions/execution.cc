#include "memory/functions/execution.h"

#include "codec/http_reply.h"
#include "codec/json.h"
#include "core/exception_type.h"
#include "core/function_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

namespace cloudkit::inline v0::memory {
namespace {

// What `write_log` and `environment_variable` mean on this thread. Handlers may call others' functions.
struct Surroundings {
  const FunctionSpec& spec;
  std::vector<std::string>& lines;
};
thread_local const Surroundings* current_surroundings = nullptr;

class Surround {
 public:
  Surround(const FunctionSpec& spec, std::vector<std::string>& lines) : inner_{spec, lines} {
    current_surroundings = &inner_;
  }
  ~Surround() { current_surroundings = outer_; }
  Surround(const Surround&) = delete;
  Surround& operator=(const Surround&) = delete;

 private:
  Surroundings inner_;
  const Surroundings* outer_ = current_surroundings;
};

}  // namespace

void write_log(std::string_view line) {
  if (current_surroundings != nullptr) current_surroundings->lines.emplace_back(line);
}

std::optional<std::string> environment_variable(std::string_view name) {
  if (current_surroundings == nullptr) return std::nullopt;
  const auto& environment = current_surroundings->spec.environment;
  const auto found = environment.find(std::string(name));
  if (found == environment.end()) return std::nullopt;
  return found->second;
}

namespace functions {
namespace {

using Clock = std::chrono::steady_clock;

// In Lambda's words, which programs match on.
FunctionError died(const Execution& execution, std::string type, std::string_view text) {
  return {std::move(type), fmt::format("RequestId: {} Error: {}", execution.request_id, text), {}, false};
}

FunctionError exited(const Execution& execution, int status) {
  return died(execution, "Runtime.ExitError",
              status == 0 ? "Runtime exited without providing a reason"
                          : fmt::format("Runtime exited with error: exit status {}", status));
}

FunctionError timed_out(const Execution& execution) {
  return died(execution, "Sandbox.Timedout",
              fmt::format("Task timed out after {}.00 seconds", execution.spec.timeout.count()));
}

FunctionError reported(const Error& error) {
  return {
      error.service_code.empty() ? std::string(to_string(error.code)) : error.service_code, error.message, {}, true};
}

std::string to_payload(const FunctionError& error) {
  codec::JsonWriter writer;
  writer.begin_object().name("errorType").string(error.type).name("errorMessage").string(error.message);
  return writer.end_object().finish().value_or(R"({"errorType":"Runtime.Unknown"})");
}

// What became of a call: an answer, or why there is none.
template <class Answer>
struct Run {
  std::optional<Answer> answer = {};
  std::optional<FunctionError> error = {};
};

template <class Answer, class Call>
Run<Answer> run(const Execution& execution, std::vector<std::string>& lines, Call call) {
  Run<Answer> done;
  const auto begun = Clock::now();
  lines.push_back(fmt::format("START RequestId: {} Version: {}", execution.request_id, execution.version));
  {
    const Surround surround(execution.spec, lines);
    try {
      call(done);
    } catch (const ProgramExit& exit) {
      done.error = exited(execution, exit.status);
    } catch (const std::exception& error) {
      done.error = FunctionError{core::current_exception_type(), error.what(), {}, true};
    } catch (...) {
      done.error = FunctionError{core::current_exception_type(), "an exception that is no std::exception", {}, true};
    }
  }
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  if (taken >= execution.limit) done.error = timed_out(execution);
  if (done.error) {
    done.answer.reset();
    lines.push_back(fmt::format("[ERROR] {}: {}", done.error->type, done.error->message));
  }
  lines.push_back(fmt::format("END RequestId: {}", execution.request_id));
  lines.push_back(fmt::format("REPORT RequestId: {}\tDuration: {} ms\tMemory Size: {} MB", execution.request_id,
                              taken.count(), execution.spec.memory_mib));
  return done;
}

Invocation invocation_of(const Execution& execution, std::string_view payload, const Context& context) {
  Invocation invocation;
  invocation.payload = payload;
  invocation.request_id = execution.request_id;
  invocation.function_id = execution.function_id;
  invocation.client_context = execution.client_context;
  invocation.deadline = std::chrono::system_clock::now() + execution.limit;
  invocation.context = context.child_with_timeout(execution.limit);
  return invocation;
}

// Lambda's limit of an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FunctionError too_large() {
  return {
      "Function.ResponseSizeTooLarge",
      fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).", core::kLambdaSyncPayload),
      {},
      false};
}

}  // namespace

Executed execute(const Execution& execution, std::string_view payload, const Context& context) {
  Executed executed;
  auto done = run<std::string>(execution, executed.lines, [&](Run<std::string>& running) {
    if (!execution.handler.handler) {
      running.error =
          FunctionError{"Runtime.HandlerNotFound", "this function is called through its endpoint only", {}, false};
      return;
    }
    auto answer = execution.handler.handler(invocation_of(execution, payload, context));
    if (!answer) {
      running.error = reported(answer.error());
    } else if (answer->size() > core::kLambdaSyncPayload) {
      running.error = too_large();
    } else {
      running.answer = *std::move(answer);
    }
  });
  InvokeResult& result = executed.result;
  result.request_id = execution.request_id;
  result.executed_version = execution.version;
  result.payload = done.error ? to_payload(*done.error) : std::move(*done.answer);
  result.error = std::move(done.error);
  return executed;
}

HttpResponse execute_http(const Execution& execution, HttpRequest request, std::vector<std::string>& lines) {
  auto done = run<HttpResponse>(execution, lines, [&](Run<HttpResponse>& running) {
    if (!execution.handler.http) {
      running.error = FunctionError{"Runtime.HandlerNotFound", "this function answers no HTTP requests", {}, false};
      return;
    }
    request.invocation = invocation_of(execution, {}, {});
    HttpResponse reply = execution.handler.http(request);
    if (const auto headers = codec::reply_headers(reply); !headers) {
      running.error = reported(headers.error());
    } else {
      running.answer = std::move(reply);
    }
  });
  if (done.answer) return *std::move(done.answer);
  // What the program survives it answers itself; what ends it the gateway does.
  HttpResponse failed;
  failed.status = done.error->handled ? 500 : 502;
  if (!done.error->handled) failed.content_type = "application/json";
  failed.body = done.error->handled ? "internal error\n" : R"({"message":"Internal server error"})";
  return failed;
}

std::string log_tail(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  if (text.size() > kLogTail) text.erase(0, text.size() - kLogTail);
  return text;
}

}  // namespace functions
}  // namespace cloudkit::inline v0::memory
