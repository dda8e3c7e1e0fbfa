#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// EventBridge, which invokes functions by the clock. Names are `full_name`s.
namespace cloudkit::inline v0::aws::schedule {

/// The target of a rule that is ours.
inline constexpr std::string_view kTargetId = "cloudkit";

/// Of EventBridge Scheduler, with time zones.
/// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
struct TimedCall {
  std::string name = {};
  std::string expression = {};
  std::string time_zone = {};
  std::string function_arn = {};
  std::string role_arn = {};
  std::string input = {};
  bool enabled = true;

  friend bool operator==(const TimedCall&, const TimedCall&) = default;
};

Result<service::Call> create_schedule(const TimedCall& timed);
/// Replaces all of it.
Result<service::Call> update_schedule(const TimedCall& timed);
service::Call get_schedule(std::string_view name);
service::Call delete_schedule(std::string_view name);
/// Of the group that all the others are about, "default".
service::Call list_schedules(std::string_view name_prefix, std::string_view token);
/// Errors: `unknown`.
Result<TimedCall> read_schedule(const http::Response& response);

struct NamePage {
  std::vector<std::string> names = {};
  std::string token = {};  ///< Of the next page; empty: there is none.
};
/// Errors: `unknown`.
Result<NamePage> read_schedule_names(const http::Response& response);

/// The `http::Classifier` of Scheduler: a role that it cannot assume, as a new one for some seconds.
std::optional<http::Failure> classify_scheduler_reply(const http::Request& request, const http::Response& response,
                                                      bool receiver_took_body);

/// Of EventBridge's rules, in UTC.
/// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
Result<service::Call> put_rule(std::string_view name, std::string_view expression, bool enabled);
Result<service::Call> put_target(std::string_view rule, std::string_view function_arn, std::string_view input);
Result<service::Call> list_rules(std::string_view name_prefix, std::string_view token);
Result<service::Call> list_targets(std::string_view rule);
Result<service::Call> remove_target(std::string_view rule);
Result<service::Call> delete_rule(std::string_view name);

struct Rule {
  std::string name = {};
  std::string expression = {};
  bool enabled = true;
};
struct RulePage {
  std::vector<Rule> rules = {};
  std::string token = {};
};
/// The ARN. Errors: `unknown`.
Result<std::string> read_rule_arn(const http::Response& response);
Result<RulePage> read_rules(const http::Response& response);
struct RuleTarget {
  std::string id = {};
  std::string arn = {};
  std::string input = {};
};
Result<std::vector<RuleTarget>> read_targets(const http::Response& response);
/// Of changes to targets, which a success may have refused. Errors: those of the refused, behind "`what`: ".
Status check_target_entries(const http::Response& response, std::string_view what);

}  // namespace cloudkit::inline v0::aws::schedule
