#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::core {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// What a clock of nanoseconds can hold.
constexpr sys_seconds kEarliest = sys_days(year(1678) / 1 / 1);
constexpr sys_seconds kLatest = sys_days(year(2262) / 1 / 1);

struct Parts {
  year_month_day date;
  weekday day;
  hh_mm_ss<milliseconds> time;
};

Parts split(TimePoint time) {
  const auto exact = floor<milliseconds>(time);
  const auto days = floor<std::chrono::days>(exact);
  return {year_month_day(days), weekday(days), hh_mm_ss<milliseconds>(exact - days)};
}

int year_of(const Parts& parts) { return static_cast<int>(parts.date.year()); }
unsigned month_of(const Parts& parts) { return static_cast<unsigned>(parts.date.month()); }
unsigned day_of(const Parts& parts) { return static_cast<unsigned>(parts.date.day()); }
template <class Duration>
unsigned count_of(Duration part) {
  return static_cast<unsigned>(part.count());
}

// A number of so many digits, and what comes after it; returns where they end. Signing and manifests write many times.
char* put(char* at, unsigned value, unsigned width, char after = '\0') {
  for (unsigned i = width; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
  at += width;
  if (after != '\0') *at++ = after;
  return at;
}

// Reads fixed shapes from left to right; the first thing that does not fit spoils the rest.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count) {
    if (rest_.size() < count) return spoil();
    unsigned value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return spoil();
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void literal(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) {
      spoil();
    } else {
      rest_.remove_prefix(text.size());
    }
  }
  template <std::size_t N>
  unsigned name(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i) {
      if (rest_.substr(0, 3) == names[i]) {
        rest_.remove_prefix(3);
        return i;
      }
    }
    return spoil();
  }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take_digits() {
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  void skip_letters() {
    while (!rest_.empty() && ((rest_.front() | 32) >= 'a' && (rest_.front() | 32) <= 'z')) rest_.remove_prefix(1);
  }
  bool good() const { return good_; }
  bool done() const { return good_ && rest_.empty(); }

 private:
  unsigned spoil() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

std::optional<TimePoint> join(unsigned y, unsigned mo, unsigned d, unsigned h, unsigned mi, unsigned s) {
  const year_month_day date{year(static_cast<int>(y)), month(mo), day(d)};
  // 60 is a leap second, which the clock does not have.
  if (!date.ok() || y == 0 || h > 23 || mi > 59 || s > 60) return std::nullopt;
  // TimePoint counts nanoseconds, which end in 2262: "never", 9999-12-31, becomes the last day.
  return std::clamp<sys_seconds>(sys_days(date) + hours(h) + minutes(mi) + seconds(s), kEarliest, kLatest);
}

struct Clock {
  unsigned h, m, s;
};
Clock read_clock(Reader& in) {
  Clock clock{};
  clock.h = in.digits(2);
  in.literal(":");
  clock.m = in.digits(2);
  in.literal(":");
  clock.s = in.digits(2);
  return clock;
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<TimePoint> parse_fixdate(Reader in) {
  in.name(kDays);
  in.literal(", ");
  const unsigned d = in.digits(2);
  in.literal(" ");
  const unsigned month_index = in.name(kMonths);
  in.literal(" ");
  const unsigned y = in.digits(4);
  in.literal(" ");
  const Clock c = read_clock(in);
  in.literal(" GMT");
  if (!in.done()) return std::nullopt;
  return join(y, month_index + 1, d, c.h, c.m, c.s);
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<TimePoint> parse_rfc850(Reader in) {
  in.name(kDays);
  in.skip_letters();
  in.literal(", ");
  const unsigned d = in.digits(2);
  in.literal("-");
  const unsigned month_index = in.name(kMonths);
  in.literal("-");
  const unsigned y = in.digits(2);
  in.literal(" ");
  const Clock c = read_clock(in);
  in.literal(" GMT");
  if (!in.done()) return std::nullopt;
  return join(y < 70 ? 2000 + y : 1900 + y, month_index + 1, d, c.h, c.m, c.s);
}

// Sun Nov  6 08:49:37 1994
std::optional<TimePoint> parse_asctime(Reader in) {
  in.name(kDays);
  in.literal(" ");
  const unsigned month_index = in.name(kMonths);
  in.literal(" ");
  const unsigned d = in.skip(' ') ? in.digits(1) : in.digits(2);
  in.literal(" ");
  const Clock c = read_clock(in);
  in.literal(" ");
  const unsigned y = in.digits(4);
  if (!in.done()) return std::nullopt;
  return join(y, month_index + 1, d, c.h, c.m, c.s);
}

milliseconds fraction(std::string_view digits) {
  int value = 0;
  for (std::size_t i = 0; i < 3; ++i) value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return milliseconds(value);
}

}  // namespace

TimePoint from_unix(std::int64_t seconds_since_epoch, std::int64_t nanoseconds) noexcept {
  const sys_seconds whole = std::clamp(sys_seconds(seconds(seconds_since_epoch)), kEarliest, kLatest);
  return TimePoint(
      duration_cast<TimePoint::duration>(whole.time_since_epoch() + std::chrono::nanoseconds(nanoseconds)));
}

std::string format_http_date(TimePoint time) {
  const Parts p = split(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[p.day.c_encoding()], day_of(p),
                     kMonths[month_of(p) - 1], year_of(p), p.time.hours().count(), p.time.minutes().count(),
                     p.time.seconds().count());
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  if (auto time = parse_fixdate(Reader(text))) return time;
  if (auto time = parse_rfc850(Reader(text))) return time;
  return parse_asctime(Reader(text));
}

std::string format_rfc3339(TimePoint time) {
  std::array<char, std::string_view("2009-02-13T23:31:30.123Z").size()> out{};
  const Parts p = split(time);
  char* end = put(out.data(), static_cast<unsigned>(year_of(p)), 4, '-');
  end = put(end, month_of(p), 2, '-');
  end = put(end, day_of(p), 2, 'T');
  end = put(end, count_of(p.time.hours()), 2, ':');
  end = put(end, count_of(p.time.minutes()), 2, ':');
  end = put(end, count_of(p.time.seconds()), 2);
  const unsigned ms = count_of(p.time.subseconds());
  if (ms != 0) {
    *end++ = '.';
    end = put(end, ms, 3);
  }
  *end++ = 'Z';
  return {out.data(), end};
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const unsigned y = in.digits(4);
  in.literal("-");
  const unsigned mo = in.digits(2);
  in.literal("-");
  const unsigned d = in.digits(2);
  in.literal("T");
  const Clock c = read_clock(in);
  milliseconds part{0};
  if (in.good() && in.skip('.')) {
    const auto digits = in.take_digits();
    if (digits.empty()) return std::nullopt;
    part = fraction(digits);
  }
  minutes offset{0};
  if (in.good() && !in.skip('Z')) {
    const bool negative = in.skip('-');
    if (!negative) in.literal("+");
    const unsigned h = in.digits(2);
    in.literal(":");
    const unsigned m = in.digits(2);
    if (h > 23 || m > 59) return std::nullopt;
    offset = (negative ? -1 : 1) * (hours(h) + minutes(m));
  }
  if (!in.done()) return std::nullopt;
  const auto time = join(y, mo, d, c.h, c.m, c.s);
  if (!time) return std::nullopt;
  return *time + part - offset;
}

std::array<char, 16> format_amz_date(TimePoint time) noexcept {
  const Parts p = split(time);
  std::array<char, 16> out{};
  char* end = put(out.data(), static_cast<unsigned>(year_of(p)), 4);
  end = put(end, month_of(p), 2);
  end = put(end, day_of(p), 2, 'T');
  end = put(end, count_of(p.time.hours()), 2);
  end = put(end, count_of(p.time.minutes()), 2);
  put(end, count_of(p.time.seconds()), 2, 'Z');
  return out;
}

std::optional<TimePoint> parse_amz_date(std::string_view text) {
  Reader in(text);
  const unsigned y = in.digits(4);
  const unsigned mo = in.digits(2);
  const unsigned d = in.digits(2);
  in.literal("T");
  const unsigned h = in.digits(2);
  const unsigned mi = in.digits(2);
  const unsigned s = in.digits(2);
  in.literal("Z");
  if (!in.done()) return std::nullopt;
  return join(y, mo, d, h, mi, s);
}

}  // namespace cloudkit::inline v0::core
