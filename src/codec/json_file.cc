#include "codec/json_file.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "core/check_text.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Goes over a text that is JSON, and over any other without harm.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool ended() const { return at_ >= text_.size(); }
  char next() {
    at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
    return ended() ? '\0' : text_[at_];
  }
  bool take(char c) {
    if (next() != c || ended()) return false;
    ++at_;
    return true;
  }
  // From its quote to the one that ends it.
  std::string string() {
    const std::size_t begin = at_++;
    while (!ended() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    const auto read = JsonValue::parse(text_.substr(begin, at_ - begin));
    return read ? std::string(read->as_string().value_or("")) : std::string();
  }
  void skip_scalar() { at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_ + 1), text_.size()); }
  void skip_value() {
    std::size_t depth = 0;
    do {
      switch (next()) {
        case '"': (void)string(); break;
        case '{':
        case '[': ++depth, ++at_; break;
        case '}':
        case ']': --depth, ++at_; break;
        case ',':
        case ':': ++at_; break;
        default: skip_scalar();
      }
    } while (depth > 0 && !ended());
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0;
};

JsonPlace place_at(std::string_view text, std::size_t offset) {
  JsonPlace place;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

// Leaves the scanner at the member's value.
std::optional<std::size_t> find_member(JsonScanner& scanner, std::string_view name) {
  while (scanner.next() == '"') {
    const std::size_t begin = scanner.at();
    const bool found = scanner.string() == name;
    if (!scanner.take(':')) return std::nullopt;
    if (found) return begin;
    scanner.skip_value();
    if (!scanner.take(',')) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_item(JsonScanner& scanner, std::string_view index) {
  for (std::size_t i = 0; scanner.next() != ']' && !scanner.ended(); ++i) {
    if (std::to_string(i) == index) return scanner.at();
    scanner.skip_value();
    if (!scanner.take(',')) return std::nullopt;
  }
  return std::nullopt;
}

struct RepeatedName {
  std::string name;
  std::size_t offset;
};
std::optional<RepeatedName> find_repeated_name(std::string_view text) {
  JsonScanner scanner(text);
  std::vector<std::set<std::string>> open;
  while (true) {
    const char c = scanner.next();
    if (scanner.ended()) return std::nullopt;
    if (c == '"') {
      const std::size_t begin = scanner.at();
      std::string name = scanner.string();
      if (open.empty() || !scanner.take(':')) continue;
      if (!open.back().insert(name).second) return RepeatedName{std::move(name), begin};
    } else if (scanner.take('{') || scanner.take('[')) {
      open.emplace_back();
    } else if (scanner.take('}') || scanner.take(']')) {
      if (!open.empty()) open.pop_back();
    } else if (!scanner.take(',') && !scanner.take(':')) {
      scanner.skip_scalar();
    }
  }
}

}  // namespace

std::string to_pointer(const JsonPath& path) {
  std::string pointer;
  for (const std::string& step : path) {
    pointer += '/';
    for (const char c : step) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
  }
  return pointer;
}

std::optional<JsonPlace> find_place(std::string_view text, const JsonPath& path) {
  JsonScanner scanner(text);
  (void)scanner.next();
  std::size_t offset = scanner.at();
  for (const std::string& step : path) {
    const bool in_object = scanner.take('{');
    if (!in_object && !scanner.take('[')) return std::nullopt;
    const auto found = in_object ? find_member(scanner, step) : find_item(scanner, step);
    if (!found) return std::nullopt;
    offset = *found;
  }
  return place_at(text, offset);
}

Result<JsonValue> parse_json_file(std::string_view text, std::string_view file_name, const JsonLimits& limits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const auto refuse = [&](std::size_t offset, std::string_view what) {
    const JsonPlace place = place_at(text, offset);
    return core::invalid_argument(fmt::format("{}:{}:{}: {}", file_name, place.line, place.column, what));
  };
  if (text.starts_with(kByteOrderMark)) return refuse(0, "a byte order mark, which JSON has not");
  if (core::trim(text).empty()) return refuse(0, "the file is empty where JSON was expected");
  JsonProblem problem;
  auto value = JsonValue::parse(text, limits, &problem);
  if (value) return value;
  if (problem.byte) return refuse(*problem.byte - 1, problem.what);
  if (text.size() <= limits.max_size) {
    if (const auto repeated = find_repeated_name(text)) {
      return refuse(repeated->offset, fmt::format("the name {} is given twice", core::in_quotes(repeated->name)));
    }
  }
  return core::invalid_argument(fmt::format("{}: {}", file_name, problem.what));
}

}  // namespace cloudkit::inline v0::codec
