#pragma once

#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <string>
#include <vector>

/// When a command runs by itself, and what others need to run it.
namespace cloudkit::tool {

struct DailyTime {
  int hour = 0;
  int minute = 0;
  std::string zone = "UTC";  ///< "local", or a name such as "Europe/Berlin".
};
/// "01:00". Errors: `invalid_argument`.
Result<DailyTime> parse_daily_time(const std::string& text, const std::string& zone);
/// Errors: `invalid_argument`; `unsupported` for a zone's name in a program without functions.
Result<NextTime> next_time(const DailyTime& time);

/// That a line can hold it: no line break. Errors: `invalid_argument`.
Status check_one_line(const std::vector<std::string>& words);
/// A service and a timer for systemd, and a line for cron. `words` is the command line, with the program's path.
std::string systemd_units(const DailyTime& time, const std::vector<std::string>& words);
std::string cron_lines(const DailyTime& time, const std::vector<std::string>& words);

}  // namespace cloudkit::tool
