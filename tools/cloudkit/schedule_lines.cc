#include "schedule_lines.h"

#include "format.h"

#if CLOUDKIT_FUNCTIONS
#include <cloudkit/function_runtime.h>
#endif

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

// https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines
std::string quoted_for_systemd(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + '"';
}

// In sh; cron makes a line's end of `%`: https://man7.org/linux/man-pages/man5/crontab.5.html
std::string quoted_for_cron(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '%') {
      out += "'\\%'";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

}  // namespace

Result<DailyTime> parse_daily_time(const std::string& text, const std::string& zone) {
  DailyTime time;
  time.zone = zone;
  const std::size_t colon = text.find(':');
  const auto hour = parse_number(text.substr(0, colon));
  // An empty text is no number, either.
  const auto minute = parse_number(colon == std::string::npos ? "" : text.substr(colon + 1));
  if (!hour || !minute || *hour > 23 || *minute > 59 || text.size() > 5) {
    return Error(ErrorCode::invalid_argument, "--daily-at " + text + " is no time of day", "write 01:00");
  }
  time.hour = static_cast<int>(*hour);
  time.minute = static_cast<int>(*minute);
  return time;
}

Result<NextTime> next_time(const DailyTime& time) {
  if (time.zone == "UTC") return daily_at(time.hour, time.minute, TimeZone::utc);
  if (time.zone == "local") return daily_at(time.hour, time.minute, TimeZone::local);
#if CLOUDKIT_FUNCTIONS
  const std::string cron = fmt::format("{} {} * * *", time.minute, time.hour);
  // What is wrong with the zone is said now.
  auto first = next_fire(cron, time.zone, std::chrono::system_clock::now());
  if (!first) return std::move(first).error();
  return NextTime([cron, zone = time.zone](TimePoint after) {
    const auto next = next_fire(cron, zone, after);
    return next ? *next : std::nullopt;
  });
#else
  return Error(ErrorCode::unsupported, "this program knows no time zones by their names", "write UTC or local");
#endif
}

Status check_one_line(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.find_first_of("\n\r") == std::string::npos) continue;
    return Error(ErrorCode::invalid_argument, printable(word) + " holds a line break, which no unit and no crontab can",
                 "rename it, or let a script of your own do the backup");
  }
  return {};
}

std::string systemd_units(const DailyTime& time, const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + quoted_for_systemd(word);
  const std::string zone = time.zone == "local" ? "" : " " + time.zone;
  return fmt::format(
      "# /etc/systemd/system/cloudkit-backup.service\n"
      "[Unit]\nDescription=cloudkit backup\nWants=network-online.target\nAfter=network-online.target\n\n"
      "[Service]\nType=oneshot\nEnvironment=HOME=%h\nExecStart={}\n\n"
      "# /etc/systemd/system/cloudkit-backup.timer\n"
      "[Unit]\nDescription=cloudkit backup, daily\n\n"
      "[Timer]\nOnCalendar=*-*-* {:02}:{:02}:00{}\nPersistent=true\n\n"
      "[Install]\nWantedBy=timers.target\n\n"
      "# then: systemctl enable --now cloudkit-backup.timer",
      command, time.hour, time.minute, zone);
}

std::string cron_lines(const DailyTime& time, const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += ' ' + quoted_for_cron(word);
  const std::string zone = time.zone == "local" ? "" : "CRON_TZ=" + time.zone + '\n';
  const std::string warning =
      zone.empty() ? "" : "# Debian's and Ubuntu's cron ignores CRON_TZ: there, prefer --print-systemd\n";
  return fmt::format("{}{}{} {} * * *{}", warning, zone, time.minute, time.hour, command);
}

}  // namespace cloudkit::tool
