#include "core/cron.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace cloudkit::inline v0::core {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdayNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr unsigned kSunday = 7;  // At the end of a range: mon-sun.

struct Field {
  std::string_view name;
  unsigned low;
  unsigned high;  // Of numbers that may be written.
  std::span<const std::string_view> names = {};
  unsigned all = high;  // Of numbers that there are.
};

constexpr std::array<Field, 5> kFields{{{"minute", 0, 59},
                                        {"hour", 0, 23},
                                        {"day of month", 1, 31},
                                        {"month", 1, 12, kMonthNames},
                                        {"day of week", 0, 7, kWeekdayNames, 6}}};
constexpr Field kAwsWeekday{"day of week", 1, 7, kWeekdayNames};
constexpr std::size_t kDay = 2;
constexpr std::size_t kWeekday = 4;

constexpr std::size_t kMaxLine = 1000;       // Every minute, hour, day, month and weekday, one by one, are 360.
constexpr std::size_t kMaxExpression = 256;  // PutRule and CreateSchedule: ScheduleExpression.

std::uint64_t bits(unsigned low, unsigned high, unsigned step = 1) {
  std::uint64_t set = 0;
  for (unsigned n = low; n <= high; n += step) set |= std::uint64_t{1} << n;
  return set;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool keep_empty) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0 || keep_empty) parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// Reads one field of a line. The first thing that does not fit is the error.
class FieldReader {
 public:
  // `aws`: "5/15" is from 5 on, which five-field crons do not agree about.
  FieldReader(const Field& field, bool aws) : field_(field), aws_(aws) {}

  Result<std::uint64_t> read(std::string_view text) {
    std::uint64_t set = 0;
    for (const std::string_view item : split(text, ",", true)) {
      set |= read_item(item);
      if (error_) return std::move(*error_);
    }
    return set;
  }

 private:
  std::uint64_t read_item(std::string_view item) {
    const std::size_t slash = item.find('/');
    const std::string_view range = item.substr(0, slash);
    const std::size_t dash = range.find('-');
    unsigned low = field_.low;
    unsigned high = field_.all;
    if (range != "*") {
      low = read_number(range.substr(0, dash));
      high = dash == range.npos ? low : read_range_end(range.substr(dash + 1), low);
    }
    if (error_ || slash == item.npos) return error_ ? 0 : bits(low, high);

    const unsigned step = read_step(item.substr(slash + 1));
    if (dash == range.npos && range != "*") {
      if (!aws_)
        fail_with(fmt::format("\"{}\" has a step but no range", item), fmt::format("{}-{}/{}", low, field_.all, step));
      high = field_.all;
    }
    return error_ ? 0 : bits(low, high, step);
  }

  unsigned read_number(std::string_view text) {
    if (const auto named = find_name(text)) return *named;
    const auto number = digits(text);
    if (!number) {
      fail_with(field_.names.empty()
                    ? fmt::format("\"{}\" is no number", printable_excerpt(text, 40))
                    : fmt::format("\"{}\" is neither a number nor one of {} to {}", printable_excerpt(text, 40),
                                  field_.names.front(), field_.names.back()));
    } else if (*number < field_.low || *number > field_.high) {
      fail_with(fmt::format("{} is not in {} to {}", printable_excerpt(text, 40), field_.low, field_.high));
    }
    return number.value_or(0);
  }

  unsigned read_range_end(std::string_view text, unsigned low) {
    unsigned high = read_number(text);
    // Of names only: 5-0 is more likely a mistake.
    if (!aws_ && field_.high == kSunday && high == 0 && low > 0 && !digits(text)) high = kSunday;
    if (!error_ && high < low) fail_with(fmt::format("the range {} to {} runs backwards", low, high));
    return high;
  }

  unsigned read_step(std::string_view text) {
    const auto step = digits(text);
    if (!error_ && (!step || *step == 0 || *step > field_.high)) {
      fail_with(fmt::format("the step \"{}\" is not in 1 to {}", printable_excerpt(text, 40), field_.high));
    }
    return step.value_or(1);
  }

