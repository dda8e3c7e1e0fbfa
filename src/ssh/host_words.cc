#include "ssh/host_words.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::ssh {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Never an option, and never anything to a shell that a ProxyCommand of the user's starts with it:
// CVE-2017-1000117, CVE-2023-51385.
bool is_harmless(std::string_view text, std::string_view marks) {
  return !text.empty() && text.size() <= 255 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos; });
}

// One word of a line, whose quotes and backslashes it takes away.
class WordReader {
 public:
  explicit WordReader(std::string_view rest) : rest_(rest) {}

  bool at_end() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty() || rest_.front() == '#';
  }

  Result<std::string> next() {
    std::string word;
    while (!rest_.empty() && !is_blank(rest_.front()) && rest_.front() != '#') {
      const char c = take();
      if (c == '\'' || c == '"') {
        if (!take_quoted(c, word)) return core::invalid_argument("a quote has no end");
      } else if (c == '\\') {
        if (rest_.empty()) return core::invalid_argument("nothing follows the last \\");
        word += take();
      } else {
        word += c;
      }
    }
    return word;
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool take_quoted(char quote, std::string& word) {
    while (!rest_.empty()) {
      const char c = take();
      if (c == quote) return true;
      const bool escapes =
          quote == '"' && c == '\\' && !rest_.empty() && (rest_.front() == '"' || rest_.front() == '\\');
      word += escapes ? take() : c;
    }
    return false;
  }

  std::string_view rest_;
};

bool is_nothing_or_comment(std::string_view text) {
  text = core::trim(text);
  return text.empty() || text.front() == '#';
}

bool is_simple_literal(std::string_view text) {
  return text == "True" || text == "False" || text == "None" || core::parse_u64(text).has_value();
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (WordReader reader(line); !reader.at_end();) {
    auto word = reader.next();
    if (!word) return std::move(word).error();
    words.push_back(*std::move(word));
  }
  return words;
}

std::string literal(std::string_view value) {
  value = core::trim(value);
  if (value.starts_with('"') || value.starts_with('\'')) {
    const std::size_t end = value.find(value.front(), 1);
    if (end != std::string_view::npos && is_nothing_or_comment(value.substr(end + 1))) {
      return std::string(value.substr(1, end - 1));
    }
  }
  if (const std::size_t comment = value.find('#'); comment != std::string_view::npos) {
    const std::string_view before = core::trim(value.substr(0, comment));
    if (is_simple_literal(before)) return std::string(before);
  }
  return std::string(value);
}

bool may_hold_secret(std::string_view word) noexcept {
  if (word.find('=') != std::string_view::npos || word.find(": ") != std::string_view::npos || word.ends_with(':')) {
    return true;
  }
  constexpr std::array<std::string_view, 5> kSigns = {"pass", "pwd", "secret", "token", "credential"};
  return std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) {
    const auto same = [](char a, char b) { return (a | 0x20) == b; };  // In any case; all signs are letters.
    return std::search(word.begin(), word.end(), sign.begin(), sign.end(), same) != word.end();
  });
}

std::string shown(std::string_view word) {
  return may_hold_secret(word) ? "this" : fmt::format("\"{}\"", core::printable_excerpt(word, 60));
}

bool is_host(std::string_view text) noexcept { return is_harmless(text, "._-:"); }
bool is_user(std::string_view text) noexcept { return is_harmless(text, "._-+@"); }

std::optional<int> parse_port(std::string_view text) noexcept {
  const auto number = core::parse_u64(text);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<int>(*number);
}

bool is_plain_path(std::string_view text) noexcept {
  return !text.empty() && text.front() != '-' && !core::has_control_character(text) &&
         text.find_first_of("%$\"\\") == std::string_view::npos;
}

}  // namespace cloudkit::inline v0::ssh
