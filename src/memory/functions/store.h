#pragma once

#include "core/cron.h"
#include "core/time.h"

#include <cloudkit/memory_functions.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// What a memory runtime knows. Everything wants the store's lock, which is never held while a handler runs.
namespace cloudkit::inline v0::memory::functions {

using core::TimePoint;

inline constexpr std::size_t kLogTail = 4096;

struct RegisteredHandler {
  Handler handler = {};
  HttpHandler http = {};
  std::function<Status()> init = {};
};

/// Code and configuration at one time.
struct Snapshot {
  FunctionSpec spec = {};  ///< Without its code.
  std::string digest = {};
  TimePoint modified = {};
};

struct StoredFunction {
  Snapshot latest = {};
  std::string failure = {};  ///< Why it failed; empty: it did not.
  bool is_new = true;        ///< Never yet seen active: `pending`, where others are `updating`.
  int late_looks = 0;
  int pending_looks = 0;
  int running = 0;
  std::uint64_t incarnation = 0;  ///< Another one under the same name has another.
  std::map<int, Snapshot> versions = {};
  std::map<std::string, std::string, std::less<>> aliases = {};
};

struct StoredSchedule {
  Schedule schedule = {};
  core::Cron cron = {};
  TimePoint checked = {};  ///< What was due until then has been fired.
};

/// Outlives its function, as the services' do: whoever forgets them pays.
struct StoredEndpoint {
  std::string function = {};
  std::string base = {};  ///< Its URL up to the path.
  Endpoint endpoint = {};
};

struct FunctionStore {
  explicit FunctionStore(const MemoryFunctionsOptions& given)
      : options(given), clock(given.start.value_or(TimePoint())) {}

  TimePoint now() const {
    return (options.start ? TimePoint() : std::chrono::system_clock::now()) + clock.time_since_epoch();
  }
  std::string url() const { return "mem://" + options.name; }

  const MemoryFunctionsOptions options;
  mutable std::mutex mutex;
  TimePoint clock;  ///< What `advance` moves.
  FunctionFaults faults = {};
  std::map<std::string, RegisteredHandler, std::less<>> handlers = {};
  std::map<std::string, StoredFunction, std::less<>> functions = {};
  std::map<std::string, std::vector<LogEvent>, std::less<>> logs = {};
  std::set<std::string, std::less<>> identities = {};  ///< Names of functions.
  std::map<std::string, StoredEndpoint, std::less<>> endpoints = {};
  std::map<std::pair<std::string, std::string>, StoredSchedule> schedules = {};
  std::uint64_t last_endpoint = 0;
  std::uint64_t last_incarnation = 0;
};

/// By name or id, "mem://NAME/functions/FUNCTION".
std::string function_name(const FunctionStore& store, std::string_view name_or_id);
std::string function_id(const FunctionStore& store, std::string_view name);
/// `not_found`.
Error no_such_function(std::string_view name);
/// Whether a fault that counts is due.
bool count_down(int& fault);

}  // namespace cloudkit::inline v0::memory::functions