  std::optional<unsigned> find_name(std::string_view text) const {
    const auto found = std::find(field_.names.begin(), field_.names.end(), to_lower(text));
    if (found == field_.names.end()) return std::nullopt;
    return field_.low + static_cast<unsigned>(found - field_.names.begin());
  }

  static std::optional<unsigned> digits(std::string_view text) {
    const auto value = parse_u64(text);
    if (!value || text.size() > 4) return std::nullopt;
    return static_cast<unsigned>(*value);
  }

  void fail_with(std::string_view rule, std::string_view instead = {}) {
    if (!error_)
      error_ = invalid_argument(fmt::format("{}: {}", field_.name, rule),
                                instead.empty() ? "" : fmt::format("write {}", instead));
  }

  const Field& field_;
  const bool aws_;
  std::optional<Error> error_;
};

Cron make_cron(const std::array<std::uint64_t, 5>& sets) {
  Cron cron;
  cron.minutes = sets[0];
  cron.hours = static_cast<std::uint32_t>(sets[1]);
  cron.days = static_cast<std::uint32_t>(sets[2]);
  cron.months = static_cast<std::uint32_t>(sets[3]);
  cron.weekdays = static_cast<std::uint32_t>((sets[4] | sets[4] >> kSunday) & bits(0, 6));
  return cron;
}

std::string hint_for(std::string_view line) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShort{{{"@yearly", "0 0 1 1 *"},
                                                                                 {"@annually", "0 0 1 1 *"},
                                                                                 {"@monthly", "0 0 1 * *"},
                                                                                 {"@weekly", "0 0 * * 0"},
                                                                                 {"@daily", "0 0 * * *"},
                                                                                 {"@midnight", "0 0 * * *"},
                                                                                 {"@hourly", "0 * * * *"}}};
  for (const auto& [name, same] : kShort) {
    if (line == name) return fmt::format("write {}", same);
  }
  if (line.find_first_of("?#LW") != line.npos || line.substr(0, 5) == "cron(") {
    return "this looks like another dialect of cron: five fields have no ?, #, L, W, seconds or years; * is any";
  }
  return "0 1 * * * is every day at one";
}

Error in_line(Error error, std::string_view line) {
  error.message = fmt::format("cron \"{}\": {}", printable_excerpt(line, 80), error.message);
  if (error.hint.empty()) error.hint = hint_for(line);
  return error;
}

// "*/2", "*,1": some crons see the asterisk, others the numbers.
bool has_star(std::string_view field) { return field.find('*') != field.npos; }

// How a field says every {2}th number from {0} on, where {1} is the last that there is.
constexpr std::string_view kUnixStep = "{0}-{1}/{2}";
constexpr std::string_view kAwsStep = "{0}/{2}";

