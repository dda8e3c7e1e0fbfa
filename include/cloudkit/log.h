#pragma once

#include <cloudkit/export.h>

#include <functional>
#include <span>
#include <string_view>

namespace cloudkit::inline v0 {

enum class LogLevel { trace, debug, info, warn, error, off };

struct LogField {
  std::string_view key = {};
  std::string_view value = {};
};

/// One event. All views are valid during the call of the sink only.
struct LogRecord {
  LogLevel level = LogLevel::info;
  std::string_view message = {};
  std::span<const LogField> fields = {};
};

using LogSink = std::function<void(const LogRecord&)>;

/// Sends records of at least `level` to `sink`; an empty sink restores the default, which
/// writes to stderr what the variable CLOUDKIT_LOG (trace, debug, info, warn, error, off;
/// default warn) lets through. Thread-safe; a sink may be called from any thread, from several at
/// once, and in the middle of a call: it may not make calls of cloudkit itself, nor throw.
CLOUDKIT_API void set_log_sink(LogSink sink, LogLevel level = LogLevel::info);

}  // namespace cloudkit::inline v0
