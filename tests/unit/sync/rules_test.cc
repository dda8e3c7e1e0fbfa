#include "sync/rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

using namespace cloudkit;

namespace {

bool matches(std::string_view pattern, std::string_view key) { return KeyPattern::parse(pattern).value().matches(key); }

}  // namespace

TEST_CASE("patterns") {
  struct Row {
    const char* pattern;
    const char* key;
    bool expected;
  };
  const Row rows[] = {
      {"*.tmp", "a.tmp", true},
      {"*.tmp", "d/e/a.tmp", true},
      {"*.tmp", "a.tmp/b", false},
      {"/*.tmp", "d/a.tmp", false},
      {"/*.tmp", "a.tmp", true},
      {"cache/", "cache/a", true},
      {"cache/", "x/cache/a/b", true},
      {"/cache/", "x/cache/a", false},
      {"cache/", "cache", false},
      {"cache/", "mycache/a", false},
      {"logs/**/x", "logs/a/b/x", true},
      {"logs/*/x", "logs/a/b/x", false},
      {"**", "anything/at all", true},
      {"*", "d/a", true},
      {"/*", "d/a", false},
      {"a?c", "abc", true},
      {"a?c", "a€c", true},
      {"a?c", "a/c", false},
      {"a?c", "ac", false},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},
      {"[!a-c]x", "dx", true},
      {"[]]x", "]x", true},
      {"[a-]x", "-x", true},
      {"a[/]c", "a/c", false},
      {"[äö]x", "öx", true},
      {"[äö]x", "üx", false},
      {"[!ä]x", "üx", true},
      {"[!ä]x", "äx", false},
      {"[a-ö]", "ä", true},
      {"**[a]", "ä", false},
      {"*[!/]", "ä", true},
      {"[!a]?", "ä", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"[a\\]]x", "]x", true},
      {"[a\\]]x", "\\x", false},
      {"[a\\-z]x", "bx", false},
      {"[a\\-z]x", "-x", true},
      {"[\\!a]x", "!x", true},
      {"[\\!a]x", "bx", false},
      {"[\\a-c]x", "bx", true},
      {"[a-\\]]x", "]x", false},
      {"[\\\\]x", "\\x", true},
      {"[!]a]x", "bx", true},
      {"[!]a]x", "]x", false},
      {"a/**/b", "a/b", false},
      {"b/**", "a/b/", true},
      {"a*", "b/", false},
      {"*", "b/", true},
      {"a/b", "x/a/b", true},
      {"a/b", "xa/b", false},
      {"exact", "exact", true},
      {"exact", "exactly", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.key);
    CHECK(matches(row.pattern, row.key) == row.expected);
  }
}

TEST_CASE("the first rule that matches decides, and without one a key takes part") {
  const std::vector<KeyRule> rules = {{true, "keep/*.tmp"}, {false, "*.tmp"}, {true, "**"}};
  const syncing::TakesPart takes_part(rules);
  CHECK(takes_part("keep/a.tmp"));
  CHECK(!takes_part("a.tmp"));
  CHECK(takes_part("a"));
  CHECK(!syncing::TakesPart({{true, "a*"}, {false, "**"}})("b"));
  CHECK(syncing::TakesPart({})("b"));
}

TEST_CASE("patterns that mean nothing are refused") {
  const auto message_of = [](const char* pattern) {
    const auto status = syncing::check_rules({{false, "fine"}, {false, pattern}});
    REQUIRE(!status);
    CHECK(status.error().code == ErrorCode::invalid_argument);
    return status.error().message;
  };
  CHECK(message_of("") == "a pattern is empty");
  CHECK(message_of("a[b") == "the pattern \"a[b\" has a [ without its ]");
  CHECK(message_of("a\\") == "the pattern \"a\\\" ends with a single \\");
  CHECK(message_of("[\\]") == "the pattern \"[\\]\" has a [ without its ]");
  CHECK(message_of("[a-") == "the pattern \"[a-\" has a [ without its ]");
  CHECK(message_of("[]") == "the pattern \"[]\" has a [ without its ]");
  CHECK(syncing::check_rules({{false, "\\[a"}, {false, "[]]"}, {true, "a\\\\"}}));
}

TEST_CASE("a pattern by itself, and what all that it matches begins with") {
  const auto prefix_of = [](const char* text) { return KeyPattern::parse(text).value().prefix(); };
  CHECK(prefix_of("/logs/2026-*.gz") == "logs/2026-");
  CHECK(prefix_of("/a\\*b[c]") == "a*b");
  CHECK(prefix_of("/cache/") == "cache/");
  CHECK(prefix_of("/whole") == "whole");
  CHECK(prefix_of("logs/*") == "");
  CHECK(KeyPattern::parse("/logs/*.gz").value().matches("logs/a.gz"));
  CHECK(!KeyPattern::parse("/logs/*.gz").value().matches("old/logs/a.gz"));
  CHECK(KeyPattern::parse("a[b").error().message == "the pattern \"a[b\" has a [ without its ]");
}

TEST_CASE("a pattern can be named and compared") {
  const KeyPattern pattern = KeyPattern::parse("*.gz").value();
  CHECK(pattern.text() == "*.gz");
  CHECK(pattern == KeyPattern::parse("*.gz").value());
  CHECK(pattern != KeyPattern::parse("*.xz").value());
}

TEST_CASE("no pattern takes longer than its size and the key's say") {
  std::string pattern;
  for (int i = 0; i < 300; ++i) pattern += "*a**";
  CHECK(!matches(pattern + "b", std::string(1024, 'a')));
  CHECK(matches(pattern, std::string(1024, 'a')));
}

// Two sizes are compared, so that a slow machine says nothing.
TEST_CASE(
    "a key of many directories takes no longer than one without: a pattern that may begin behind each is run once") {
  std::string many;
  std::string stars;
  for (int i = 0; i < 400; ++i) {
    many += "a/";
    stars += "*a";
  }
  const KeyPattern pattern = KeyPattern::parse(stars + "b").value();
  const auto time_of = [&](const std::string& key) {
    auto least = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      CHECK(!pattern.matches(key));
      least = std::min(least, std::chrono::steady_clock::now() - begin);
    }
    return least;
  };
  CHECK(time_of(many) < 20 * time_of(std::string(many.size(), 'a')));
}
