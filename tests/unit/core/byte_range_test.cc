#include "core/byte_range.h"

#include <doctest/doctest.h>

using namespace cloudkit;

namespace {

struct Expected {
  std::uint64_t offset;
  std::uint64_t length;
};

void check(std::optional<ByteRange> range, std::uint64_t size, Expected expected) {
  const auto resolved = core::resolve_range(range, size);
  REQUIRE(resolved.has_value());
  CHECK(resolved->offset == expected.offset);
  CHECK(resolved->length == expected.length);
}

}  // namespace

TEST_CASE("no range is the whole object") {
  check({}, 10, {0, 10});
  check({}, 0, {0, 0});
}

TEST_CASE("a range is cut at the object's end, without overflow") {
  check(ByteRange{0, 4, false}, 10, {0, 4});
  check(ByteRange{9, 4, false}, 10, {9, 1});
  check(ByteRange{3, 0, false}, 10, {3, 0});
  check(ByteRange::from(9), 10, {9, 1});
  check(ByteRange{1, UINT64_MAX - 1, false}, UINT64_MAX, {1, UINT64_MAX - 1});
}

TEST_CASE("a suffix is at most the whole object") {
  check(ByteRange::suffix(3), 10, {7, 3});
  check(ByteRange::suffix(10), 10, {0, 10});
  check(ByteRange::suffix(UINT64_MAX), 10, {0, 10});
  check(ByteRange::suffix(0), 10, {10, 0});
}

TEST_CASE("any range of an empty object is empty") {
  check(ByteRange{0, 1, false}, 0, {0, 0});
  check(ByteRange::from(7), 0, {0, 0});
  check(ByteRange::suffix(7), 0, {0, 0});
}

TEST_CASE("a range that begins at or past the end is refused") {
  for (const std::uint64_t offset : {std::uint64_t{10}, std::uint64_t{11}, UINT64_MAX}) {
    const auto resolved = core::resolve_range(ByteRange{offset, 1, false}, 10);
    REQUIRE_FALSE(resolved.has_value());
    CHECK(resolved.error().code == ErrorCode::invalid_argument);
  }
  CHECK(core::resolve_range(ByteRange::from(10), 10).error().message ==
        "the range begins at 10, but the object has 10 bytes");
}