// As ranges; as a step where the dialect has one.
std::string write_field(std::uint64_t set, unsigned low, unsigned high, std::string_view step_form) {
  std::vector<unsigned> numbers;
  for (unsigned n = low; n <= high; ++n) {
    if ((set >> n & 1) != 0) numbers.push_back(n);
  }
  if (numbers.size() == high - low + 1) return "*";
  if (numbers.size() > 2 && !step_form.empty()) {
    const unsigned step = numbers[1] - numbers[0];
    if (step > 1 && set == bits(numbers[0], high, step))
      return fmt::format(fmt::runtime(step_form), numbers[0], high, step);
  }
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
    if (end - i > 2) text += fmt::format("-{}", numbers[end - 1]);
    if (end - i == 2) text += fmt::format(",{}", numbers[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace

bool Cron::fires_on(unsigned month, unsigned day, unsigned weekday) const noexcept {
  const bool on_day = (days >> day & 1) != 0;
  const bool on_weekday = (weekdays >> weekday & 1) != 0;
  const bool either = days_restricted && weekdays_restricted;
  return (months >> month & 1) != 0 && (either ? on_day || on_weekday : on_day && on_weekday);
}

Result<Cron> parse_cron(std::string_view five_fields) {
  if (five_fields.size() > kMaxLine) {
    return in_line(invalid_argument(fmt::format("longer than {} bytes", kMaxLine)), five_fields);
  }
  const auto texts = split(five_fields, " \t", false);
  if (texts.size() != kFields.size()) {
    return in_line(
        invalid_argument(fmt::format("{} fields where five are needed: minute, hour, day of month, month, day of week",
                                     texts.size())),
        five_fields);
  }
  std::array<std::uint64_t, 5> sets{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    auto set = FieldReader(kFields[i], false).read(texts[i]);
    if (!set) return in_line(std::move(set).error(), five_fields);
    sets[i] = *set;
  }
  Cron cron = make_cron(sets);
  cron.days_restricted = texts[kDay] != "*";
  cron.weekdays_restricted = texts[kWeekday] != "*";
  if (cron.days_restricted && cron.weekdays_restricted && (has_star(texts[kDay]) || has_star(texts[kWeekday]))) {
    return in_line(
        invalid_argument("day of month and day of week: crons disagree whether one or both must match where one is */n "
                         "or a list with *",
                         "write the days as numbers, and either matches"),
        five_fields);
  }
  return cron;
}

std::string to_string(const Cron& cron) {
  const auto field = [](std::uint64_t set, unsigned low, unsigned high, bool restricted) {
    const std::string text = write_field(set, low, high, kUnixStep);
    return text == "*" && restricted ? fmt::format("{}-{}", low, high) : text;
  };
  return fmt::format("{} {} {} {} {}", field(cron.minutes, 0, 59, false), field(cron.hours, 0, 23, false),
                     field(cron.days, 1, 31, cron.days_restricted), field(cron.months, 1, 12, false),
                     field(cron.weekdays, 0, 6, cron.weekdays_restricted));
}

Result<std::string> to_aws_cron(const Cron& cron) {
  if (cron.days_restricted && cron.weekdays_restricted) {
    return unsupported(
        fmt::format("cron \"{}\": EventBridge takes a day of month or a day of week, never both", to_string(cron)),
        "make two schedules; https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html");
  }
  // Its days of the week count from 1, and know no steps.
  const std::string day = cron.weekdays_restricted ? "?" : write_field(cron.days, 1, 31, kAwsStep);
  const std::string weekday = cron.weekdays_restricted ? write_field(std::uint64_t{cron.weekdays} << 1, 1, 7, {}) : "?";
  std::string text =
      fmt::format("cron({} {} {} {} {} *)", write_field(cron.minutes, 0, 59, kAwsStep),
                  write_field(cron.hours, 0, 23, kAwsStep), day, write_field(cron.months, 1, 12, kAwsStep), weekday);
  if (text.size() > kMaxExpression) {
    return unsupported(fmt::format("cron \"{}\": EventBridge takes {} characters, this is {}", to_string(cron),
                                   kMaxExpression, text.size()),
                       "make two schedules");
  }
  return text;
}

Result<Cron> from_aws_cron(std::string_view expression) {
  const auto refuse = [&](std::string_view why) {
    return unsupported(fmt::format("\"{}\": {}", printable_excerpt(expression, 80), why));
  };
  if (expression.substr(0, 5) != "cron(" || expression.back() != ')' || expression.size() > kMaxExpression) {
    return refuse("no line of five fields says this");
  }
  const auto texts = split(expression.substr(5, expression.size() - 6), " \t", false);
  if (texts.size() != 6 || texts[5] != "*") return refuse("a line of five fields has no years");
  std::array<std::uint64_t, 5> sets{};
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const bool any = (i == kDay || i == kWeekday) && texts[i] == "?";
    auto set = FieldReader(i == kWeekday ? kAwsWeekday : kFields[i], true).read(any ? "*" : texts[i]);
    if (!set) return refuse(set.error().message);
    sets[i] = *set;
  }
  sets[kWeekday] >>= 1;
  Cron cron = make_cron(sets);
  cron.days_restricted = texts[kDay] != "?" && texts[kDay] != "*";
  cron.weekdays_restricted = texts[kWeekday] != "?" && texts[kWeekday] != "*";
  return cron;
}

}  // namespace cloudkit::inline v0::core
