#include "core/cron.h"
#include "core/fail.h"
#include "core/next_fire.h"
#include "local/functions/driver.h"

#include <algorithm>

// Schedules and logs: what stands beside functions, and stays when one is removed.
namespace cloudkit::inline v0::local::functions {

Result<Schedule> LocalFunctionDriver::schedule(std::string_view function, const ScheduleSpec& spec) {
  if (auto status = begin(spec.context); !status) return status.error();
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  if (const auto cron = core::parse_cron(spec.cron); !cron) return cron.error();
  if (auto status = core::check_time_zone(spec.time_zone); !status) return status.error();
  const auto lock = store_.lock(spec.context);
  if (!lock) return lock.error();
  if (!store_.exists(id->name)) return no_such_function(id->name);
  auto schedules = store_.schedules(id->name);
  if (!schedules) return std::move(schedules).error();
  std::erase_if(*schedules, [&](const Schedule& each) { return each.name == spec.name; });
  schedules->push_back({spec.name, id->name, spec.cron, spec.time_zone, spec.input, spec.enabled});
  if (auto status = store_.write_schedules(id->name, *schedules); !status) return status.error();
  return schedules->back();
}

Result<std::vector<Schedule>> LocalFunctionDriver::list_schedules(std::string_view function, const Context& context) {
  if (auto status = begin(context); !status) return status.error();
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  return store_.schedules(id->name);
}

Status LocalFunctionDriver::unschedule(std::string_view function, std::string_view schedule, const Context& context) {
  if (auto status = begin(context); !status) return status;
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  const auto lock = store_.lock(context);
  if (!lock) return lock.error();
  auto schedules = store_.schedules(id->name);
  if (!schedules) return schedules.error();
  std::erase_if(*schedules, [&](const Schedule& each) { return each.name == schedule; });
  return store_.write_schedules(id->name, *schedules);
}

Result<LogPage> LocalFunctionDriver::logs_page(const LogPageRequest& request) {
  if (auto status = begin(request.context); !status) return status.error();
  const auto id = parse_function_id(request.name);
  if (!id) return id.error();
  auto page = store_.logs(id->name).read(request.page_token, request.since);
  if (!page) return std::move(page).error();
  return LogPage{std::move(page->events), std::move(page->next_page_token), page->at_end};
}

Status LocalFunctionDriver::remove_logs(std::string_view function, const Context& context) {
  if (auto status = begin(context); !status) return status;
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  return store_.logs(id->name).remove();
}

}  // namespace cloudkit::inline v0::local::functions
