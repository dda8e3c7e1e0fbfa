#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>

/// What EventBridge's schedules and rules share.
namespace cloudkit::inline v0::aws::schedule {

/// "hello.nightly": names are the account's, and functions' names have no dots. Errors: `invalid_argument` beyond 64
/// characters. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
Result<std::string> full_name(std::string_view function, std::string_view schedule);
/// "hello."
std::string prefix_of(std::string_view function);
/// "nightly" of "hello.nightly"; nothing for a name of another function.
std::optional<std::string> own_name(std::string_view function, std::string_view full_name);

/// Whether this ARN is the function's, and no version's or alias's.
bool invokes_function(std::string_view arn, std::string_view function) noexcept;
/// `conflict`: there is a "rule" or "schedule" of our name that invokes something else.
Error not_ours(std::string_view kind, std::string_view full_name);

/// "cron(0 1 * * ? *)". Errors: `invalid_argument`; `unsupported` for what AWS cannot say.
Result<std::string> expression_of(std::string_view cron);
/// Five fields. What no line of cron can say is shown as the service has it.
std::string cron_of(std::string_view expression);

}  // namespace cloudkit::inline v0::aws::schedule
