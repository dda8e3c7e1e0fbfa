#pragma once

#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// A pattern, taken apart once for many keys.
class ParsedPattern {
 public:
  /// Errors: as `KeyPattern::parse`.
  static Result<ParsedPattern> parse(std::string_view text);

  bool matches(std::string_view key) const;
  std::string prefix() const;

 private:
  friend class Matcher;
  enum class Kind { literal, one, set, some, all };  // some: `*`, all: `**`
  struct Set {
    bool negated = false;
    std::vector<std::pair<std::string, std::string>> ranges = {};  // Of characters, both ends in it.
    bool holds(std::string_view character) const;
  };
  struct Part {
    Kind kind = Kind::literal;
    char byte = 0;
    Set set = {};
  };
  static std::string_view take_member(std::string_view& rest);
  static bool take_set(std::string_view& rest, Set& set);

  bool anchored_ = false;
  std::vector<Part> parts_;
};

/// Errors: those of `KeyPattern::parse`, of the first pattern that has one.
Status check_rules(const std::vector<KeyRule>& rules);

/// Rules that were checked. Thread-safe.
class TakesPart {
 public:
  explicit TakesPart(const std::vector<KeyRule>& rules);
  bool operator()(std::string_view key) const;

 private:
  std::vector<std::pair<ParsedPattern, bool>> rules_;
};

}  // namespace cloudkit::inline v0::syncing
