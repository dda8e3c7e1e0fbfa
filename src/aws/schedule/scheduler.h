#pragma once

#include "aws/lambda/function_ref.h"
#include "aws/service/client.h"

#include <cloudkit/function_types.h>

#include <chrono>
#include <string_view>
#include <vector>

/// Schedules of EventBridge Scheduler. They invoke through a role of the function's own, which goes with the function.
/// Ours are those that are called by the function and invoke it.
namespace cloudkit::inline v0::aws::schedule {

/// For `iam::role_name`.
inline constexpr std::string_view kRolePurpose = "schedule";

struct SchedulerClients {
  service::Client& scheduler;
  service::Client& iam;
};

/// Found and made equal to `spec`, or made. `now`: by which a role is new. Errors: `conflict` for one that invokes
/// something else; `permission_denied` that is `retryable` for a role that the service does not know yet.
Result<Schedule> put_scheduler_schedule(SchedulerClients clients, const lambda::FunctionRef& function,
                                        const ScheduleSpec& spec, std::chrono::system_clock::time_point now);
Result<std::vector<Schedule>> list_scheduler_schedules(service::Client& scheduler, std::string_view function,
                                                       std::string_view region, const Context& context);
/// Whether there is one of the function's.
Result<bool> has_scheduler_schedule(service::Client& scheduler, std::string_view function, std::string_view region,
                                    std::string_view name, const Context& context);
/// One that is missing, or not the function's, is success.
Status remove_scheduler_schedule(service::Client& scheduler, std::string_view function, std::string_view region,
                                 std::string_view name, const Context& context);

}  // namespace cloudkit::inline v0::aws::schedule
