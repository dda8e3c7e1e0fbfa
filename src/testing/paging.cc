#include "testing/suite.h"

#include <algorithm>
#include <iterator>

/// Lists of many pages: nothing twice, nothing left out, nothing fetched before it is wanted.
namespace cloudkit::inline v0::testing {
namespace {

using Keys = std::vector<std::string>;

void pagination_2500_keys_no_dup_no_gap(const Case& c) {
  const Keys all = fill(c, "k", c.scale(2500, 120));
  c.expect_keys({.page_size = 1000}, all, "the keys with 1000 a page");
  const Keys thousand(all.begin(), all.begin() + std::min<std::ptrdiff_t>(1000, std::ssize(all)));
  c.expect_keys({.prefix = "k00", .page_size = 7}, thousand, "the first thousand with 7 a page");
  const Keys hundred(all.begin(), all.begin() + 100);
  c.expect_keys({.prefix = "k000", .page_size = 1}, hundred, "the first hundred with one a page");
  const Keys rest(all.begin() + 60, all.end());
  c.expect_keys({.start_after = all[59], .page_size = 50}, rest, "the keys after the sixtieth with 50 a page");
}

void page_of_exactly_all_keys(const Case& c) {
  // The last page is full: an empty one may follow, an error or a circle may not.
  const Keys all = fill(c, "k", 6);
  c.expect_keys({.page_size = 6}, all, "six keys with six a page");
  c.expect_keys({.page_size = 3}, all, "six keys with three a page");
  c.expect_keys({.page_size = 5}, all, "six keys with five a page");
}

void prefixes_come_once_across_pages(const Case& c) {
  Keys prefixes;
  for (const char* directory : {"a/", "b/", "c/"}) {
    prefixes.emplace_back(directory);
    fill(c, directory, 4);
  }
  for (const int page_size : {1, 2, 3, 5}) {
    c.expect_keys({.delimiter = "/", .page_size = page_size}, prefixes,
                  "the prefixes with " + std::to_string(page_size) + " a page");
  }
}

void insert_and_delete_between_pages_keeps_the_rest(const Case& c) {
  const Keys all = fill(c, "k", 30);
  Keys seen;
  for (const auto& entry : c.bucket().list({.page_size = 10})) {
    c.expect(entry.has_value(), entry ? "" : "a page should be no error: " + show(entry.error()));
    if (seen.empty()) {
      // Behind, at, and ahead of where the listing will go on.
      c.expect_ok(c.bucket().remove("k00000"), "remove");
      c.expect_ok(c.bucket().remove("k00009"), "remove");
      c.expect_ok(c.bucket().remove("k00015"), "remove");
      c.put("a", "x");
      c.put("k00012x", "x");
    }
    seen.push_back(entry->key);
  }
  c.expect(std::is_sorted(seen.begin(), seen.end()), "the keys should be in order, they are " + show(seen));
  c.expect(std::adjacent_find(seen.begin(), seen.end()) == seen.end(), "no key should come twice: " + show(seen));
  for (const std::string& key : all) {
    if (key == "k00000" || key == "k00009" || key == "k00015") continue;
    c.expect(std::binary_search(seen.begin(), seen.end(), key), "an untouched key is missing from the list: " + key);
  }
}

void list_is_lazy(const Case& c) {
  if (!c.harness().request_count) c.skip("the harness has no request_count");
  fill(c, "k", 20);
  const long before = c.harness().request_count();
  Listing listing = c.bucket().list({.page_size = 5});
  c.expect_equal(c.harness().request_count() - before, 0, "the requests of a list that nobody walks");
  auto entry = listing.begin();
  for (int i = 0; i < 4; ++i) {
    c.expect(entry != listing.end() && entry->has_value(), "the first page should hold five entries");
    ++entry;
  }
  c.expect_equal(c.harness().request_count() - before, 1, "the requests for the first five of 20 entries");
}

}  // namespace

CaseList paging_cases() {
  static constexpr CaseEntry kCases[] = {
      {"pagination_2500_keys_no_dup_no_gap", pagination_2500_keys_no_dup_no_gap},
      {"page_of_exactly_all_keys", page_of_exactly_all_keys},
      {"prefixes_come_once_across_pages", prefixes_come_once_across_pages},
      {"insert_and_delete_between_pages_keeps_the_rest", insert_and_delete_between_pages_keeps_the_rest},
      {"list_is_lazy", list_is_lazy},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
