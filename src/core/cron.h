#pragma once

#include <cloudkit/result.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Lines of cron, as sets of numbers.
namespace cloudkit::inline v0::core {

/// Bit n of a field is set when n fires.
struct Cron {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days = 0;
  std::uint32_t months = 0;
  std::uint32_t weekdays = 0;  ///< Bit 0 is Sunday.
  bool days_restricted = false;
  bool weekdays_restricted = false;

  /// Where both day fields are restricted, either fires, as POSIX says; else both must.
  bool fires_on(unsigned month, unsigned day, unsigned weekday) const noexcept;
  friend bool operator==(const Cron&, const Cron&) = default;
};

/// Minute, hour, day of month, month, day of week, each `*`, or a list of numbers, ranges `a-b` and steps `a-b/n` and
/// `*/n`; months and days also by the first three letters of their names, in any case; Sunday is 0 or 7. What crons
/// disagree about is refused with what to write instead: `a/n`, `*/n` and lists with `*` in a day field beside a
/// restricted other one, steps beyond the field, `?`, `L`, `W`, `#`, `@daily`. Errors: `invalid_argument`, naming the
/// field and the rule.
Result<Cron> parse_cron(std::string_view five_fields);
/// The shortest line of five fields that we know for it. `parse_cron` makes the same of it.
std::string to_string(const Cron& cron);

/// For rules and schedules of EventBridge: "cron(0 1 * * ? *)". Errors: `unsupported` when both day fields are
/// restricted, or when it is too long.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
Result<std::string> to_aws_cron(const Cron& cron);
/// The other way. Errors: `unsupported` for what no line of five fields can say: `L`, `W`, `#`, years, `rate(…)`.
Result<Cron> from_aws_cron(std::string_view expression);

}  // namespace cloudkit::inline v0::core
