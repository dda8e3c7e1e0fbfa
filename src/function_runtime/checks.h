#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <chrono>
#include <optional>
#include <string_view>

/// What no runtime could do, refused before any I/O, with the rule.
namespace cloudkit::inline v0::function_runtime {

/// With what a spec leaves open filled in: the architecture, a native function's handler.
Result<FunctionSpec> check_spec(const FunctionSpec& spec, const FunctionCapabilities& capabilities);

/// A function that exists already: any name or id that a provider may have given it.
Status check_reference(std::string_view name);
/// The same for what is done to a function as a whole: a reference with a qualifier, "hello:3", names less.
Status check_whole_function(std::string_view name);
/// Empty: none.
Status check_qualifier(std::string_view qualifier);
Status check_alias(std::string_view alias);
Status check_version(std::string_view version);

/// An empty payload is "{}".
Result<std::string_view> check_payload(std::string_view payload, const InvokeOptions& options,
                                       const FunctionCapabilities& capabilities);
Status check_endpoint(const EndpointSpec& spec);
/// Also the cron line and the time zone.
Status check_schedule(const ScheduleSpec& spec, const FunctionCapabilities& capabilities);
/// By the first time that `next_fire` found for its line.
Status check_fires(std::string_view cron, const Result<std::optional<std::chrono::system_clock::time_point>>& first);
Status check_schedule_name(std::string_view name);

}  // namespace cloudkit::inline v0::function_runtime
