#include <cloudkit/driver/function_runtime.h>

#include "core/fail.h"

// The contract's destructor, one place for its vtable, and what optional operations answer.
namespace cloudkit::inline v0 {
namespace {
Error not_offered(const char* what) {
  return core::unsupported(std::string("this function runtime does not offer ") + what);
}
}  // namespace

FunctionRuntimeDriver::~FunctionRuntimeDriver() = default;

Result<std::string> FunctionRuntimeDriver::account(const Context&) { return std::string(); }

Result<FunctionIdentity> FunctionRuntimeDriver::ensure_identity(std::string_view, const Context&) {
  return not_offered("identities");
}
Status FunctionRuntimeDriver::remove_identity(std::string_view, const Context&) { return not_offered("identities"); }

Result<Endpoint> FunctionRuntimeDriver::expose(std::string_view, const EndpointSpec&) {
  return not_offered("endpoints");
}
Result<std::vector<Endpoint>> FunctionRuntimeDriver::list_endpoints(std::string_view, const Context&) {
  return not_offered("endpoints");
}
Status FunctionRuntimeDriver::unexpose(std::string_view, const Endpoint&, const Context&) {
  return not_offered("endpoints");
}

Result<Schedule> FunctionRuntimeDriver::schedule(std::string_view, const ScheduleSpec&) {
  return not_offered("schedules");
}
Result<std::vector<Schedule>> FunctionRuntimeDriver::list_schedules(std::string_view, const Context&) {
  return not_offered("schedules");
}
Status FunctionRuntimeDriver::unschedule(std::string_view, std::string_view, const Context&) {
  return not_offered("schedules");
}

Result<LogPage> FunctionRuntimeDriver::logs_page(const LogPageRequest&) { return not_offered("logs"); }
Status FunctionRuntimeDriver::remove_logs(std::string_view, const Context&) { return not_offered("logs"); }

Result<std::string> FunctionRuntimeDriver::publish(std::string_view, const Context&) { return not_offered("versions"); }
Status FunctionRuntimeDriver::set_alias(std::string_view, std::string_view, std::string_view, const Context&) {
  return not_offered("versions");
}

std::string_view to_string(FunctionState state) noexcept {
  switch (state) {
    case FunctionState::pending: return "pending";
    case FunctionState::active: return "active";
    case FunctionState::updating: return "updating";
    case FunctionState::inactive: return "inactive";
    case FunctionState::failed: return "failed";
    case FunctionState::deleting: return "deleting";
    case FunctionState::unknown: break;
  }
  return "unknown";
}

}  // namespace cloudkit::inline v0
