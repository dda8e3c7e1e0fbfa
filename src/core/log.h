#pragma once

#include <cloudkit/log.h>

#include <initializer_list>

namespace cloudkit::inline v0::core {

/// Cheap; ask before building a record.
bool log_enabled(LogLevel level) noexcept;
/// Never pass a secret, a signature, a string to sign or a query string.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
/// What stands in for the sink that nobody has set, instead of lines on stderr. `level` counts unless the variable
/// CLOUDKIT_LOG names one.
void set_default_log_sink(void (*write)(const LogRecord&), LogLevel level);

}  // namespace cloudkit::inline v0::core
