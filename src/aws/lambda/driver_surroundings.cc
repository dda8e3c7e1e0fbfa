// What a function has around it: an identity, endpoints, schedules, logs.
#include "aws/apigateway/http_api.h"
#include "aws/apigateway/rest_api.h"
#include "aws/iam/role_keeper.h"
#include "aws/lambda/driver.h"
#include "aws/lambda/url.h"
#include "aws/logs/protocol.h"
#include "aws/partitions.h"
#include "aws/schedule/rules.h"
#include "aws/schedule/scheduler.h"
#include "aws/service/absence.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

constexpr std::string_view kExecution = "exec";
constexpr std::chrono::milliseconds kTurnLook{20};

void append(std::vector<cloudkit::Endpoint>& all, std::vector<cloudkit::Endpoint> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

ScheduleService other(ScheduleService service) {
  return service == ScheduleService::rules ? ScheduleService::scheduler : ScheduleService::rules;
}

// Credentials for the one service need none for the other, which not every region has.
bool is_out_of_sight(const Error& error) {
  return error.code == ErrorCode::permission_denied || error.code == ErrorCode::unsupported;
}

}  // namespace

Result<std::string> LambdaDriver::own_name(std::string_view function, const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  const auto whole = whole_function(function, *region);
  if (!whole) return whole.error();
  if (whole->account.empty()) return std::string(whole->name);
  std::string account = known_account();
  if (account.empty()) {
    // Where there is none of the name, there is none to mistake it for.
    const auto here = find_if_there(whole->name, context);
    if (!here) return here.error();
    account = *here ? (*here)->account : std::string(whole->account);
  }
  if (account == whole->account) return std::string(whole->name);
  return core::invalid_argument(
      fmt::format("{} is not of this runtime's account {}", core::printable_excerpt(function, 200), account),
      "open a runtime with credentials of the function's account");
}

std::string LambdaDriver::known_account() {
  const std::scoped_lock lock(mutex_);
  return account_id_;
}

Result<FunctionRef> LambdaDriver::find(std::string_view function, const Context& context) {
  const auto name = own_name(function, context);
  if (!name) return name.error();
  auto found = find_function(lambda_, *name, context);
  if (found) {
    const std::scoped_lock lock(mutex_);
    account_id_ = found->account;
  }
  return found;
}

Result<std::optional<FunctionRef>> LambdaDriver::find_if_there(std::string_view function, const Context& context) {
  return service::if_there(find(function, context));
}

Result<FunctionIdentity> LambdaDriver::ensure_identity(std::string_view function, const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  const auto name = own_name(function, context);
  if (!name) return name.error();
  iam::OwnedRole role;
  role.name = iam::role_name(*name, *region, kExecution);
  role.owner = iam::role_owner(*name, *region);
  role.principal = "lambda.amazonaws.com";
  role.description = fmt::format("What {} runs as; made by cloudkit", *name);
  role.managed_policy =
      fmt::format("arn:{}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", partition_of(*region).id);
  auto kept = iam::keep_role(iam_, role, context);
  if (!kept) return std::move(kept).error();
  const bool is_new = kept->is_new(now());
  return FunctionIdentity{std::move(kept->arn), is_new};
}

Status LambdaDriver::remove_identity(std::string_view function, const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  const auto name = own_name(function, context);
  if (!name) return name.error();
  // Also that of its schedules.
  for (const std::string_view purpose : {kExecution, schedule::kRolePurpose}) {
    const std::string role = iam::role_name(*name, *region, purpose);
    if (auto removed = iam::remove_role(iam_, role, iam::role_owner(*name, *region), context); !removed) return removed;
  }
  return {};
}

Result<std::unique_lock<std::mutex>> LambdaDriver::turn_at_endpoints(const Context& context) {
  std::unique_lock turn(endpoints_, std::defer_lock);
  while (!turn.try_lock()) {
    if (auto waited = context.wait_for(kTurnLook); !waited) return std::move(waited).error();
  }
  return turn;
}

Result<cloudkit::Endpoint> LambdaDriver::expose(std::string_view function, const EndpointSpec& spec) {
  const auto turn = turn_at_endpoints(spec.context);
  if (!turn) return turn.error();
  const auto found = find(function, spec.context);
  if (!found) return found.error();
  switch (core::kind_of(spec)) {
    case EndpointKind::url: return expose_by_url(lambda_, found->name, spec);
    case EndpointKind::rest_api: return apigateway::expose_by_rest_api({lambda_, rest_apis_}, *found, spec);
    default: return apigateway::expose_by_http_api({lambda_, http_apis_}, *found, spec);
  }
}

Result<std::vector<cloudkit::Endpoint>> LambdaDriver::list_endpoints(std::string_view function,
                                                                     const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  const auto name = own_name(function, context);
  if (!name) return name.error();
  auto all = apigateway::list_rest_endpoints({lambda_, rest_apis_}, *name, *region, context);
  if (!all) return all;
  auto http_apis = apigateway::list_http_endpoints({lambda_, http_apis_}, *name, context);
  if (!http_apis) return http_apis;
  append(*all, *std::move(http_apis));
  auto url = find_url(lambda_, *name, context);
  if (!url) return std::move(url).error();
  if (*url) all->push_back(**std::move(url));
  return all;
}

