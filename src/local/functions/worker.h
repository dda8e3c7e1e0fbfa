#pragma once

#include "local/functions/invocation_log.h"
#include "local/functions/runtime_api.h"
#include "local/functions/spawner.h"

#include <cloudkit/context.h>
#include <cloudkit/function_types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace cloudkit::inline v0::local::functions {

/// How to run a function's program.
struct Launch {
  ChildSpec child = {};         ///< Without AWS_LAMBDA_RUNTIME_API.
  std::string runtime = {};     ///< For the log: "python3.12, by Python 3.11.2 of /usr/bin/python3".
  std::string entrypoint = {};  ///< What cannot be run if the start fails: "/…/bootstrap".
  std::string version = {};     ///< "$LATEST", or a number.
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds init_limit{0};
  int memory_mib = 0;
};

/// What became of an invocation.
struct Outcome {
  std::string payload = {};
  std::optional<FunctionError> error = {};
  bool delivered = false;    ///< The program was told of it.
  bool init_failed = false;  ///< It ended, or gave up, before it asked for an invocation.
  bool reusable = false;     ///< The program can take another invocation.
};

/// `error` as the payload that stands for it.
Outcome failed(FunctionError error);

/// A program and its Runtime API. Its invocations run in the thread of their caller; between them nobody looks at it,
/// as in Lambda, where it is frozen then. Not thread-safe.
class Worker {
 public:
  /// Errors: as `Child::start`.
  static Result<std::unique_ptr<Worker>> start(Spawner& spawner, const Launch& launch);

  /// Of a program that ended since its last invocation, an outcome that is not `delivered` and has no error. Errors:
  /// those of the context, with `may_have_happened` when the program was told; it is gone then. `io` when poll(2)
  /// fails.
  Result<Outcome> run(const RuntimeEvent& event, InvocationLog& log, const Context& context);
  bool running() const noexcept { return child_->running(); }
  bool started_before() const noexcept { return ready_; }

 private:
  using Clock = Context::Clock;
  enum class Step { progress, timed_out, ended };

  Worker(std::unique_ptr<RuntimeApi> api, std::unique_ptr<Child> child, const Launch& launch);
  Result<Step> step(Clock::time_point until, InvocationLog& log, const Context& context);
  Result<Step> wait_for_next(Clock::time_point until, InvocationLog& log, const Context& context);
  Result<Outcome> wait_for_answer(Clock::time_point until, const RuntimeEvent& event, InvocationLog& log,
                                  const Context& context);
  Outcome ended(const RuntimeEvent& event, InvocationLog& log);
  Outcome timed_out(const RuntimeEvent& event, InvocationLog& log, bool in_init);
  Outcome start_failed(Step how, const RuntimeEvent& event, InvocationLog& log, bool cold);
  static Outcome outcome_of(const RuntimeAnswer& answer);
  void settle(InvocationLog& log, const Context& context);
  void drain(InvocationLog& log);
  void report(const RuntimeEvent& event, const Outcome& outcome, InvocationLog& log, Clock::duration duration);

  std::unique_ptr<RuntimeApi> api_;
  std::unique_ptr<Child> child_;
  const Launch launch_;
  LineCutter output_lines_;
  LineCutter error_lines_;
  bool output_closed_ = false;
  bool errors_closed_ = false;
  Clock::time_point begun_ = Clock::now();
  std::optional<Clock::duration> init_duration_ = {};  // Until it is reported.
  std::uint64_t peak_memory_ = 0;
  bool ready_ = false;  // It has asked for an invocation.
};

}  // namespace cloudkit::inline v0::local::functions
