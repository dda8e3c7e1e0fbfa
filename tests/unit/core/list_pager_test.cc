#include "core/list_pager.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {

// Counts its look-ups, which are what a page costs.
struct SetKeys final : core::OrderedKeys {
  explicit SetKeys(std::set<std::string> all) : keys(std::move(all)) {}
  Result<std::optional<ListEntry>> first_from(std::string_view bound) override {
    ++look_ups;
    const auto it = keys.lower_bound(std::string(bound));
    if (it == keys.end()) return std::optional<ListEntry>();
    ListEntry entry;
    entry.key = *it;
    return std::optional<ListEntry>(std::move(entry));
  }
  std::set<std::string> keys;
  int look_ups = 0;
};

std::vector<std::string> all_pages(SetKeys& keys, ListPageRequest request) {
  std::vector<std::string> out;
  do {
    const auto page = core::fill_list_page(request, keys);
    REQUIRE(page.has_value());
    for (const auto& entry : page->entries) out.push_back((entry.is_prefix ? "PRE " : "") + entry.key);
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("pages of any size join to the same listing") {
  SetKeys keys({"a", "a/b", "a/c", "a0", "b/x/y", "b/z", "c", "\xFF", "\xFF\xFF"});
  for (const int size : {1, 2, 3, 1000}) {
    ListPageRequest request;
    request.page_size = size;
    CHECK(all_pages(keys, request) == Strings{"a", "a/b", "a/c", "a0", "b/x/y", "b/z", "c", "\xFF", "\xFF\xFF"});
    request.delimiter = "/";
    CHECK(all_pages(keys, request) == Strings{"a", "PRE a/", "a0", "PRE b/", "c", "\xFF", "\xFF\xFF"});
    request.prefix = "b/";
    CHECK(all_pages(keys, request) == Strings{"PRE b/x/", "b/z"});
    request.prefix = "a";
    CHECK(all_pages(keys, request) == Strings{"a", "PRE a/", "a0"});
  }
}

TEST_CASE("the last page has no token, also when it is exactly full") {
  SetKeys keys({"a", "b"});
  ListPageRequest request;
  request.page_size = 2;
  CHECK(core::fill_list_page(request, keys)->next_page_token.empty());
}

TEST_CASE("start_after is exclusive and need not exist") {
  SetKeys keys({"a", "b", "c"});
  ListPageRequest request;
  request.start_after = "a";
  CHECK(all_pages(keys, request) == Strings{"b", "c"});
  request.start_after = "aa";
  CHECK(all_pages(keys, request) == Strings{"b", "c"});
  request.start_after = "c";
  CHECK(all_pages(keys, request).empty());
}

TEST_CASE("start_after inside a common prefix leaves the prefix when a key follows") {
  SetKeys keys({"a/1", "a/2", "b"});
  ListPageRequest request;
  request.delimiter = "/";
  request.start_after = "a/1";
  CHECK(all_pages(keys, request) == Strings{"PRE a/", "b"});
  request.start_after = "a/2";
  CHECK(all_pages(keys, request) == Strings{"b"});
}

TEST_CASE("a delimiter may have several bytes") {
  SetKeys keys({"a--b", "a--c", "a-b", "b"});
  ListPageRequest request;
  request.delimiter = "--";
  CHECK(all_pages(keys, request) == Strings{"PRE a--", "a-b", "b"});
}

TEST_CASE("a common prefix of bytes that have no successor ends the listing") {
  SetKeys keys({"a", "\xFF\xFFx"});
  ListPageRequest request;
  request.delimiter = "\xFF";
  request.page_size = 1;
  CHECK(all_pages(keys, request) == Strings{"a", "PRE \xFF"});
}

TEST_CASE("a common prefix costs one look-up, whatever stands below it") {
  std::set<std::string> many;
  for (int i = 0; i < 10000; ++i) many.insert("big/" + std::to_string(i));
  many.insert("last");
  SetKeys keys(std::move(many));
  ListPageRequest request;
  request.delimiter = "/";
  CHECK(all_pages(keys, request) == Strings{"PRE big/", "last"});
  CHECK(keys.look_ups == 3);
}

TEST_CASE("a page token that is not one is refused") {
  SetKeys keys({"a"});
  ListPageRequest request;
  request.page_token = "next";
  CHECK(core::fill_list_page(request, keys).error().message == "the page token is not one of this backend");
}

TEST_CASE("entries of a page are put in order by unsigned bytes, prefixes among the keys") {
  std::vector<ListEntry> entries;
  for (const char* key : {"b", "a/\xC3\xA9", "a/z", "\xFF"}) entries.push_back({.key = key});
  entries.push_back({.key = "a/", .is_prefix = true});
  core::sort_by_key(entries);
  std::string keys;
  for (const ListEntry& entry : entries) keys += entry.key + (entry.is_prefix ? "* " : " ");
  CHECK(keys == "a/* a/z a/\xC3\xA9 b \xFF ");
}
