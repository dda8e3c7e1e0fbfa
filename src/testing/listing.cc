#include "testing/suite.h"

#include <chrono>
#include <optional>

/// What a list shows, and in which order.
namespace cloudkit::inline v0::testing {
namespace {

using Keys = std::vector<std::string>;

void put_all(const Case& c, const Keys& keys) {
  for (const std::string& key : keys) c.put(key, "x");
}

void list_empty(const Case& c) {
  c.expect_keys({}, {}, "the keys of an empty bucket");
  c.expect_keys({.delimiter = "/"}, {}, "the keys of an empty bucket, with a delimiter");
  c.expect_keys({.start_after = "a"}, {}, "the keys of an empty bucket, after \"a\"");
  Listing listing = c.bucket().list();
  c.expect(listing.begin() == listing.end(), "the list of an empty bucket should have no entry");
}

void list_missing_prefix_is_empty(const Case& c) {
  put_all(c, {"a/1", "b/1"});
  c.expect_keys({.prefix = "c/"}, {}, "the keys of a prefix that no key has");
  c.expect_keys({.prefix = "a/1/"}, {}, "the keys of a prefix longer than any key");
}

void list_prefix_is_bytes_not_path(const Case& c) {
  put_all(c, {"ab-", "ab/c", "abc", "abd/d", "b"});
  c.expect_keys({.prefix = "ab"}, {"ab-", "ab/c", "abc", "abd/d"}, "the keys with prefix \"ab\"");
  c.expect_keys({.prefix = "ab/"}, {"ab/c"}, "the keys with prefix \"ab/\"");
  c.expect_keys({.prefix = "abd"}, {"abd/d"}, "the keys with prefix \"abd\"");
  c.expect_keys({.prefix = "ab", .delimiter = "/"}, {"ab-", "ab/", "abc", "abd/"},
                "the entries with prefix \"ab\" and a delimiter");
}

void list_order_utf8_bytes(const Case& c) {
  // U+FF5E sorts before U+1F600 by UTF-8, after it by UTF-16; 'Z' before 'a' in no locale but C;
  // "a/b" after "a-b" although a directory walk meets the directory first.
  const Keys keys = {"A",  "Z",  "a-b", "a.b",      "a/b",          "a/c/d",
                     "a0", "ab", "z",   "\xC3\xA4", "\xEF\xBD\x9E", "\xF0\x9F\x98\x80"};
  put_all(c, Keys(keys.rbegin(), keys.rend()));
  c.expect_keys({}, keys, "the keys, in the order of their UTF-8 bytes");
  c.expect_keys({.page_size = 3}, keys, "the keys with three a page");
}

void list_delimiter_slash_prefixes(const Case& c) {
  put_all(c, {"a", "d/1", "d/2", "d/e/3", "f/4", "z"});
  Keys prefixes;
  for (const ListEntry& entry : c.expect_ok(c.bucket().list_all({.delimiter = "/"}), "list with a delimiter")) {
    if (entry.is_prefix) prefixes.push_back(entry.key);
  }
  c.expect_equal(prefixes, Keys{"d/", "f/"}, "the prefixes");
  c.expect_keys({.delimiter = "/"}, {"a", "d/", "f/", "z"}, "keys and prefixes together, in order");
  c.expect_keys({.prefix = "d/", .delimiter = "/"}, {"d/1", "d/2", "d/e/"}, "the entries below \"d/\"");
  c.expect_keys({.prefix = "d", .delimiter = "/"}, {"d/"}, "the entries with prefix \"d\"");
  c.expect_keys({}, {"a", "d/1", "d/2", "d/e/3", "f/4", "z"}, "the keys without a delimiter");
}

void list_chars_before_delimiter(const Case& c) {
  put_all(c, {"dir-", "dir/x", "dir0"});  // '-' sorts before '/', '0' after it.
  c.expect_keys({.delimiter = "/"}, {"dir-", "dir/", "dir0"}, "keys and prefixes together, in order");
  c.expect_keys({.delimiter = "/", .page_size = 1}, {"dir-", "dir/", "dir0"}, "the same with one a page");
}

void list_other_delimiters(const Case& c) {
  put_all(c, {"a-1", "a-2", "b::1", "b::2", "c"});
  if (!c.can().any_delimiter) {
    c.expect_error(c.bucket().list_all({.delimiter = "-"}), {ErrorCode::unsupported, ErrorCode::invalid_argument},
                   "list with a delimiter other than \"/\"");
    return;
  }
  c.expect_keys({.delimiter = "-"}, {"a-", "b::1", "b::2", "c"}, "the entries with the delimiter \"-\"");
  c.expect_keys({.delimiter = "::"}, {"a-1", "a-2", "b::", "c"}, "the entries with the delimiter \"::\"");
  c.expect_keys({.prefix = "b:", .delimiter = ":"}, {"b::"}, "the entries with prefix \"b:\" and the delimiter \":\"");
}

void list_prefix_marker_key(const Case& c) {
  if (!c.can().key_slashes) c.skip("the backend cannot hold a key that ends with '/'");
  put_all(c, {"dir/", "dir/x"});
  c.expect_keys({.prefix = "dir/"}, {"dir/", "dir/x"}, "the keys with prefix \"dir/\"");
  c.expect_keys({.prefix = "dir/", .delimiter = "/"}, {"dir/", "dir/x"}, "the entries with prefix \"dir/\"");
  const auto inside = c.expect_ok(c.bucket().list_all({.prefix = "dir/", .delimiter = "/"}), "list");
  c.expect(!inside.front().is_prefix, "the object \"dir/\" below its own prefix is an object, not a prefix");
  const auto above = c.expect_ok(c.bucket().list_all({.delimiter = "/"}), "list");
  c.expect_equal(above.size(), 1U, "how many entries the bucket has");
  c.expect(above.front().is_prefix && above.front().key == "dir/", "from above, \"dir/\" is a prefix");
}

void list_start_after_is_exclusive(const Case& c) {
  put_all(c, {"a", "b", "b.x", "c"});
  c.expect_keys({.start_after = "b"}, {"b.x", "c"}, "the keys after \"b\"");
  c.expect_keys({.start_after = "b0"}, {"c"}, "the keys after \"b0\", which is no key");
  c.expect_keys({.start_after = "c"}, {}, "the keys after the last one");
  c.expect_keys({.start_after = "A"}, {"a", "b", "b.x", "c"}, "the keys after what sorts before all");
  c.expect_keys({.prefix = "b", .start_after = "b"}, {"b.x"}, "the keys with prefix \"b\" after \"b\"");
  c.expect_keys({.prefix = "b", .start_after = "a"}, {"b", "b.x"}, "the keys with prefix \"b\" after \"a\"");
  c.expect_keys({.prefix = "b", .start_after = "c"}, {}, "the keys with prefix \"b\" after \"c\"");
  c.expect_keys({.start_after = "a", .page_size = 1}, {"b", "b.x", "c"}, "the keys after \"a\" with one a page");

  put_all(c, {"d/x", "d/y", "e"});
  c.expect_keys({.delimiter = "/", .start_after = "d/y"}, {"e"}, "the entries after the last key of a common prefix");
}

void list_info_equals_head(const Case& c) {
  c.put("a/b", pattern(1234));
  c.put("e", "");
  for (const ListEntry& entry : c.expect_ok(c.bucket().list_all(), "list")) {
    const ObjectInfo head = c.expect_ok(c.bucket().head(entry.key), "head of " + entry.key);
    c.expect(!entry.is_prefix, "an object should not be shown as a prefix");
    c.expect_equal(entry.size, head.size, "the size in a list, compared with head");
    c.expect_equal(entry.token, head.token, "the token in a list, compared with head");
    const auto apart = entry.modified > head.modified ? entry.modified - head.modified : head.modified - entry.modified;
    c.expect(apart <= std::chrono::seconds(2), "list and head should agree on the time of the change within 2 s");
  }
}

ListEntry only_entry(const Case& c) {
  const auto entries = c.expect_ok(c.bucket().list_all(), "list");
  c.expect_equal(entries.size(), 1U, "how many entries the bucket has");
  return entries.front();
}

void list_shows_the_last_put(const Case& c) {
  c.put("k", pattern(1234));
  const ListEntry first = only_entry(c);
  const ObjectInfo first_head = c.expect_ok(c.bucket().head("k"), "head");
  c.expect_ok(Context().wait_for(std::chrono::milliseconds(1100)), "waiting");  // Some know seconds only.
  c.put("k", pattern(77));
  const ListEntry last = only_entry(c);
  const ObjectInfo head = c.expect_ok(c.bucket().head("k"), "head");
  c.expect_equal(last.size, 77U, "the size in a list after a second put");
  c.expect_equal(last.token, head.token, "the token in a list after a second put, compared with head");
  c.expect(last.modified > first.modified, "the time in a list should be that of the second put");
  c.expect(head.modified > first_head.modified, "the time by head should be that of the second put");
}

void list_below_prefix_is_relative(const Case& c) {
  put_all(c, {"p/a", "p/d/1", "p/d/2", "q/a"});
  const Bucket below = c.expect_ok(c.bucket().below("p"), "below");
  const auto keys_of = [&](const ListOptions& options) {
    Keys keys;
    for (const ListEntry& entry : c.expect_ok(below.list_all(options), "list below a prefix"))
      keys.push_back(entry.key);
    return keys;
  };
  c.expect_equal(keys_of({}), Keys{"a", "d/1", "d/2"}, "the keys below \"p\"");
  c.expect_equal(keys_of({.delimiter = "/"}), Keys{"a", "d/"}, "the entries below \"p\"");
  c.expect_equal(keys_of({.prefix = "d/"}), Keys{"d/1", "d/2"}, "the keys below \"p\" with prefix \"d/\"");
  c.expect_equal(keys_of({.start_after = "d/1"}), Keys{"d/2"}, "the keys below \"p\" after \"d/1\"");
  c.expect_equal(keys_of({.page_size = 1}), Keys{"a", "d/1", "d/2"}, "the keys below \"p\" with one a page");
}

void listing_outlives_bucket(const Case& c) {
  put_all(c, {"a", "b", "c"});
  std::optional<Bucket> bucket = c.bucket();
  Listing listing = bucket->list({.page_size = 1});
  bucket.reset();
  Keys seen;
  for (const auto& entry : listing) {
    c.expect(entry.has_value(), "an entry after its bucket has gone should be no error");
    seen.push_back(entry->key);
  }
  c.expect_equal(seen, Keys{"a", "b", "c"}, "the keys of a listing that outlived its bucket");
}

void list_ends_after_an_error(const Case& c) {
  put_all(c, {"a", "b", "c"});
  const Context context = Context::cancellable();
  Listing listing = c.bucket().list({.page_size = 1, .context = context});
  int entries = 0;
  int errors = 0;
  for (const auto& entry : listing) {
    if (entry) {
      ++entries;
      context.cancel();
    } else {
      ++errors;
      c.expect_error(entry, ErrorCode::cancelled, "an entry after the cancellation");
    }
    c.expect(errors <= 1, "a listing should end after one error");
  }
  c.expect_equal(entries, 1, "how many entries came before the cancellation");
  c.expect_equal(errors, 1, "how many errors came after the cancellation");
}

}  // namespace

CaseList listing_cases() {
  static constexpr CaseEntry kCases[] = {
      {"list_empty", list_empty},
      {"list_missing_prefix_is_empty", list_missing_prefix_is_empty},
      {"list_prefix_is_bytes_not_path", list_prefix_is_bytes_not_path},
      {"list_order_utf8_bytes", list_order_utf8_bytes},
      {"list_delimiter_slash_prefixes", list_delimiter_slash_prefixes},
      {"list_chars_before_delimiter", list_chars_before_delimiter},
      {"list_other_delimiters", list_other_delimiters},
      {"list_prefix_marker_key", list_prefix_marker_key},
      {"list_start_after_is_exclusive", list_start_after_is_exclusive},
      {"list_info_equals_head", list_info_equals_head},
      {"list_shows_the_last_put", list_shows_the_last_put},
      {"list_below_prefix_is_relative", list_below_prefix_is_relative},
      {"listing_outlives_bucket", listing_outlives_bucket},
      {"list_ends_after_an_error", list_ends_after_an_error},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
