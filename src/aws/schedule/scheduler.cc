#include "aws/schedule/scheduler.h"

#include "aws/arn.h"
#include "aws/iam/role_keeper.h"
#include "aws/schedule/names.h"
#include "aws/schedule/protocol.h"
#include "aws/service/absence.h"
#include "core/page_cursor.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::schedule {
namespace {

Result<iam::KeptRole> keep_scheduler_role(service::Client& iam_client, const lambda::FunctionRef& function,
                                          const Context& context) {
  iam::OwnedRole role;
  role.name = iam::role_name(function.name, function.region, kRolePurpose);
  role.owner = iam::role_owner(function.name, function.region);
  role.principal = "scheduler.amazonaws.com";
  role.description = fmt::format("Lets schedules invoke {}; made by cloudkit", function.name);
  role.inline_policy = iam::allow_policy("lambda:InvokeFunction", {function.arn, function.arn + ":*"});
  return iam::keep_role(iam_client, role, context);
}

Result<std::optional<TimedCall>> find_schedule(service::Client& scheduler, std::string_view name,
                                               const Context& context) {
  const auto reply = scheduler.send(get_schedule(name), context);
  return service::if_there(reply ? read_schedule(*reply) : Result<TimedCall>(reply.error()));
}

Result<std::vector<std::string>> names_below(service::Client& scheduler, std::string_view prefix,
                                             const Context& context) {
  std::vector<std::string> names;
  core::PageCursor cursor;
  while (!cursor.done()) {
    const auto reply = scheduler.send(list_schedules(prefix, cursor.token()), context);
    if (!reply) return reply.error();
    auto page = read_schedule_names(*reply);
    if (!page) return std::move(page).error();
    names.insert(names.end(), page->names.begin(), page->names.end());
    if (auto advanced = cursor.advance(std::move(page->token)); !advanced) return std::move(advanced).error();
  }
  return names;
}

// Anybody may call a schedule as ours are called.
bool invokes(const TimedCall& timed, std::string_view function, std::string_view region) {
  return invokes_function(timed.function_arn, function) && parse_arn(timed.function_arn).region == region;
}

}  // namespace

Result<Schedule> put_scheduler_schedule(SchedulerClients clients, const lambda::FunctionRef& function,
                                        const ScheduleSpec& spec, std::chrono::system_clock::time_point now) {
  auto name = full_name(function.name, spec.name);
  if (!name) return std::move(name).error();
  auto expression = expression_of(spec.cron);
  if (!expression) return std::move(expression).error();
  const auto present = find_schedule(clients.scheduler, *name, spec.context);
  if (!present) return present.error();
  if (*present && (*present)->function_arn != function.arn) return not_ours("schedule", *name);
  const auto role = keep_scheduler_role(clients.iam, function, spec.context);
  if (!role) return role.error();
  const TimedCall wanted{*std::move(name), *std::move(expression), spec.time_zone, function.arn, role->arn, spec.input,
                         spec.enabled};
  if (*present != wanted) {
    auto put = clients.scheduler.send(*present ? update_schedule(wanted) : create_schedule(wanted), spec.context);
    if (!put) {
      // A role that was there before is refused for another reason.
      put.error().retryable |= put.error().code == ErrorCode::permission_denied && role->is_new(now);
      return std::move(put).error();
    }
  }
  // As each look at it tells.
  return Schedule{spec.name, function.name, cron_of(wanted.expression), spec.time_zone, spec.input, spec.enabled};
}

Result<std::vector<Schedule>> list_scheduler_schedules(service::Client& scheduler, std::string_view function,
                                                       std::string_view region, const Context& context) {
  const auto names = names_below(scheduler, prefix_of(function), context);
  if (!names) return names.error();
  std::vector<Schedule> all;
  for (const std::string& name : *names) {
    const auto own = own_name(function, name);
    const auto found = find_schedule(scheduler, name, context);
    if (!found) return found.error();
    if (!own || !*found || !invokes(**found, function, region)) continue;
    const TimedCall& timed = **found;
    all.push_back(
        {*own, std::string(function), cron_of(timed.expression), timed.time_zone, timed.input, timed.enabled});
  }
  return all;
}

Result<bool> has_scheduler_schedule(service::Client& scheduler, std::string_view function, std::string_view region,
                                    std::string_view name, const Context& context) {
  const auto full = full_name(function, name);
  // Nothing of such a name can be there.
  if (!full) return false;
  const auto found = find_schedule(scheduler, *full, context);
  if (!found) return found.error();
  return *found && invokes(**found, function, region);
}

Status remove_scheduler_schedule(service::Client& scheduler, std::string_view function, std::string_view region,
                                 std::string_view name, const Context& context) {
  const auto is_there = has_scheduler_schedule(scheduler, function, region, name, context);
  if (!is_there.has_value()) return is_there.error();
  if (!*is_there) return {};
  const auto full = full_name(function, name);
  // The role stays for the next: another program may be making one that needs it.
  return service::gone(scheduler.send(delete_schedule(*full), context));
}

}  // namespace cloudkit::inline v0::aws::schedule
