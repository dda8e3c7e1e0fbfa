#include "support/kills.h"
#include "support/upload_io.h"
#include "unit/local/fixture.h"

using namespace ::test;

namespace {

constexpr std::size_t kSize = 300000;

PutOptions options_of(char letter) {
  PutOptions options;
  options.metadata = {{"letter", std::string(letter % 2 == 0 ? 70000 : 10, letter)}};
  return options;
}

[[noreturn]] void put_for_ever(BucketDriver& bucket) {
  for (unsigned i = 0;; ++i) {
    const char letter = static_cast<char>('a' + i % 26);
    const auto written = put(bucket, "d/k", std::string(kSize, letter), options_of(letter));
    if (!written) ::_exit(1);
    if (i % 5 == 4 && !remove(bucket, "d/k")) ::_exit(1);
  }
}

[[noreturn]] void upload_for_ever(BucketDriver& bucket) {
  for (unsigned i = 0;; ++i) {
    const char letter = static_cast<char>('a' + i % 26);
    const auto id = bucket.begin_upload("d/k", options_of(letter));
    std::vector<UploadPart> parts;
    for (int number = 1; id && number <= 3; ++number) {
      const auto part = try_put_part(bucket, "d/k", *id, number, std::string(kSize / 3, letter));
      if (part) parts.push_back(*part);
    }
    if (parts.size() != 3) ::_exit(1);
    const bool ended = i % 3 == 2 ? bucket.abort_upload("d/k", *id, {}).has_value()
                                  : bucket.complete_upload("d/k", *id, parts, {}).has_value();
    if (!ended) ::_exit(1);
  }
}

// Whole, or not there at all.
void check_object(BucketDriver& bucket) {
  for (const auto& key : list(bucket)) REQUIRE(key == "d/k");
  Received received;
  const auto read = bucket.get("d/k", {}, received);
  if (!read) {
    REQUIRE(code_of(read) == ErrorCode::not_found);
    return;
  }
  REQUIRE(received.data.size() == kSize);
  const char letter = received.data[0];
  REQUIRE(received.data.find_first_not_of(letter) == std::string::npos);
  REQUIRE(received.info.metadata == options_of(letter).metadata);
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "a program killed while it puts leaves an object whole or none") {
  std::mt19937 random(1);
  for (int round = 0; round < kills(); ++round) {
    kill_at_random(random, [&] { put_for_ever(*bucket); });
    check_object(*bucket);
  }
  REQUIRE(put(*bucket, "d/k", "after all").has_value());
  CHECK(get(*bucket, "d/k").value() == "after all");
  REQUIRE(remove(*bucket, "d/k").has_value());
  CHECK(store.delete_bucket("b", {}).has_value());
}

TEST_CASE_FIXTURE(FileBucket,
                  "a program killed while it uploads leaves an object whole or none, and uploads to abort") {
  std::mt19937 random(2);
  for (int round = 0; round < kills(); ++round) {
    kill_at_random(random, [&] { upload_for_ever(*bucket); });
    check_object(*bucket);
    for (const auto& entry : bucket->list_uploads_page("", "", {}).value().entries) {
      REQUIRE(entry.key == "d/k");
      for (const auto& part : bucket->list_parts(entry.key, entry.upload, {}).value()) REQUIRE(part.size == kSize / 3);
      REQUIRE(bucket->abort_upload(entry.key, entry.upload, {}));
    }
    REQUIRE(bucket->list_uploads_page("", "", {})->entries.empty());
  }
  REQUIRE(remove(*bucket, "d/k").has_value());
  CHECK(store.delete_bucket("b", {}).has_value());
}
