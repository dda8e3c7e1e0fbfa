#include "sync/rules.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using syncing::matches;

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
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"", "a", false},
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
  CHECK(syncing::takes_part("keep/a.tmp", rules));
  CHECK(!syncing::takes_part("a.tmp", rules));
  CHECK(syncing::takes_part("a", rules));
  CHECK(!syncing::takes_part("b", {{true, "a*"}, {false, "**"}}));
  CHECK(syncing::takes_part("b", {}));
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
  CHECK(syncing::check_rules({{false, "\\[a"}, {false, "[]]"}, {true, "a\\\\"}}));
}

TEST_CASE("no pattern takes longer than its size and the key's say") {
  std::string pattern;
  for (int i = 0; i < 300; ++i) pattern += "*a**";
  CHECK(!matches(pattern + "b", std::string(1024, 'a')));
  CHECK(matches(pattern, std::string(1024, 'a')));
}