Status LambdaDriver::unexpose(std::string_view function, const cloudkit::Endpoint& endpoint, const Context& context) {
  const auto turn = turn_at_endpoints(context);
  if (!turn) return turn.error();
  const auto name = own_name(function, context);
  if (!name) return name.error();
  if (endpoint.kind == EndpointKind::url) return unexpose_url(lambda_, *name, context);
  const auto region = account_->region();
  if (!region) return region.error();
  auto removed = endpoint.kind == EndpointKind::rest_api
                     ? apigateway::unexpose_rest_api({lambda_, rest_apis_}, *name, *region, endpoint, context)
                     : apigateway::unexpose_http_api({lambda_, http_apis_}, *name, endpoint, context);
  if (!removed) return removed;
  const auto found = find_if_there(*name, context);
  if (!found) return found.error();
  return *found ? apigateway::withdraw(lambda_, **found, endpoint, context) : Status{};
}

Result<Schedule> LambdaDriver::schedule(std::string_view function, const ScheduleSpec& spec) {
  const auto found = find(function, spec.context);
  if (!found) return found.error();
  auto put = schedules_ == ScheduleService::rules
                 ? schedule::put_rule_schedule({events_, lambda_}, *found, spec)
                 : schedule::put_scheduler_schedule({scheduler_, iam_}, *found, spec, now());
  if (!put) return put;
  // One of the name in the other service would fire, too.
  if (auto moved = unschedule_elsewhere(found->name, spec.name, spec.context); !moved) return std::move(moved).error();
  return put;
}

Result<std::vector<Schedule>> LambdaDriver::schedules_in(ScheduleService service, std::string_view name,
                                                         const Context& context) {
  if (service == ScheduleService::rules) return schedule::list_rule_schedules({events_, lambda_}, name, context);
  const auto region = account_->region();
  if (!region) return region.error();
  return schedule::list_scheduler_schedules(scheduler_, name, *region, context);
}

Result<std::vector<Schedule>> LambdaDriver::list_schedules(std::string_view function, const Context& context) {
  const auto name = own_name(function, context);
  if (!name) return name.error();
  auto all = schedules_in(schedules_, *name, context);
  if (!all) return all;
  auto others = schedules_in(other(schedules_), *name, context);
  if (!others) return is_out_of_sight(others.error()) ? std::move(all) : std::move(others);
  const std::size_t own = all->size();
  for (Schedule& one : *others) {
    const auto end = all->begin() + static_cast<std::ptrdiff_t>(own);
    const bool is_known = std::any_of(all->begin(), end, [&](const Schedule& seen) { return seen.name == one.name; });
    if (!is_known) all->push_back(std::move(one));
  }
  return all;
}

Status LambdaDriver::unschedule_in(ScheduleService service, std::string_view name, std::string_view schedule,
                                   const Context& context) {
  if (service == ScheduleService::rules) {
    const auto found = find_if_there(name, context);
    if (!found) return found.error();
    return schedule::remove_rule_schedule({events_, lambda_}, name, *found ? &**found : nullptr, schedule, context);
  }
  const auto region = account_->region();
  if (!region) return region.error();
  return schedule::remove_scheduler_schedule(scheduler_, name, *region, schedule, context);
}

Status LambdaDriver::unschedule_elsewhere(std::string_view name, std::string_view schedule, const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  const auto is_there = schedules_ == ScheduleService::rules
                            ? schedule::has_scheduler_schedule(scheduler_, name, *region, schedule, context)
                            : schedule::has_rule_schedule(events_, name, schedule, context);
  if (!is_there.has_value()) return is_out_of_sight(is_there.error()) ? Status{} : Status(is_there.error());
  return *is_there ? unschedule_in(other(schedules_), name, schedule, context) : Status{};
}

Status LambdaDriver::unschedule(std::string_view function, std::string_view schedule, const Context& context) {
  const auto name = own_name(function, context);
  if (!name) return name.error();
  if (auto removed = unschedule_in(schedules_, *name, schedule, context); !removed) return removed;
  return unschedule_elsewhere(*name, schedule, context);
}

Result<LogPage> LambdaDriver::logs_page(const LogPageRequest& request) {
  const auto name = own_name(request.name, request.context);
  if (!name) return name.error();
  auto position = logs::read_position(request);
  if (!position) return std::move(position).error();
  const auto reply = logs_.send(logs::filter_log_events(logs::group_of(*name), *position), request.context);
  if (reply) return logs::read_log_events(*reply, *std::move(position));
  if (!service::is_missing(reply.error())) return reply.error();
  // The group comes with the first line.
  LogPage page;
  auto token = logs::write_position(*position);
  if (!token) return std::move(token).error();
  page.next_page_token = *std::move(token);
  return page;
}

Status LambdaDriver::remove_logs(std::string_view function, const Context& context) {
  const auto name = own_name(function, context);
  if (!name) return name.error();
  return service::gone(logs_.send(logs::delete_log_group(logs::group_of(*name)), context));
}

}  // namespace cloudkit::inline v0::aws::lambda
