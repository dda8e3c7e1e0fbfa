#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/next_fire.h"
#include "memory/functions/calls.h"
#include "memory/functions/driver.h"

#include <fmt/format.h>

#include <algorithm>

// What calls functions, what they leave, and what names their versions.
namespace cloudkit::inline v0::memory::functions {
namespace {

constexpr std::size_t kLogPage = 1000;

bool same_place(const Endpoint& endpoint, const EndpointSpec& spec) {
  return endpoint.method == spec.method && endpoint.path == spec.path && endpoint.stage == spec.stage &&
         endpoint.kind == core::kind_of(spec);
}

bool same(const Snapshot& a, const Snapshot& b) { return a.digest == b.digest && a.spec == b.spec; }

}  // namespace

Result<FunctionIdentity> MemoryFunctionDriver::ensure_identity(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  FunctionIdentity identity;
  identity.changed = store_.identities.emplace(function).second;
  identity.id = fmt::format("{}/identities/{}-exec", store_.url(), function);
  return identity;
}

Status MemoryFunctionDriver::remove_identity(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  store_.identities.erase(function_name(store_, function));
  return {};
}

Result<Endpoint> MemoryFunctionDriver::expose(std::string_view function, const EndpointSpec& spec) {
  if (auto begun = begin(spec.context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  if (auto found = find(function); !found) return std::move(found).error();
  const std::string name = function_name(store_, function);
  for (auto& [id, stored] : store_.endpoints) {
    if (stored.function != name || !same_place(stored.endpoint, spec)) continue;
    stored.endpoint.is_public = spec.is_public;
    return stored.endpoint;
  }
  StoredEndpoint stored;
  stored.function = name;
  Endpoint& endpoint = stored.endpoint;
  endpoint.id = fmt::format("endpoint-{}", ++store_.last_endpoint);
  endpoint.kind = core::kind_of(spec);
  endpoint.method = spec.method;
  endpoint.path = spec.path;
  endpoint.stage = spec.stage;
  endpoint.is_public = spec.is_public;
  stored.base = fmt::format("{}/{}{}{}", store_.url(), endpoint.id, spec.stage.empty() ? "" : "/", spec.stage);
  endpoint.url = stored.base + spec.path;
  return store_.endpoints.emplace(endpoint.id, std::move(stored)).first->second.endpoint;
}

Result<std::vector<Endpoint>> MemoryFunctionDriver::list_endpoints(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  const std::string name = function_name(store_, function);
  std::vector<Endpoint> endpoints;
  for (const auto& [id, stored] : store_.endpoints) {
    if (stored.function == name) endpoints.push_back(stored.endpoint);
  }
  return endpoints;
}

Status MemoryFunctionDriver::unexpose(std::string_view function, const Endpoint& endpoint, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  const auto found = store_.endpoints.find(endpoint.id);
  if (found != store_.endpoints.end() && found->second.function == function_name(store_, function)) {
    store_.endpoints.erase(found);
  }
  return {};
}

Result<Schedule> MemoryFunctionDriver::schedule(std::string_view function, const ScheduleSpec& spec) {
  if (auto begun = begin(spec.context); !begun) return begun.error();
  auto cron = core::parse_cron(spec.cron);
  if (!cron) return std::move(cron).error();
  if (auto known = core::check_time_zone(spec.time_zone); !known) return std::move(known).error();
  const std::scoped_lock lock(store_.mutex);
  if (auto found = find(function); !found) return std::move(found).error();
  StoredSchedule stored;
  stored.schedule.name = spec.name;
  stored.schedule.function = function_name(store_, function);
  stored.schedule.cron = spec.cron;
  stored.schedule.time_zone = spec.time_zone;
  stored.schedule.input = spec.input;
  stored.schedule.enabled = spec.enabled;
  stored.cron = *cron;
  stored.checked = store_.now();
  StoredSchedule& kept = store_.schedules[{stored.schedule.function, spec.name}];
  kept = std::move(stored);
  return kept.schedule;
}

Result<std::vector<Schedule>> MemoryFunctionDriver::list_schedules(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  const std::string name = function_name(store_, function);
  std::vector<Schedule> schedules;
  for (const auto& [key, stored] : store_.schedules) {
    if (key.first == name) schedules.push_back(stored.schedule);
  }
  return schedules;
}

Status MemoryFunctionDriver::unschedule(std::string_view function, std::string_view schedule, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  store_.schedules.erase({function_name(store_, function), std::string(schedule)});
  return {};
}

Result<LogPage> MemoryFunctionDriver::logs_page(const LogPageRequest& request) {
  if (auto begun = begin(request.context); !begun) return begun.error();
  const auto skip = request.page_token.empty() ? std::optional<std::uint64_t>(0) : core::parse_u64(request.page_token);
  if (!skip) return core::invalid_argument("the page token is none of this runtime");
  const std::scoped_lock lock(store_.mutex);
  LogPage page;
  std::size_t next = static_cast<std::size_t>(*skip);
  if (const auto log = store_.logs.find(function_name(store_, request.name)); log != store_.logs.end()) {
    for (; next < log->second.size() && page.events.size() < kLogPage; ++next) {
      if (log->second[next].time >= request.since) page.events.push_back(log->second[next]);
    }
    page.at_end = next >= log->second.size();
  }
  page.next_page_token = std::to_string(next);
  return page;
}

Status MemoryFunctionDriver::remove_logs(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  store_.logs.erase(function_name(store_, function));
  return {};
}

Result<std::string> MemoryFunctionDriver::publish(std::string_view function, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto found = find_to_change(function);
  if (!found) return std::move(found).error();
  StoredFunction& stored = **found;
  // Of equal code and configuration there is one version.
  if (!stored.versions.empty() && same(stored.versions.rbegin()->second, stored.latest)) {
    return std::to_string(stored.versions.rbegin()->first);
  }
  const int number = stored.versions.empty() ? 1 : stored.versions.rbegin()->first + 1;
  stored.versions[number] = stored.latest;
  return std::to_string(number);
}

Status MemoryFunctionDriver::set_alias(std::string_view function, std::string_view alias, std::string_view version,
                                       const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto found = find(function);
  if (!found) return std::move(found).error();
  if ((*found)->aliases.contains(version)) return core::invalid_argument("an alias names a version, not another alias");
  if (auto known = find_version(**found, version); !known) return std::move(known).error();
  (*found)->aliases[std::string(alias)] = version;
  return {};
}

}  // namespace cloudkit::inline v0::memory::functions
