#include "testing/suite.h"

#include <array>

/// Parts of an object.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::string_view kData = "0123456789abcdef";

Object range_of(const Case& c, const ByteRange& range, std::string_view what) {
  return c.expect_ok(c.bucket().get("k", {.range = range}), what);
}

void range_first_middle_last(const Case& c) {
  c.put("k", kData);
  c.expect_equal(range_of(c, {0, 1}, "the first byte").data, "0", "the first byte");
  c.expect_equal(range_of(c, {0, 5}, "the first five bytes").data, "01234", "the first five bytes");
  c.expect_equal(range_of(c, {6, 4}, "a middle").data, "6789", "four bytes from the sixth on");
  c.expect_equal(range_of(c, {15, 1}, "the last byte").data, "f", "the last byte");
  c.expect_equal(range_of(c, ByteRange::from(10), "the rest").data, "abcdef", "the bytes from the tenth on");
  c.expect_equal(range_of(c, ByteRange::from(0), "the whole").data, kData, "the bytes from the first on");
}

void range_info_is_of_the_whole_object(const Case& c) {
  const ObjectInfo put = c.put("k", kData);
  const ObjectInfo info = range_of(c, {3, 4}, "a range").info;
  c.expect_equal(info.size, kData.size(), "the size that a range's info gives, which is the object's");
  c.expect_equal(info.token, put.token, "the token that a range's info gives");
}

void range_beyond_end_is_clamped(const Case& c) {
  c.put("k", kData);
  c.expect_equal(range_of(c, {10, 100}, "a range over the end").data, "abcdef", "100 bytes from the tenth on");
  c.expect_equal(range_of(c, {0, 17}, "a range over the end").data, kData, "one byte more than there are");
  c.expect_equal(range_of(c, {15, UINT64_MAX - 1}, "a huge range").data, "f", "a length whose end overflows");
}

void range_start_past_end(const Case& c) {
  c.put("k", kData);
  const auto refused = [&](const ByteRange& range, std::string_view what) {
    c.expect_error(c.bucket().get("k", {.range = range}), ErrorCode::invalid_argument, what);
  };
  refused({16, 1}, "a range that begins at the end");
  refused({17, 5}, "a range that begins past the end");
  refused(ByteRange::from(16), "the rest from the end on");
  refused(ByteRange::from(UINT64_MAX - 1), "the rest from far past the end on");
}

void range_of_no_bytes_refused(const Case& c) {
  // HTTP cannot say it, and a service that ignores it answers with the whole object.
  c.put("k", kData);
  c.expect_error(c.bucket().get("k", {.range = ByteRange{3, 0}}), ErrorCode::invalid_argument, "a range of no bytes");
  c.expect_error(c.bucket().get("k", {.range = ByteRange::suffix(0)}), ErrorCode::invalid_argument, "the last 0 bytes");
}

void range_suffix(const Case& c) {
  c.put("k", kData);
  c.expect_equal(range_of(c, ByteRange::suffix(1), "the last byte").data, "f", "the last byte");
  c.expect_equal(range_of(c, ByteRange::suffix(5), "the last five bytes").data, "bcdef", "the last five bytes");
  c.expect_equal(range_of(c, ByteRange::suffix(16), "a suffix").data, kData, "as many last bytes as there are");
  c.expect_equal(range_of(c, ByteRange::suffix(100), "a suffix").data, kData, "more last bytes than there are");
}

void read_at_fills_what_there_is(const Case& c) {
  c.put("k", kData);
  std::array<char, 8> buffer{};
  const auto read = [&](std::uint64_t offset, std::size_t size) {
    buffer.fill('#');
    const std::size_t count = c.expect_ok(c.bucket().read_at("k", offset, std::span(buffer.data(), size)), "read_at");
    c.expect(count <= size, "read_at should not return more than the buffer holds");
    c.expect(count == buffer.size() || buffer[count] == '#', "read_at should not write behind what it returned");
    return std::string(buffer.data(), count);
  };
  c.expect_equal(read(0, 8), "01234567", "read_at from the start");
  c.expect_equal(read(5, 3), "567", "read_at in the middle");
  c.expect_equal(read(12, 8), "cdef", "read_at over the end");
  c.expect_equal(read(16, 8), "", "read_at at the end");
  c.expect_equal(read(1000, 8), "", "read_at past the end");
  c.expect_equal(read(0, 0), "", "read_at into nothing");
  c.put("k", "");
  c.expect_equal(read(0, 8), "", "read_at of an empty object");
}

void ranges_put_together_are_the_whole(const Case& c) {
  const std::string data = pattern(200'000);
  c.put("k", data);
  std::string whole;
  constexpr std::uint64_t kStep = 65'537;  // No power of two, and does not divide the size.
  for (std::uint64_t offset = 0; offset < data.size(); offset += kStep) {
    whole += range_of(c, {offset, kStep}, "a range").data;
  }
  c.expect(whole == data, "the ranges put together: " + show_difference(whole, data));
}

}  // namespace

CaseList range_cases() {
  static constexpr CaseEntry kCases[] = {
      {"range_first_middle_last", range_first_middle_last},
      {"range_info_is_of_the_whole_object", range_info_is_of_the_whole_object},
      {"range_beyond_end_is_clamped", range_beyond_end_is_clamped},
      {"range_start_past_end", range_start_past_end},
      {"range_of_no_bytes_refused", range_of_no_bytes_refused},
      {"range_suffix", range_suffix},
      {"read_at_fills_what_there_is", read_at_fills_what_there_is},
      {"ranges_put_together_are_the_whole", ranges_put_together_are_the_whole},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
