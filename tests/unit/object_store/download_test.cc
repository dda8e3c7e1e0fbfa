#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/soon.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"

#include "crypto/crc.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace cloudkit;
using cloudkit::test::LossyBucket;
using ::test::varied_bytes;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

struct DownloadFixture {
  std::shared_ptr<LossyBucket> driver = std::make_shared<LossyBucket>();
  Bucket bucket{driver};
  ::test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  const std::string data = varied_bytes(4 * kMebibyte + 123);
  GetOptions options;

  DownloadFixture() {
    options.transfer.part_size = 256 << 10;
    REQUIRE(bucket.put("k", data));
  }
  Result<ObjectInfo> download() { return bucket.download("k", File{path}, options); }
  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  // Nothing was published, and no temporary file is left.
  void check_no_file() const { CHECK(std::filesystem::is_empty(directory.path())); }
  // The stream is on the thread that calls.
  void hold_stream_until(std::function<bool()> holds) {
    driver->before_chunk = [holds = std::move(holds), caller = std::this_thread::get_id()](std::size_t) -> Status {
      if (std::this_thread::get_id() == caller) (void)::test::soon(holds);
      return {};
    };
  }
  std::atomic<int> ranged{0};  // Parts that workers asked for.
};

}  // namespace

TEST_CASE_FIXTURE(DownloadFixture, "a large object arrives whole, from both ends") {
  driver->before_get = [&](const GetOptions& get) -> Status {
    if (get.range) ++ranged;
    return {};
  };
  for (const int workers : {1, 2, 8}) {
    options.transfer.workers = workers;
    const auto info = download();
    REQUIRE_MESSAGE(info, info.error().to_string());
    CHECK(info->size == data.size());
    CHECK(content() == data);
    CHECK((workers > 1 || ranged == 0));
  }
}

TEST_CASE_FIXTURE(DownloadFixture, "ranges are read in the same way") {
  const std::pair<ByteRange, std::string> rows[] = {
      {{100, 2 * kMebibyte, false}, data.substr(100, 2 * kMebibyte)},
      {ByteRange::from(kMebibyte), data.substr(kMebibyte)},
      {ByteRange::suffix(kMebibyte + 7), data.substr(data.size() - kMebibyte - 7)},
  };
  for (const auto& [range, expected] : rows) {
    options.range = range;
    REQUIRE(download());
    CHECK(content() == expected);
  }
}

TEST_CASE_FIXTURE(DownloadFixture, "a small or empty object is one request") {
  REQUIRE(bucket.put("k", varied_bytes(1000)));
  REQUIRE(download());
  CHECK(content() == varied_bytes(1000));
  REQUIRE(bucket.put("k", ""));
  REQUIRE(download());
  CHECK(content().empty());
  CHECK(driver->count("get") == 2);
}

TEST_CASE_FIXTURE(DownloadFixture, "an object that changes while it is read is never mixed, and no file appears") {
  SUBCASE("the server honours conditions") {}
  SUBCASE("the server ignores them") { driver->ignores_conditions = true; }
  std::atomic<bool> replaced{false};
  driver->before_get = [&](const GetOptions& get) -> Status {
    if (!get.range || replaced) return {};
    REQUIRE(::test::put(driver->inner(), "k", std::string(data.size(), 'x')));
    replaced = true;
    return {};
  };
  // Else the stream alone could be at the end before the workers begin.
  hold_stream_until([&] { return replaced.load(); });
  const auto info = download();
  CHECK(replaced);
  REQUIRE_FALSE(info);
  CHECK(info.error().code == ErrorCode::precondition_failed);
  CHECK(info.error().message == "the object changed while it was read");
  check_no_file();
}

