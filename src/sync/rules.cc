#include "sync/rules.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace cloudkit::inline v0::syncing {
namespace {

enum class Kind { literal, one, set, some, all };  // some: `*`, all: `**`

struct Part {
  Kind kind = Kind::literal;
  char byte = 0;
  std::string_view set = {};
};

// Where the set that begins at `begin` ends; npos when it is open. A `]` right at its beginning is one of it.
std::size_t end_of_set(std::string_view pattern, std::size_t begin) {
  std::size_t first = begin + 1;
  if (first < pattern.size() && pattern[first] == '!') ++first;
  return pattern.find(']', first + 1);
}

std::vector<Part> parts_of(std::string_view pattern) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*') {
      const bool twice = pattern.substr(i + 1).starts_with('*');
      if (twice) ++i;
      parts.push_back({twice ? Kind::all : Kind::some});
    } else if (c == '?') {
      parts.push_back({Kind::one});
    } else if (c == '[') {
      const std::size_t end = end_of_set(pattern, i);
      if (end == std::string_view::npos) return parts;  // check_rules has refused it.
      parts.push_back({Kind::set, 0, pattern.substr(i + 1, end - i - 1)});
      i = end;
    } else {
      if (c == '\\' && i + 1 < pattern.size()) ++i;
      parts.push_back({Kind::literal, pattern[i]});
    }
  }
  return parts;
}

bool in_set(std::string_view set, char byte) {
  const bool negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  const auto value = [](char c) { return static_cast<unsigned char>(c); };
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found |= value(set[i]) <= value(byte) && value(byte) <= value(set[i + 2]);
      i += 2;
    } else {
      found |= set[i] == byte;
    }
  }
  return found != negated;
}

// All ways to match at once, a byte of the key after the other: no pattern makes it try one after the other.
class Matcher {
 public:
  Matcher(const std::vector<Part>& parts, std::string_view key)
      : parts_(parts), key_(key), reached_(parts.size() + 1), next_(parts.size() + 1) {}

  bool run() {
    reach(reached_, 0);
    for (std::size_t i = 0; i < key_.size();) {
      const std::size_t size = core::character_size(key_.substr(i));
      for (std::size_t j = 0; j < size; ++j) step(key_[i + j], j == 0, j + 1 == size);
      i += size;
    }
    return reached_[parts_.size()] != 0;
  }

 private:
  // A star may stand for nothing.
  void reach(std::vector<char>& states, std::size_t at) const {
    states[at] = 1;
    while (at < parts_.size() && (parts_[at].kind == Kind::some || parts_[at].kind == Kind::all)) states[++at] = 1;
  }

  void step(char byte, bool first, bool last) {
    std::fill(next_.begin(), next_.end(), char{0});
    for (std::size_t at = 0; at < parts_.size(); ++at) {
      if (reached_[at] == 0) continue;
      const Part& part = parts_[at];
      switch (part.kind) {
        case Kind::literal:
          if (part.byte == byte) reach(next_, at + 1);
          break;
        case Kind::one:
          if (byte == '/') break;
          // Within a character it stays where it is.
          if (last) {
            reach(next_, at + 1);
          } else {
            next_[at] = 1;
          }
          break;
        case Kind::set:
          if (first && byte != '/' && in_set(part.set, byte)) reach(next_, at + 1);
          break;
        case Kind::some:
          if (byte != '/') reach(next_, at);
          break;
        case Kind::all: reach(next_, at); break;
      }
    }
    std::swap(reached_, next_);
  }

  const std::vector<Part>& parts_;
  const std::string_view key_;
  std::vector<char> reached_;  // By part, whether what is before it has matched the key so far.
  std::vector<char> next_;
};

Error bad_pattern(std::string_view pattern, std::string_view why) {
  return core::invalid_argument(fmt::format("the pattern \"{}\" {}", core::printable_excerpt(pattern, 80), why));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view key) {
  std::string whole(pattern);
  // Below a directory is all of it.
  if (whole.ends_with('/')) whole += "**";
  const bool anchored = whole.starts_with('/');
  const std::vector<Part> parts = parts_of(anchored ? std::string_view(whole).substr(1) : std::string_view(whole));
  if (Matcher(parts, key).run()) return true;
  if (anchored) return false;
  for (std::size_t slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1)) {
    if (Matcher(parts, key.substr(slash + 1)).run()) return true;
  }
  return false;
}

Status check_rules(const std::vector<KeyRule>& rules) {
  for (const KeyRule& rule : rules) {
    const std::string_view pattern = rule.pattern;
    if (pattern.empty()) return core::invalid_argument("a pattern is empty", "write ** for all keys");
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '\\') {
        ++i;
        if (i == pattern.size()) return bad_pattern(pattern, "ends with a single \\");
        continue;
      }
      if (pattern[i] != '[') continue;
      i = end_of_set(pattern, i);
      if (i == std::string_view::npos) return bad_pattern(pattern, "has a [ without its ]");
    }
  }
  return {};
}

bool takes_part(std::string_view key, const std::vector<KeyRule>& rules) {
  for (const KeyRule& rule : rules) {
    if (matches(rule.pattern, key)) return rule.include;
  }
  return true;
}

}  // namespace cloudkit::inline v0::syncing
