#include "compute/commands.h"

#include "compute/wait.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute {
namespace {

// Of a script that should have ended: the machine may have died, and nobody says so.
constexpr Duration kGrace = std::chrono::seconds(60);

Error may_have_run(Error error) {
  error.may_have_happened = true;
  return error;
}

// One script on one machine.
class Command {
 public:
  Command(const Service& service, std::string_view id, std::string_view script, const RunOptions& options)
      : service_(service), driver_(*service.driver), id_(id), options_(options), context_(options.context) {
    spec_.script = script;
    // What no clock holds is for ever.
    spec_.timeout = std::chrono::duration_cast<std::chrono::seconds>(as_limit(options.timeout));
  }

  Result<CommandResult> run() {
    auto submitted = submit();
    if (!submitted) return std::move(submitted).error();
    const auto begun = service_.hooks.now();
    auto result = submitted->result ? Result<CommandResult>(*std::move(submitted->result)) : poll(submitted->id);
    if (!result) return may_have_run(std::move(result).error());
    if (result->elapsed <= std::chrono::milliseconds(0)) {
      result->elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(service_.hooks.now() - begun);
    }
    return result;
  }

 private:
  using Submitted = Result<std::optional<SubmittedCommand>>;

  // Not again once it may have arrived.
  Result<SubmittedCommand> submit() {
    const Pacing pacing(service_.timer(), context_, as_limit(options_.ready_limit), kFirstTry, kSlowestTry);
    auto taken = look_until(pacing, [&](std::string& last) -> Submitted {
      Submitted submitted = try_to_submit(last);
      if (submitted || !is_passing(submitted.error()) || submitted.error().may_have_happened) return submitted;
      last = with_reason("takes no commands", submitted.error().message);
      return std::optional<SubmittedCommand>();
    });
    if (taken || !lacks_agent_ || taken.error().code != ErrorCode::timeout) return taken;
    Error error = std::move(taken).error();
    error.hint =
        "its image must have the provider's agent, which its identity must let in: on AWS an instance profile with "
        "the policy AmazonSSMManagedInstanceCore";
    return error;
  }

  Submitted try_to_submit(std::string& last) {
    auto instance = glance_at_running(service_, id_, "runs no commands", context_, last);
    if (!instance) return std::move(instance).error();
    if (!*instance) return std::optional<SubmittedCommand>();
    if (driver_.capabilities().agent) {
      auto ready = look_by([&] { return driver_.agent_ready(id_, context_); });
      if (!ready.has_value()) return std::move(ready).error();
      last = "takes no commands: its agent has not reported yet";
      lacks_agent_ = !*ready;
      if (lacks_agent_) return std::optional<SubmittedCommand>();
    }
    // A driver may run it meanwhile.
    last = "may run the script";
    auto submitted = driver_.submit_command(id_, spec_, context_);
    if (!submitted) return std::move(submitted).error();
    return std::optional(*std::move(submitted));
  }

  Result<CommandResult> poll(const std::string& command) {
    const Pacing pacing(service_.timer(), context_, as_limit(options_.timeout) + kGrace, kFirstTry, kSlowestTry);
    const Pacing known(service_.timer(), context_, kPropagationLimit, kFirstTry, kSlowestTry);
    auto result = look_until(pacing, [&](std::string& last) -> Result<std::optional<CommandResult>> {
      last = "runs the script";
      auto seen = look_by([&] { return driver_.poll_command(id_, command, context_); });
      if (seen) return seen;
      const Error& error = seen.error();
      const bool late = error.code == ErrorCode::not_found && error.retryable && !known.expired();
      if (!late && !is_passing(error)) return seen;
      last = with_reason("does not say what became of the script", error.message);
      return std::optional<CommandResult>();
    });
    // What only could not be looked at may do well: it goes on.
    if (result || (context_.check() && !pacing.expired())) return result;
    return ended(std::move(result).error(), command);
  }

  // Nobody waits for it any more, and two at a time would be in each other's way.
  Error ended(Error error, const std::string& command) {
    const auto cancelled = driver_.cancel_command(id_, command, Context::with_timeout(kCleanUpTime));
    if (!context_.check()) return error;
    error.retryable = false;
    error.hint = cancelled ? "it was told to end: a longer RunOptions::timeout gives it more time"
                           : "it could not be told to end, and may run on: " + cancelled.error().message;
    return error;
  }

  const Service& service_;
  ComputeDriver& driver_;
  std::string_view id_;
  const RunOptions& options_;
  const Context& context_;
  CommandSpec spec_;
  bool lacks_agent_ = false;  // When it was last looked for.
};

}  // namespace

Result<CommandResult> run_script(const Service& service, std::string_view id, std::string_view script,
                                 const RunOptions& options) {
  return Command(service, id, script, options).run();
}

}  // namespace cloudkit::inline v0::compute