TEST_CASE_FIXTURE(DownloadFixture, "a part that fails for good ends the download") {
  driver->before_get = [&](const GetOptions& get) -> Status {
    if (!get.range) return {};
    ++ranged;
    return core::fail(ErrorCode::permission_denied, "not this part");
  };
  hold_stream_until([&] { return ranged > 0; });
  const auto info = download();
  CHECK(ranged > 0);
  REQUIRE_FALSE(info);
  CHECK(info.error().code == ErrorCode::permission_denied);
  check_no_file();
}

TEST_CASE_FIXTURE(DownloadFixture,
                  "a part that fails for good does not wait for a stream that hangs, and is the result") {
  Context stream;
  const auto caller = std::this_thread::get_id();
  bool throws = false;
  driver->before_get = [&](const GetOptions& get) -> Status {
    if (get.range) {
      if (throws) throw std::runtime_error("a driver's own");
      return core::fail(ErrorCode::permission_denied, "not this part");
    }
    stream = get.context;
    return {};
  };
  driver->before_chunk = [&](std::size_t) {
    return std::this_thread::get_id() == caller ? stream.wait_for(60s) : Status();
  };
  const auto begun = std::chrono::steady_clock::now();
  SUBCASE("its error") {
    const auto error = download().error();
    CHECK(error.code == ErrorCode::permission_denied);
    CHECK(error.message == "not this part");
  }
  SUBCASE("its exception") {
    throws = true;
    CHECK_THROWS_AS(static_cast<void>(download()), std::runtime_error);
  }
  CHECK(std::chrono::steady_clock::now() - begun < 30s);
  check_no_file();
}

TEST_CASE_FIXTURE(DownloadFixture,
                  "a stream that hangs ends by the caller's cancel and deadline, which are the result") {
  Context stream;
  const auto caller = std::this_thread::get_id();
  ErrorCode expected = ErrorCode::cancelled;
  SUBCASE("cancel") { options.context = Context::cancellable(); }
  SUBCASE("deadline") {
    options.context = Context::with_timeout(100ms);
    expected = ErrorCode::timeout;
  }
  driver->before_get = [&](const GetOptions& get) -> Status {
    if (!get.range) {
      stream = get.context;
      return {};
    }
    if (expected == ErrorCode::cancelled) options.context.cancel();
    return get.context.wait_for(60s);
  };
  driver->before_chunk = [&](std::size_t) {
    return std::this_thread::get_id() == caller ? stream.wait_for(60s) : Status();
  };
  CHECK(download().error().code == expected);
  check_no_file();
}

TEST_CASE_FIXTURE(DownloadFixture, "the parts' checksums together are the object's") {
  driver->checksum = {Checksum::Algorithm::crc32c, crypto::crc32c(0, data)};
  CHECK(download());
  driver->checksum = {Checksum::Algorithm::crc64nvme, crypto::crc64nvme(0, data)};
  CHECK(download());
}

TEST_CASE_FIXTURE(DownloadFixture, "bytes that together are not the object's are not published") {
  driver->checksum = {Checksum::Algorithm::crc32c, crypto::crc32c(0, data) ^ 1};
  const auto error = download().error();
  CHECK(error.code == ErrorCode::data_loss);
  CHECK(error.message == "the bytes do not have the checksum that the service keeps for them");
  check_no_file();
  options.range = ByteRange::from(100);  // It is the whole object's.
  CHECK(download());
}

TEST_CASE_FIXTURE(DownloadFixture, "cancelling ends all, and leaves no file") {
  options.context = Context::cancellable();
  driver->before_get = [&](const GetOptions&) -> Status {
    options.context.cancel();
    return {};
  };
  CHECK(download().error().code == ErrorCode::cancelled);
  check_no_file();
}

TEST_CASE_FIXTURE(DownloadFixture, "progress never goes back, and ends with the whole") {
  std::vector<std::uint64_t> seen;
  options.transfer.progress = [&](const TransferProgress& progress) {
    CHECK(progress.total == data.size());
    seen.push_back(progress.bytes);
  };
  REQUIRE(download());
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == data.size());
}
