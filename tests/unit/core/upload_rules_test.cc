#include "core/upload_rules.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::core;

namespace {

UploadEntry entry(std::string key, std::string id) { return {std::move(key), {std::move(id)}, {}}; }

std::string shown(const UploadPage& page) {
  std::string text;
  for (const UploadEntry& entry : page.entries) text += entry.key + "#" + entry.upload.value + " ";
  return text;
}

}  // namespace

TEST_CASE("uploads come in pages by key and age, whatever their number") {
  const std::vector<UploadEntry> all = {entry("b c", "2"), entry("a", "9"), entry("b c", "1"), entry("\xC3\xA4", "0")};
  for (const std::size_t size : {1U, 2U, 3U, 4U, 9U}) {
    std::string text;
    std::string token;
    std::size_t pages = 0;
    do {
      const auto page = fill_upload_page(all, token, size);
      REQUIRE(page);
      text += shown(*page);
      token = page->next_page_token;
      ++pages;
    } while (!token.empty());
    CHECK(text == "a#9 b c#1 b c#2 \xC3\xA4#0 ");
    CHECK(pages == (4 + size - 1) / size);
  }
  CHECK(fill_upload_page({}, "", 10)->entries.empty());
  CHECK(fill_upload_page(all, "junk").error().message == "the page token is not one");
}

TEST_CASE("a page goes on where the last one ended, though that upload is gone") {
  CHECK(shown(*fill_upload_page({entry("a", "1"), entry("c", "1")}, "1 b", 10)) == "c#1 ");
  CHECK(fill_upload_page({entry("a", "1")}, "1 a", 10)->entries.empty());
}

TEST_CASE("a range of a part has a length and ends within the object") {
  CHECK(check_part_range({0, 10, false}, 10));
  CHECK(check_part_range({9, 1, false}, 10));
  CHECK(check_part_range({9, 2, false}, 10).error().message == "the range ends at 11, the object has 10 bytes");
  for (const ByteRange range : {ByteRange{}, ByteRange::from(3), ByteRange::suffix(3), ByteRange{0, 0, false},
                                ByteRange{2, UINT64_MAX - 1, false}}) {
    CHECK(check_part_range(range).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a part is found by its number") {
  const std::vector<UploadPart> parts = {{1, 1, "a", ""}, {5, 1, "b", ""}};
  CHECK(find_part(parts, 5)->token == "b");
  CHECK(find_part(parts, 4) == nullptr);
  CHECK(find_part(parts, 6) == nullptr);
  CHECK(find_part({}, 1) == nullptr);
}
