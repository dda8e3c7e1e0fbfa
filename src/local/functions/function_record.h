#pragma once

#include "core/time.h"

#include <cloudkit/function_types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the directory knows of functions, and how that is JSON.
namespace cloudkit::inline v0::local::functions {

/// Code and configuration at one time.
struct FunctionSnapshot {
  FunctionSpec spec = {};  ///< Without `code`.
  std::string revision = {};
  std::string code_digest = {};
  core::TimePoint modified = {};

  bool same_as(const FunctionSnapshot& other) const;
};

struct FunctionRecord {
  std::string name = {};
  FunctionSnapshot latest = {};
  std::string generation = {};     ///< Another one after each change of `latest`.
  std::string start_failure = {};  ///< Why the newest code does not start, once that was seen.
  std::map<std::uint64_t, FunctionSnapshot> versions = {};
  std::uint64_t last_version = 0;
  std::map<std::string, std::string, std::less<>> aliases = {};  ///< To "$LATEST" or a version.
};

Result<std::string> to_json(const FunctionRecord& record);
/// Errors: `data_loss`.
Result<FunctionRecord> parse_function(std::string_view text);

Result<std::string> to_json(const std::vector<Endpoint>& endpoints);
Result<std::vector<Endpoint>> parse_endpoints(std::string_view text);

Result<std::string> to_json(const std::vector<Schedule>& schedules);
Result<std::vector<Schedule>> parse_schedules(std::string_view text);

/// An asynchronous invocation that is not done.
struct QueuedEvent {
  std::string function = {};
  std::string qualifier = {};
  std::string payload = {};
  std::string client_context = {};
  std::string request_id = {};
  int attempts = 0;
  core::TimePoint accepted = {};
  core::TimePoint due = {};
};

Result<std::string> to_json(const QueuedEvent& event);
Result<QueuedEvent> parse_event(std::string_view text);

}  // namespace cloudkit::inline v0::local::functions
