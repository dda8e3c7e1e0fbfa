#include "testing/suite.h"

#include <algorithm>

/// Keys are UTF-8 bytes: what one put under a key is found under it, under no other, and a key
/// that a backend cannot hold is refused.
namespace cloudkit::inline v0::testing {
namespace {

// Sorted by bytes before use. Each has been written wrongly by some client of some service.
std::vector<std::string> weird_keys(const Case& c) {
  std::vector<std::string> keys = {
      " leading space",       "trailing space ",
      "with space",           "with+plus",
      "with%percent",         "with%2Fencoded slash",
      "with%20encoded space", "with&ampersand<less>greater\"quote'apostrophe",
      "with?question#hash",   "with;semicolon@at=equal:colon$dollar,comma!bang*star(round)",
      "with~tilde",           "with[square]{curly}|pipe^caret`backtick",
      ".leading dot",         "-leading dash",
      "dir/with space/+",     "emoji \xF0\x9F\x98\x80",
      "composed \xC3\xA9",    "decomposed e\xCC\x81",
      "index.html",           "\xE2\x82\xAC",
  };
  if (c.can().key_backslashes) keys.emplace_back("with\\backslash");
  if (c.can().key_final_dots) keys.insert(keys.end(), {"...", "final./dots."});
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Every key holds its own name, so that one that was changed on the way is noticed.
void expect_distinct(const Case& c, std::vector<std::string> keys) {
  for (const std::string& key : keys) c.put(key, key);
  for (const std::string& key : keys) {
    c.expect_content(key, key);
    c.expect_equal(c.expect_ok(c.bucket().head(key), "head of " + show(key)).key, key, "the key that head returned");
  }
  std::sort(keys.begin(), keys.end());
  c.expect_keys({}, keys, "the keys in a list");
  for (const std::string& key : keys) {
    c.expect_keys({.prefix = key}, {key}, "the keys in a list with prefix " + show(key));
    c.expect_ok(c.bucket().remove(key), "removing " + show(key));
  }
  c.expect_keys({}, {}, "the keys after all were removed");
}

void expect_refused(const Case& c, const std::string& key, const std::string& what) {
  const Bucket& bucket = c.bucket();
  c.expect_error(bucket.put(key, "v"), ErrorCode::invalid_argument, "put of " + what);
  c.expect_error(bucket.get(key), ErrorCode::invalid_argument, "get of " + what);
  c.expect_error(bucket.head(key), ErrorCode::invalid_argument, "head of " + what);
  c.expect_error(bucket.remove(key), ErrorCode::invalid_argument, "remove of " + what);
  c.expect_error(bucket.copy("k", key), ErrorCode::invalid_argument, "copy to " + what);
  c.expect_error(bucket.copy(key, "k"), ErrorCode::invalid_argument, "copy of " + what);
}

void weird_keys_roundtrip(const Case& c) {
  expect_distinct(c, weird_keys(c));
  if (!c.can().key_backslashes) expect_refused(c, "back\\slash", "a key with a backslash");
  if (!c.can().key_final_dots) {
    for (const char* const key : {"...", "final.", "final./dot"}) expect_refused(c, key, "a key with a final dot");
  }
  c.expect_keys({}, {}, "the keys after refused puts");
}

void list_of_weird_keys(const Case& c) {
  const std::vector<std::string> all = weird_keys(c);
  for (const std::string& key : all) c.put(key, key);
  c.expect_keys({.page_size = 2}, all, "the keys in a list with two a page");
  for (std::size_t i = 0; i < all.size(); i += 4) {
    const std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end());
    c.expect_keys({.start_after = all[i]}, rest, "the keys after " + show(all[i]));
  }
}

void keys_slashes(const Case& c) {
  const std::vector<std::string> keys = {"/", "//", "/leading", "trailing/", "in//side", "in/side"};
  if (c.can().key_slashes) {
    std::vector<std::string> plain = keys;
    for (const std::string& key : plain) c.put(key, key);
    for (const std::string& key : plain) c.expect_content(key, key);
    std::sort(plain.begin(), plain.end());
    c.expect_keys({}, plain, "the keys in a list");
    return;
  }
  c.put("k", "bystander");
  for (const std::string& key : keys) {
    if (key != "in/side") expect_refused(c, key, "the key " + show(key));
  }
  c.expect_keys({}, {"k"}, "the keys after refused puts");
}

void keys_dot_segments(const Case& c) {
  // Where a path is normalised on the way, "a/../b" becomes "b".
  const std::vector<std::string> keys = {".", "..", "a/../b", "a/./b", "./b", "../b", "a/.."};
  c.put("b", "bystander");
  if (c.can().key_dot_segments) {
    std::vector<std::string> held;
    for (const std::string& key : keys) {
      const auto put = c.bucket().put(key, key);
      const bool may_be_refused = (!c.can().key_dot_names && (key == "." || key == "..")) ||
                                  (!c.can().key_climbs_out && (key == ".." || key == "../b"));
      if (!put && may_be_refused) {
        c.expect_error(put, ErrorCode::invalid_argument, "putting " + show(key));
        continue;  // Below a prefix it is another key, which can be held.
      }
      c.expect_ok(put, "putting " + show(key));
      held.push_back(key);
    }
    for (const std::string& key : held) c.expect_content(key, key);
    c.expect_content("b", "bystander");
    for (const std::string& key : held) c.expect_ok(c.bucket().remove(key), "removing " + show(key));
  } else {
    for (const std::string& key : keys) expect_refused(c, key, "the key " + show(key));
  }
  c.expect_content("b", "bystander");
  c.expect_keys({}, {"b"}, "the keys that are left");
}

void keys_control_characters(const Case& c) {
  const std::vector<std::string> keys = {"\x01",
                                         "a\x01"  // NOLINT(bugprone-suspicious-missing-comma): "\x01b" is one byte
                                         "b",
                                         "tab\t",
                                         "line\nbreak",
                                         "return\r",
                                         "escape\x1B[0m",
                                         "delete\x7F"};
  if (c.can().key_control_characters) {
    expect_distinct(c, keys);
    return;
  }
  c.put("k", "bystander");
  for (const std::string& key : keys) expect_refused(c, key, "the key " + show(key));
  c.expect_keys({}, {"k"}, "the keys after refused puts");
}

void non_utf8_rejected(const Case& c) {
  c.put("k", "bystander");
  expect_refused(c, "\xFF", "a key with a byte that UTF-8 has not");
  expect_refused(c, "cut \xE2\x82", "a key with a character cut off");
  expect_refused(c, "overlong \xC0\xAF", "a key with an overlong '/'");
  expect_refused(c, "surrogate \xED\xA0\x80", "a key with a surrogate");
  expect_refused(c, std::string("nul\0nul", 7), "a key with a NUL");
  c.expect_error(c.bucket().list_all({.prefix = "\xFF"}), ErrorCode::invalid_argument, "list with such a prefix");
  c.expect_keys({}, {"k"}, "the keys after refused puts");
}

void empty_key_rejected(const Case& c) {
  c.put("k", "bystander");
  expect_refused(c, "", "an empty key");
  c.expect_keys({}, {"k"}, "the keys after refused puts");
}

// `size` bytes in segments that the backend can hold.
std::string long_key(std::size_t size, std::size_t segment) {
  std::string key;
  while (key.size() < size) {
    if (!key.empty()) key += '/';
    key.append(std::min(segment, size - key.size()), 'k');
  }
  if (key.back() == '/') key.back() = 'k';
  return key;
}

void longest_key_roundtrips(const Case& c) {
  const std::size_t longest = c.can().max_key_size;
  if (longest > 65536) c.skip("the backend has no practical limit for keys");
  const std::size_t segment = std::min<std::size_t>(c.can().max_segment_size, 200);
  const std::string key = long_key(longest, segment);
  c.put(key, "at the limit");
  c.expect_content(key, "at the limit");
  c.expect_keys({}, {key}, "the keys in a list");
  expect_refused(c, long_key(longest + 1, segment - 1), "a key with one byte more than max_key_size");
}

void longest_segment_roundtrips(const Case& c) {
  const std::size_t longest = c.can().max_segment_size;
  if (longest >= c.can().max_key_size) c.skip("the backend has no limit for what is between two '/'");
  const std::string key = "d/" + std::string(longest, 's');
  c.put(key, "at the limit");
  c.expect_content(key, "at the limit");
  c.expect_keys({}, {key}, "the keys in a list");
  expect_refused(c, key + "s", "a key with one byte more than max_segment_size between two '/'");
}

void key_and_child_coexist(const Case& c) {
  c.put("a", "parent");
  if (c.can().key_and_child) {
    c.put("a/b", "child");
    c.put("a/b/c", "grandchild");
    c.expect_content("a", "parent");
    c.expect_content("a/b", "child");
    c.expect_content("a/b/c", "grandchild");
    c.expect_keys({}, {"a", "a/b", "a/b/c"}, "the keys in a list");
    c.expect_ok(c.bucket().remove("a/b"), "removing the child");
    c.expect_keys({}, {"a", "a/b/c"}, "the keys after removing the child");
    return;
  }
  c.expect_error(c.bucket().put("a/b", "child"), {ErrorCode::conflict, ErrorCode::invalid_argument},
                 "putting \"a/b\" where \"a\" is");
  c.expect_content("a", "parent");
  c.put("d/e", "child");
  c.expect_error(c.bucket().put("d", "parent"), {ErrorCode::conflict, ErrorCode::invalid_argument},
                 "putting \"d\" where \"d/e\" is");
  c.expect_content("d/e", "child");
  c.expect_missing("d");
  c.expect_missing("a/b");
}

void case_distinct(const Case& c) { expect_distinct(c, {"A", "a", "Dir/x", "dir/x", "dir/X"}); }

}  // namespace

CaseList key_cases() {
  static constexpr CaseEntry kCases[] = {
      {"weird_keys_roundtrip", weird_keys_roundtrip},     {"keys_slashes", keys_slashes},
      {"keys_dot_segments", keys_dot_segments},           {"keys_control_characters", keys_control_characters},
      {"non_utf8_rejected", non_utf8_rejected},           {"empty_key_rejected", empty_key_rejected},
      {"longest_key_roundtrips", longest_key_roundtrips}, {"longest_segment_roundtrips", longest_segment_roundtrips},
      {"key_and_child_coexist", key_and_child_coexist},   {"case_distinct", case_distinct},
      {"list_of_weird_keys", list_of_weird_keys},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
