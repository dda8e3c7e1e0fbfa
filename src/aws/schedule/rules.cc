#include "aws/schedule/rules.h"

#include "aws/lambda/permissions.h"
#include "aws/schedule/names.h"
#include "aws/schedule/protocol.h"
#include "aws/service/absence.h"
#include "core/fail.h"
#include "core/page_cursor.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::schedule {
namespace {

lambda::Permission rule_permission(std::string rule_arn) {
  lambda::Permission permission;
  permission.principal = "events.amazonaws.com";
  permission.source_arn = std::move(rule_arn);
  return permission;
}

struct Found {
  bool is_there = false;
  bool is_ours = false;
  std::string input = {};
};

// Anybody may call a rule as ours are called.
Result<Found> find_rule(service::Client& events, std::string_view rule, std::string_view function,
                        const Context& context) {
  const auto reply = events.send(list_targets(rule), context);
  if (!reply) {
    if (service::is_missing(reply.error())) return Found{};
    return reply.error();
  }
  const auto targets = read_targets(*reply);
  if (!targets) return targets.error();
  Found found{true, targets->empty(), {}};
  for (const RuleTarget& target : *targets) {
    if (target.id != kTargetId || !invokes_function(target.arn, function)) continue;
    found.is_ours = true;
    found.input = target.input;
  }
  return found;
}

}  // namespace

Result<Schedule> put_rule_schedule(RuleClients clients, const lambda::FunctionRef& function, const ScheduleSpec& spec) {
  if (spec.time_zone != "UTC") {
    return core::unsupported(fmt::format("rules of EventBridge know UTC only, not {}", spec.time_zone),
                             "FunctionsOptions::schedules = ScheduleService::scheduler knows every time zone");
  }
  const auto name = full_name(function.name, spec.name);
  if (!name) return name.error();
  const auto expression = expression_of(spec.cron);
  if (!expression) return expression.error();
  const auto present = find_rule(clients.events, *name, function.name, spec.context);
  if (!present) return present.error();
  if (present->is_there && !present->is_ours) return not_ours("rule", *name);
  const auto rule = clients.events.send(put_rule(*name, *expression, spec.enabled), spec.context);
  if (!rule) return rule.error();
  auto arn = read_rule_arn(*rule);
  if (!arn) return std::move(arn).error();
  auto granted = lambda::grant(clients.lambda, function.name, rule_permission(*std::move(arn)), spec.context);
  if (!granted) return std::move(granted).error();
  const auto target = clients.events.send(put_target(*name, function.arn, spec.input), spec.context);
  if (!target) return target.error();
  auto accepted = check_target_entries(*target, "the rule was made, but not what it invokes");
  if (!accepted) return std::move(accepted).error();
  // As each look at it tells.
  return Schedule{spec.name, function.name, cron_of(*expression), spec.time_zone, spec.input, spec.enabled};
}

Result<std::vector<Schedule>> list_rule_schedules(RuleClients clients, std::string_view function,
                                                  const Context& context) {
  std::vector<Schedule> all;
  core::PageCursor cursor;
  while (!cursor.done()) {
    const auto reply = clients.events.send(list_rules(prefix_of(function), cursor.token()), context);
    if (!reply) return reply.error();
    auto page = read_rules(*reply);
    if (!page) return std::move(page).error();
    for (const Rule& rule : page->rules) {
      const auto own = own_name(function, rule.name);
      if (!own) continue;
      auto found = find_rule(clients.events, rule.name, function, context);
      if (!found) return std::move(found).error();
      if (!found->is_ours) continue;
      all.push_back(
          {*own, std::string(function), cron_of(rule.expression), "UTC", std::move(found->input), rule.enabled});
    }
    if (auto advanced = cursor.advance(std::move(page->token)); !advanced) return std::move(advanced).error();
  }
  return all;
}

Result<bool> has_rule_schedule(service::Client& events, std::string_view function, std::string_view name,
                               const Context& context) {
  const auto full = full_name(function, name);
  if (!full) return false;
  const auto found = find_rule(events, *full, function, context);
  if (!found) return found.error();
  return found->is_there && found->is_ours;
}

Status remove_rule_schedule(RuleClients clients, std::string_view function_name, const lambda::FunctionRef* function,
                            std::string_view name, const Context& context) {
  const auto full = full_name(function_name, name);
  // Nothing of such a name can be there.
  if (!full) return {};
  const auto present = find_rule(clients.events, *full, function_name, context);
  if (!present) return present.error();
  if (present->is_there && !present->is_ours) return {};
  // A rule with targets cannot be deleted.
  const auto targets = clients.events.send(remove_target(*full), context);
  if (auto done = service::gone(targets); !done) return done;
  if (targets) {
    if (auto done = service::gone(check_target_entries(*targets, "what the rule invokes was not removed")); !done)
      return done;
  }
  if (auto done = service::gone(clients.events.send(delete_rule(*full), context)); !done) return done;
  if (function == nullptr) return {};
  std::string arn =
      fmt::format("arn:{}:events:{}:{}:rule/{}", function->partition, function->region, function->account, *full);
  return lambda::revoke(clients.lambda, function->name, rule_permission(std::move(arn)), context);
}

}  // namespace cloudkit::inline v0::aws::schedule
