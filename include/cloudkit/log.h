#pragma once

#include <cloudkit/export.h>

#include <functional>
#include <span>
#include <string_view>

namespace cloudkit::inline v0 {

/// How grave an event is. `trace` tells most; `off` is for levels that are set, not for events.
enum class LogLevel { trace, debug, info, warn, error, off };

/// A fact of an event.
struct LogField {
  std::string_view key = {};    ///< "request_id".
  std::string_view value = {};  ///< Never a secret.
};

/// One event. All views are valid during the call of the sink only.
struct LogRecord {
  LogLevel level = LogLevel::info;        ///< As it was logged; never `off`.
  std::string_view message = {};          ///< One line, without the fields.
  std::span<const LogField> fields = {};  ///< In the order in which they are shown.
};

/// What `set_log_sink` takes.
using LogSink = std::function<void(const LogRecord&)>;

/// Sends records of at least `level` to `sink`; an empty sink restores the default, which
/// writes to stderr what the variable CLOUDKIT_LOG (trace, debug, info, warn, error, off;
/// default warn) lets through. Thread-safe; a sink may be called from any thread, from several at
/// once, and in the middle of a call: it may not make calls of cloudkit itself, nor throw.
CLOUDKIT_API void set_log_sink(LogSink sink, LogLevel level = LogLevel::info);

}  // namespace cloudkit::inline v0
