#include "core/fail.h"
#include "lossy_bucket.h"
#include "resume_fixture.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace cloudkit;
using cloudkit::test::in_parts;
using cloudkit::test::LossyBucket;
using cloudkit::test::ResumeFixture;
using cloudkit::test::write_file;
using ::test::varied_bytes;

// Google's sessions end in mid-upload with 410 when the server that holds one goes away.
namespace {

struct StartOverFixture {
  std::shared_ptr<LossyBucket> driver =
      std::make_shared<LossyBucket>(UploadLimits{.min_part = 4, .max_part = 1000, .max_parts = 100});
  Bucket bucket{driver};
  PutOptions options = in_parts();

  StartOverFixture() { options.transfer.workers = 1; }

  // Drops the upload before it gets `part`, so many times.
  void drop_at(int part, int times) {
    driver->before_part = [=, this, left = times](const PutPartRequest& request) mutable -> Status {
      if (request.number != part || left == 0) return {};
      --left;
      return driver->inner().abort_upload(request.key, request.upload, {});
    };
  }
};

}  // namespace

TEST_CASE_FIXTURE(StartOverFixture, "an upload that the service has dropped is begun anew, and arrives whole") {
  drop_at(7, 1);
  std::vector<std::uint64_t> told;
  options.transfer.progress = [&](const TransferProgress& progress) { told.push_back(progress.bytes); };
  const auto info = bucket.put("k", varied_bytes(200), options);
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(bucket.get("k").value().data == varied_bytes(200));
  CHECK(driver->count("begin") == 2);
  CHECK(driver->count("part ") == 7 + 20);
  CHECK(driver->uploads_left() == 0);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.back() == 200);
}

TEST_CASE_FIXTURE(StartOverFixture, "one that is dropped between its last part and its completion, too") {
  driver->before_complete = [this, dropped = false]() mutable {
    if (std::exchange(dropped, true)) return;
    const auto uploads = driver->inner().list_uploads_page("", "", {}).value().entries;
    CHECK(driver->inner().abort_upload("k", uploads.at(0).upload, {}));
  };
  REQUIRE(bucket.put("k", varied_bytes(50), options));
  CHECK(bucket.get("k").value().data == varied_bytes(50));
  CHECK(driver->count("begin") == 2);
}

TEST_CASE_FIXTURE(StartOverFixture, "a copy in parts, too") {
  REQUIRE(bucket.put("k", varied_bytes(200)));
  driver->max_copy_size = 100;
  driver->before_copy_part = [this, dropped = false]() mutable {
    if (std::exchange(dropped, true)) return;
    const auto uploads = driver->inner().list_uploads_page("", "", {}).value().entries;
    CHECK(driver->inner().abort_upload("copy", uploads.at(0).upload, {}));
  };
  CopyOptions copy_options;
  copy_options.transfer.part_size = 50;
  copy_options.transfer.workers = 1;
  const auto info = bucket.copy("k", "copy", copy_options);
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(bucket.get("copy").value().data == varied_bytes(200));
}

TEST_CASE_FIXTURE(StartOverFixture, "who aborts an upload twice has ended it") {
  drop_at(3, 2);
  const auto error = bucket.put("k", varied_bytes(200), options).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchUpload");
  CHECK(error.message == "there is no such upload: it was completed or aborted, or never begun");
  CHECK(driver->count("begin") == 2);
  CHECK(driver->uploads_left() == 0);
  CHECK_FALSE(bucket.exists("k").value());
}

TEST_CASE_FIXTURE(ResumeFixture, "an upload that was begun anew can be resumed like any other") {
  write_file(path, varied_bytes(95));
  PutOptions options;
  options.transfer = transfer;
  int drops = 0;
  driver->before_part = [&](const PutPartRequest& request) -> Status {
    if (request.number == 4 && drops++ == 0) return driver->inner().abort_upload(request.key, request.upload, {});
    if (request.number == 6) return core::fail(ErrorCode::unavailable, "the line is dead");
    return {};
  };
  CHECK(bucket.put("k", File{path}, options).error().code == ErrorCode::unavailable);
  CHECK(driver->uploads_left() == 1);
  driver->before_part = nullptr;
  const int sent = driver->count("part ");
  REQUIRE(bucket.put("k", File{path}, options));
  CHECK(driver->count("part ") == sent + 5);
  CHECK(bucket.get("k").value().data == varied_bytes(95));
  CHECK(driver->uploads_left() == 0);
  CHECK(files() == 1);
}
