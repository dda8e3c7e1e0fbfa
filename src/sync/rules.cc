#include "sync/rules.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

Error bad_pattern(std::string_view pattern, std::string_view why) {
  return core::invalid_argument(fmt::format("the pattern \"{}\" {}", core::printable_excerpt(pattern, 80), why));
}

std::string_view take_character(std::string_view& text) {
  const std::string_view character = text.substr(0, core::character_size(text));
  text.remove_prefix(character.size());
  return character;
}

}  // namespace

// All ways to match at once, a byte of the key after the other: no pattern makes it try one after the other.
class Matcher {
 public:
  explicit Matcher(const ParsedPattern& pattern)
      : parts_(pattern.parts_), anchored_(pattern.anchored_), reached_(parts_.size() + 1), next_(parts_.size() + 1) {}

  bool run(std::string_view key) {
    reach(reached_, 0);
    while (!key.empty()) {
      const std::string_view character = take_character(key);
      for (std::size_t i = 0; i < character.size(); ++i) step(character, i);
      // Behind each `/` it may begin as well.
      if (!anchored_ && character == "/") reach(reached_, 0);
    }
    return reached_[parts_.size()] != 0;
  }

 private:
  using Kind = ParsedPattern::Kind;

  // A star may stand for nothing.
  void reach(std::vector<char>& states, std::size_t at) const {
    states[at] = 1;
    while (at < parts_.size() && (parts_[at].kind == Kind::some || parts_[at].kind == Kind::all)) states[++at] = 1;
  }

  void step(std::string_view character, std::size_t i) {
    const char byte = character[i];
    const bool last = i + 1 == character.size();
    std::fill(next_.begin(), next_.end(), char{0});
    for (std::size_t at = 0; at < parts_.size(); ++at) {
      if (reached_[at] == 0) continue;
      const ParsedPattern::Part& part = parts_[at];
      switch (part.kind) {
        case Kind::literal:
          if (part.byte == byte) reach(next_, at + 1);
          break;
        case Kind::one:
          if (byte != '/') pass(at, at + 1, last);
          break;
        case Kind::set:
          if (i > 0 || (byte != '/' && part.set.holds(character))) pass(at, at + 1, last);
          break;
        case Kind::some:
          if (byte != '/') pass(at, at, last);
          break;
        case Kind::all: pass(at, at, last); break;
      }
    }
    std::swap(reached_, next_);
  }

  // Within a character it stays where it is.
  void pass(std::size_t at, std::size_t behind, bool last) {
    if (last) {
      reach(next_, behind);
    } else {
      next_[at] = 1;
    }
  }

  const std::vector<ParsedPattern::Part>& parts_;
  const bool anchored_;
  std::vector<char> reached_;  // By part, whether what is before it has matched the key so far.
  std::vector<char> next_;
};

// The bytes of UTF-8 are in the order of its characters.
bool ParsedPattern::Set::holds(std::string_view character) const {
  const auto in = [&](const auto& range) { return range.first <= character && character <= range.second; };
  return std::any_of(ranges.begin(), ranges.end(), in) != negated;
}

std::string_view ParsedPattern::take_member(std::string_view& rest) {
  if (rest.starts_with('\\')) rest.remove_prefix(1);
  return rest.empty() ? rest : take_character(rest);
}

// What stands behind a `[`; false when it has no end. A `]` right at its beginning is one of it.
bool ParsedPattern::take_set(std::string_view& rest, Set& set) {
  set.negated = rest.starts_with('!');
  if (set.negated) rest.remove_prefix(1);
  while (!rest.empty()) {
    if (rest.front() == ']' && !set.ranges.empty()) {
      rest.remove_prefix(1);
      return true;
    }
    const std::string_view first = take_member(rest);
    std::string_view last = first;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      last = take_member(rest);
    }
    if (last.empty()) return false;
    set.ranges.emplace_back(first, last);
  }
  return false;
}

Result<ParsedPattern> ParsedPattern::parse(std::string_view text) {
  if (text.empty()) return core::invalid_argument("a pattern is empty", "write ** for all keys");
  ParsedPattern pattern;
  auto& parts = pattern.parts_;
  pattern.anchored_ = text.starts_with('/');
  for (std::string_view rest = text.substr(pattern.anchored_ ? 1 : 0); !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '*') {
      const bool twice = rest.starts_with('*');
      if (twice) rest.remove_prefix(1);
      parts.push_back({twice ? Kind::all : Kind::some});
    } else if (c == '?') {
      parts.push_back({Kind::one});
    } else if (c == '[') {
      parts.push_back({Kind::set});
      if (!take_set(rest, parts.back().set)) return bad_pattern(text, "has a [ without its ]");
    } else if (c != '\\') {
      parts.push_back({Kind::literal, c});
    } else if (!rest.empty()) {
      parts.push_back({Kind::literal, rest.front()});
      rest.remove_prefix(1);
    } else {
      return bad_pattern(text, "ends with a single \\");
    }
  }
  // Below a directory is all of it.
  if (text.ends_with('/')) parts.push_back({Kind::all});
  return pattern;
}

bool ParsedPattern::matches(std::string_view key) const { return Matcher(*this).run(key); }

std::string ParsedPattern::prefix() const {
  std::string prefix;
  if (!anchored_) return prefix;
  for (const Part& part : parts_) {
    if (part.kind != Kind::literal) break;
    prefix += part.byte;
  }
  return prefix;
}

Status check_rules(const std::vector<KeyRule>& rules) {
  for (const KeyRule& rule : rules) {
    if (auto pattern = ParsedPattern::parse(rule.pattern); !pattern) return std::move(pattern).error();
  }
  return {};
}

TakesPart::TakesPart(const std::vector<KeyRule>& rules) {
  for (const KeyRule& rule : rules) {
    if (auto pattern = ParsedPattern::parse(rule.pattern)) rules_.emplace_back(*std::move(pattern), rule.include);
  }
}

bool TakesPart::operator()(std::string_view key) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const auto& one) { return one.first.matches(key); });
  return rule == rules_.end() || rule->second;
}

}  // namespace syncing

Result<KeyPattern> KeyPattern::parse(std::string_view text) {
  auto parsed = syncing::ParsedPattern::parse(text);
  if (!parsed) return std::move(parsed).error();
  return KeyPattern(text, std::make_shared<const syncing::ParsedPattern>(*std::move(parsed)));
}

bool KeyPattern::matches(std::string_view key) const { return parsed_->matches(key); }

std::string KeyPattern::prefix() const { return parsed_->prefix(); }

}  // namespace cloudkit::inline v0
