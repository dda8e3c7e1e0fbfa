#include "object_store/transfer/plan.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::object_store;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kGiB = kMiB << 10;
constexpr std::uint64_t kTiB = kGiB << 10;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const UploadLimits kS3{.min_part = 5 * kMiB, .max_part = 5 * kGiB, .max_parts = 10'000};

PartPlan plan(std::uint64_t size, const UploadLimits& limits = kS3, std::uint64_t asked = 0) {
  return plan_parts(size, asked, limits).value();
}

}  // namespace

TEST_CASE("parts are of 8 MiB, and of 16 MiB from a GiB on") {
  CHECK(plan(20 * kMiB).part_size == 8 * kMiB);
  CHECK(plan(kGiB - 1).part_size == 8 * kMiB);
  CHECK(plan(kGiB).part_size == 16 * kMiB);
}

TEST_CASE("parts grow where the backend takes no more of them") {
  for (const std::uint64_t size : {160 * kGiB, kTiB, 5 * kTiB, 48 * kTiB}) {
    const PartPlan planned = plan(size);
    CHECK(planned.count() <= 10'000);
    CHECK(planned.part_size % kMiB == 0);
    CHECK(planned.part_size <= size / 10'000 + 16 * kMiB);
  }
  CHECK(plan(50'000 * kMiB, {.max_parts = 50'000}).part_size == 16 * kMiB);
}

TEST_CASE("the parts are the object, without a gap, and only the last one is smaller") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, 10 * kMiB, 16 * kMiB, 16 * kMiB + 1}) {
    const PartPlan planned = plan(size);
    REQUIRE(planned.count() >= 1);
    std::uint64_t end = 0;
    for (std::uint64_t index = 0; index < planned.count(); ++index) {
      const Part part = planned.part(index);
      CHECK(part.number == static_cast<int>(index) + 1);
      CHECK(part.offset == end);
      CHECK(part.last == (index + 1 == planned.count()));
      CHECK((part.last || part.size == planned.part_size));
      end += part.size;
    }
    CHECK(end == size);
  }
}

TEST_CASE("an object whose size is a multiple of the part size has no empty last part") {
  CHECK(plan(16 * kMiB).count() == 2);
  CHECK(plan(16 * kMiB).part(1).size == 8 * kMiB);
}

TEST_CASE("alignment is kept, also where it does not divide a MiB") {
  CHECK(plan(kGiB, {.alignment = 256 << 10}).part_size % (256 << 10) == 0);
  const UploadLimits odd{.alignment = 3 * kMiB, .max_part = 10 * kMiB};
  CHECK(plan(kGiB, odd).part_size == 9 * kMiB);
}

TEST_CASE("a part size that the caller asks for is taken or refused, never changed") {
  CHECK(plan(100 * kMiB, kS3, 6 * kMiB + 1).part_size == 6 * kMiB + 1);
  const auto small = plan_parts(100 * kMiB, kMiB, kS3).error();
  CHECK(small.code == ErrorCode::invalid_argument);
  CHECK(small.message == "parts of 1048576 bytes are less than the 5242880 that this backend takes");
  CHECK(small.hint == "leave TransferOptions::part_size at 0 to have it chosen");
  CHECK(plan_parts(100 * kGiB, 6 * kGiB, kS3).error().code == ErrorCode::invalid_argument);
  CHECK(plan_parts(100, 10, {.alignment = 4}).error().message == "parts of 10 bytes are no multiple of 4");
}

TEST_CASE("what does not fit into the parts that a backend takes is refused") {
  const auto many = plan_parts(100 * kGiB, 5 * kMiB, kS3).error();
  CHECK(many.code == ErrorCode::unsupported);
  CHECK(many.message ==
        "107374182400 bytes are more than 10000 parts of 5242880 bytes, which is all that this backend takes");
  CHECK(many.hint == "use larger parts, or leave TransferOptions::part_size at 0");
  CHECK(plan_parts(50 * kTiB, 0, kS3).error().code == ErrorCode::unsupported);
}

TEST_CASE("parts of an object of unknown size grow by half with each tenth of them, up to 904 GiB on S3") {
  const OpenPlan open = plan_open(0, 0, kS3).value();
  CHECK(open.part_size(1).value() == 8 * kMiB);
  CHECK(open.part_size(1000).value() == 8 * kMiB);
  CHECK(open.part_size(1001).value() == 12 * kMiB);
  CHECK(open.part_size(10'000).value() == 315 * kMiB);
  std::uint64_t sum = 0;
  for (int number = 1; number <= 10'000; ++number) sum += open.part_size(number).value();
  CHECK(sum / kGiB == 904);
  const auto more = open.part_size(10'001).error();
  CHECK(more.code == ErrorCode::unsupported);
  CHECK(more.message == "it is larger than 10000 parts, which is all that this backend takes");
}

TEST_CASE("they do not grow where they must be equal, are the caller's own, or are not counted") {
  UploadLimits equal = kS3;
  equal.equal_parts = true;
  CHECK(plan_open(0, 0, equal).value().part_size(10'000).value() == 8 * kMiB);
  CHECK(plan_open(0, 6 * kMiB, kS3).value().part_size(10'000).value() == 6 * kMiB);
  CHECK(plan_open(0, 0, {}).value().part_size(1'000'000).value() == 8 * kMiB);
  CHECK(plan_open(0, kMiB, kS3).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("who knows how large an object may become gets parts for it, and within the limits") {
  const OpenPlan large = plan_open(5 * kTiB, 0, kS3).value();
  CHECK(large.part_size(1).value() >= 5 * kTiB / 10'000);
  CHECK(large.part_size(10'000).value() == 5 * kGiB);
  CHECK(plan_open(0, 0, {.max_part = 10 * kMiB, .max_parts = 5}).value().part_size(5).value() == 10 * kMiB);
}
