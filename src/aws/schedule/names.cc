#include "aws/schedule/names.h"

#include "aws/lambda/function_ref.h"
#include "core/cron.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::schedule {
namespace {

constexpr std::size_t kLongestName = 64;

}  // namespace

Result<std::string> full_name(std::string_view function, std::string_view schedule) {
  std::string name = fmt::format("{}{}", prefix_of(function), schedule);
  if (name.size() <= kLongestName) return name;
  return core::invalid_argument(
      fmt::format("the schedule would be called {}, and EventBridge takes {} characters", name, kLongestName),
      "the function's name and the schedule's have 63 together");
}

std::string prefix_of(std::string_view function) { return fmt::format("{}.", function); }

std::optional<std::string> own_name(std::string_view function, std::string_view full_name) {
  const std::string prefix = prefix_of(function);
  if (!full_name.starts_with(prefix)) return std::nullopt;
  return std::string(full_name.substr(prefix.size()));
}

bool invokes_function(std::string_view arn, std::string_view function) noexcept {
  const lambda::Reference reference = lambda::parse_reference(arn);
  return reference.name == function && reference.qualifier.empty() && !reference.account.empty();
}

Error not_ours(std::string_view kind, std::string_view full_name) {
  return core::fail(ErrorCode::conflict,
                    fmt::format("there is a {} {} already, and it does not invoke the function", kind, full_name),
                    "remove it, or take another name");
}

Result<std::string> expression_of(std::string_view cron) {
  const auto parsed = core::parse_cron(cron);
  if (!parsed) return parsed.error();
  return core::to_aws_cron(*parsed);
}

std::string cron_of(std::string_view expression) {
  const auto parsed = core::from_aws_cron(expression);
  return parsed ? core::to_string(*parsed) : std::string(expression);
}

}  // namespace cloudkit::inline v0::aws::schedule
