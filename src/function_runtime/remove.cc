#include "function_runtime/remove.h"

#include "function_runtime/patience.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::function_runtime {
namespace {

class Removal {
 public:
  Removal(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, std::string_view name,
          const Context& context)
      : driver_(driver), hooks_(hooks), name_(name), context_(context) {}

  Status alone() {
    step("the function", [&] { return driver_.remove(name_, context_); });
    return first_;
  }

  // From the outside in: nothing may call what is gone, and the log is written until the last call has ended.
  Status with_all_it_has(bool keep_logs) {
    const FunctionCapabilities able = driver_.capabilities();
    if (able.schedules) schedules();
    if (able.endpoints) endpoints();
    step("the function", [&] { return driver_.remove(name_, context_); });
    if (able.logs && !keep_logs) step("its logs", [&] { return driver_.remove_logs(name_, context_); });
    if (able.identities) step("its identity", [&] { return driver_.remove_identity(name_, context_); });
    return first_;
  }

 private:
  void schedules() {
    std::vector<Schedule> found;
    step("its schedules", [&] { return keep(found, driver_.list_schedules(name_, context_)); });
    for (const Schedule& schedule : found) {
      step("its schedule " + schedule.name, [&] { return driver_.unschedule(name_, schedule.name, context_); });
    }
  }

  void endpoints() {
    std::vector<Endpoint> found;
    step("its endpoints", [&] { return keep(found, driver_.list_endpoints(name_, context_)); });
    for (const Endpoint& endpoint : found) {
      step("its endpoint " + endpoint.id, [&] { return driver_.unexpose(name_, endpoint, context_); });
    }
  }

  template <class T>
  static Status keep(std::vector<T>& found, Result<std::vector<T>> listed) {
    if (!listed) return std::move(listed).error();
    found = *std::move(listed);
    return {};
  }

  template <class Call>
  void step(std::string_view what, Call call) {
    if (auto going = context_.check(); !going) return failed(what, std::move(going).error());
    Patience patience(hooks_, context_);
    auto done = insist(patience, call);
    if (!done && done.error().code != ErrorCode::not_found) failed(what, std::move(done).error());
  }

  void failed(std::string_view what, Error error) {
    if (!first_) return;
    error.message = fmt::format("{}: {}", what, error.message);
    first_ = std::move(error);
  }

  FunctionRuntimeDriver& driver_;
  const FunctionRuntimeHooks& hooks_;
  std::string_view name_;
  const Context& context_;
  Status first_ = {};
};

}  // namespace

Status remove(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, std::string_view name,
              const RemoveFunctionOptions& options) {
  Removal removal(driver, hooks, name, options.context);
  return options.cascade ? removal.with_all_it_has(options.keep_logs) : removal.alone();
}

}  // namespace cloudkit::inline v0::function_runtime
