#pragma once

#include "lossy_bucket.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace cloudkit::test {

inline GetOptions in_blocks(std::uint64_t size = 10, int workers = 0) {
  GetOptions options;
  options.transfer.part_size = size;
  options.transfer.workers = workers;
  return options;
}

inline std::string read(ObjectReader& reader, std::size_t count) {
  std::string out(count, '#');
  const auto got = reader.read(out);
  REQUIRE_MESSAGE(got, got.error().to_string());
  out.resize(*got);
  return out;
}

/// An object of a thousand bytes behind a bucket that is far.
struct ReaderFixture {
  std::shared_ptr<LossyBucket> driver = std::make_shared<LossyBucket>();
  Bucket bucket{driver};
  const std::string data = ::test::varied_bytes(1000);

  ReaderFixture() { REQUIRE(bucket.put("k", data, {.metadata = {{"owner", "ada"}}})); }
  ObjectReader open(const GetOptions& options) {
    auto reader = bucket.open_reader("k", options);
    REQUIRE_MESSAGE(reader, reader.error().to_string());
    return *std::move(reader);
  }
};

}  // namespace cloudkit::test
