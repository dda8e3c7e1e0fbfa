#pragma once

#include "output.h"

#include <cloudkit/context.h>

#include <array>
#include <string>
#include <string_view>

namespace cloudkit::tool {

/// What all commands share in one run of the program.
struct Session {
  Context context;  ///< Cancelled by Ctrl-C, and when nobody reads the output any more.
  Output out{context};
};

/// Opens /dev/null where descriptors 0 to 2 are closed: the next file would get one of them, and a log line would be
/// written into it. Before anything else.
void occupy_standard_descriptors();

/// The one session of the process, whose context SIGINT, SIGTERM and SIGHUP cancel. The second
/// signal ends the program at once.
Session& start_session();

/// The names of LogLevel, in its order.
inline constexpr std::array<std::string_view, 6> kLogLevels{"trace", "debug", "info", "warn", "error", "off"};
/// Sends the library's log of at least `level` ("debug") to stderr.
void set_log_level(const std::string& level);
/// Makes an object of each line of the log, after `set_log_level`.
void log_as_json();

}  // namespace cloudkit::tool
