#pragma once

#include "aws/lambda/function_ref.h"
#include "aws/service/client.h"

#include <cloudkit/function_types.h>

#include <string_view>
#include <vector>

/// Schedules that are rules of EventBridge: UTC only, allowed by a statement of the function's policy. Ours are those
/// that are called by the function, and have our target or, after an interruption, none.
namespace cloudkit::inline v0::aws::schedule {

struct RuleClients {
  service::Client& events;
  service::Client& lambda;
};

/// Found and made equal to `spec`, or made. Errors: `unsupported` for another time zone than UTC; `conflict` for a rule
/// that invokes something else.
Result<Schedule> put_rule_schedule(RuleClients clients, const lambda::FunctionRef& function, const ScheduleSpec& spec);
Result<std::vector<Schedule>> list_rule_schedules(RuleClients clients, std::string_view function,
                                                  const Context& context);
/// Whether there is one of the function's.
Result<bool> has_rule_schedule(service::Client& events, std::string_view function, std::string_view name,
                               const Context& context);
/// One that is missing, or not the function's, is success. `function`: null when it is gone, and its permissions with
/// it.
Status remove_rule_schedule(RuleClients clients, std::string_view function_name, const lambda::FunctionRef* function,
                            std::string_view name, const Context& context);

}  // namespace cloudkit::inline v0::aws::schedule
