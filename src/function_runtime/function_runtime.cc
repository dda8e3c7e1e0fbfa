#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

#include "core/encode.h"
#include "core/fail.h"
#include "core/page_cursor.h"
#include "core/perform.h"
#include "function_runtime/checks.h"
#include "function_runtime/deploy.h"
#include "function_runtime/logs.h"
#include "function_runtime/package.h"
#include "function_runtime/patience.h"
#include "function_runtime/remove.h"
#include "function_runtime/wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

// The handle: checks, then what the driver does, with waits and names.
namespace cloudkit::inline v0 {

using function_runtime::insist;
using function_runtime::Patience;

namespace {

std::string named_function(const FunctionRuntimeDriver& driver, std::string_view name) {
  return fmt::format("{} function {}", driver.url(), core::printable_excerpt(name, 170));
}

// The first that failed, or the context's error.
Status all_of(std::initializer_list<Status> checks, const Context& context) {
  for (const Status& check : checks) {
    if (!check) return check;
  }
  return context.check();
}

// A call of the driver for one whole function: checked, repeated while the service is busy with it, its error named.
template <class Call>
auto call_for(std::string_view operation, FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks,
              std::string_view name, const Status& checked, const Context& context, Call call) -> decltype(call()) {
  const auto resource = [&] { return named_function(driver, name); };
  const Status all_checked = all_of({function_runtime::check_whole_function(name), checked}, context);
  return core::perform(operation, resource, all_checked, [&] {
    Patience patience(hooks, context);
    return insist(patience, call);
  });
}

}  // namespace

FunctionRuntime::FunctionRuntime(std::shared_ptr<FunctionRuntimeDriver> driver, FunctionRuntimeHooks hooks)
    : driver_(std::move(driver)),
      hooks_(std::make_shared<const FunctionRuntimeHooks>(function_runtime::with_defaults(std::move(hooks)))) {}

std::string FunctionRuntime::url() const { return driver_->url(); }

Result<std::string> FunctionRuntime::account(const FunctionOptions& options) const {
  return core::perform(
      "account", [this] { return url(); }, options.context.check(), [&] { return driver_->account(options.context); });
}

FunctionCapabilities FunctionRuntime::capabilities() const { return driver_->capabilities(); }

Result<Function> FunctionRuntime::deploy(const FunctionSpec& spec, const DeployOptions& options) const {
  const auto resource = [&] { return named_function(*driver_, spec.name); };
  const FunctionCapabilities capabilities = driver_->capabilities();
  return core::perform("deploy", resource, options.context.check(), [&]() -> Result<Function> {
    auto checked = function_runtime::check_spec(spec, capabilities);
    if (!checked) return std::move(checked).error();
    auto package = function_runtime::make_package(*checked, capabilities);
    if (!package) return std::move(package).error();
    return function_runtime::deploy(*driver_, *hooks_, *checked, *package, options);
  });
}

Result<Function> FunctionRuntime::get(std::string_view name, const GetFunctionOptions& options) const {
  const auto resource = [&] { return named_function(*driver_, name); };
  const Status checked = all_of(
      {function_runtime::check_reference(name), function_runtime::check_qualifier(options.qualifier)}, options.context);
  return core::perform("get", resource, checked, [&] {
    Patience patience(*hooks_, options.context);
    return insist(patience, [&] { return driver_->get(name, options.qualifier, options.context); });
  });
}

Result<std::vector<Function>> FunctionRuntime::list(const FunctionOptions& options) const {
  const auto resource = [&] { return driver_->url(); };
  return core::perform("list", resource, {}, [&]() -> Result<std::vector<Function>> {
    std::vector<Function> functions;
    for (core::PageCursor cursor; !cursor.done();) {
      if (auto going = options.context.check(); !going) return std::move(going).error();
      Patience patience(*hooks_, options.context);
      auto page = insist(patience, [&] { return driver_->list_page(cursor.token(), options.context); });
      if (!page) return std::move(page).error();
      std::move(page->functions.begin(), page->functions.end(), std::back_inserter(functions));
      if (auto next = cursor.advance(std::move(page->next_page_token)); !next) return std::move(next).error();
    }
    return functions;
  });
}

Result<Function> FunctionRuntime::wait_until(std::string_view name, FunctionState state,
                                             const WaitFunctionOptions& options) const {
  const auto resource = [&] { return named_function(*driver_, name); };
  const Status checked = all_of({function_runtime::check_reference(name)}, options.context);
  return core::perform("wait_until", resource, checked, [&] {
    const function_runtime::Pacing pacing(*hooks_, options.context, function_runtime::as_limit(options.wait_limit));
    return function_runtime::wait_for_state(*driver_, name, state, pacing, options.context);
  });
}

Result<InvokeResult> FunctionRuntime::invoke(std::string_view name, std::string_view payload,
                                             const InvokeOptions& options) const {
  const auto json = function_runtime::check_payload(payload, options, driver_->capabilities());
  const Status checked = json ? function_runtime::check_qualifier(options.qualifier) : Status(json.error());
  const auto resource = [&] { return named_function(*driver_, name); };
  return core::perform("invoke", resource, all_of({function_runtime::check_reference(name), checked}, options.context),
                       [&] {
                         // A function that is called too often stays so: max_concurrency may be 0.
                         Patience patience(*hooks_, options.context, function_runtime::kPropagationLimit,
                                           function_runtime::Throttling::is_an_error);
                         return insist(patience, [&] { return driver_->invoke(name, *json, options); });
                       });
}

Status FunctionRuntime::remove(std::string_view name, const RemoveFunctionOptions& options) const {
  const auto resource = [&] { return named_function(*driver_, name); };
  const Status checked = all_of({function_runtime::check_whole_function(name)}, options.context);
  return core::perform("remove", resource, checked,
                       [&] { return function_runtime::remove(*driver_, *hooks_, name, options); });
}

Result<Endpoint> FunctionRuntime::expose(std::string_view name, const EndpointSpec& spec) const {
  return call_for("expose", *driver_, *hooks_, name, function_runtime::check_endpoint(spec), spec.context,
                  [&] { return driver_->expose(name, spec); });
}

Result<std::vector<Endpoint>> FunctionRuntime::endpoints(std::string_view name, const FunctionOptions& options) const {
  return call_for("endpoints", *driver_, *hooks_, name, {}, options.context,
                  [&] { return driver_->list_endpoints(name, options.context); });
}

Status FunctionRuntime::unexpose(std::string_view name, const Endpoint& endpoint,
                                 const FunctionOptions& options) const {
  Status checked;
  if (endpoint.id.empty()) {
    checked = core::invalid_argument("the endpoint has no id", "take it from expose() or endpoints()");
  }
  return call_for("unexpose", *driver_, *hooks_, name, checked, options.context,
                  [&] { return driver_->unexpose(name, endpoint, options.context); });
}

Result<Schedule> FunctionRuntime::schedule(std::string_view name, const ScheduleSpec& spec) const {
  const auto resource = [&] { return named_function(*driver_, name); };
  const Status checked = all_of(
      {function_runtime::check_whole_function(name), function_runtime::check_schedule(spec, driver_->capabilities())},
      spec.context);
  return core::perform("schedule", resource, checked, [&] {
    Patience patience(*hooks_, spec.context);
    // What calls the function may have been made by this call; the driver says so.
    patience.expect_new_identity();
    return insist(patience, [&] { return driver_->schedule(name, spec); });
  });
}

Result<std::vector<Schedule>> FunctionRuntime::schedules(std::string_view name, const FunctionOptions& options) const {
  return call_for("schedules", *driver_, *hooks_, name, {}, options.context,
                  [&] { return driver_->list_schedules(name, options.context); });
}

Status FunctionRuntime::unschedule(std::string_view name, std::string_view schedule,
                                   const FunctionOptions& options) const {
  return call_for("unschedule", *driver_, *hooks_, name, function_runtime::check_schedule_name(schedule),
                  options.context, [&] { return driver_->unschedule(name, schedule, options.context); });
}

Status FunctionRuntime::logs(std::string_view name, const std::function<Status(const LogEvent&)>& sink,
                             const LogsOptions& options) const {
  const auto resource = [&] { return named_function(*driver_, name); };
  Status checked = all_of({function_runtime::check_whole_function(name)}, options.context);
  if (checked && !sink) checked = core::invalid_argument("there is no sink");
  return core::perform("logs", resource, checked,
                       [&] { return function_runtime::read_logs(*driver_, *hooks_, name, sink, options); });
}

Result<std::string> FunctionRuntime::publish(std::string_view name, const FunctionOptions& options) const {
  return call_for("publish", *driver_, *hooks_, name, {}, options.context,
                  [&] { return driver_->publish(name, options.context); });
}

Status FunctionRuntime::set_alias(std::string_view name, std::string_view alias, std::string_view version,
                                  const FunctionOptions& options) const {
  const Status checked = all_of({function_runtime::check_alias(alias), function_runtime::check_version(version)}, {});
  return call_for("set_alias", *driver_, *hooks_, name, checked, options.context,
                  [&] { return driver_->set_alias(name, alias, version, options.context); });
}

}  // namespace cloudkit::inline v0
