#include "resume_fixture.h"

#include "crypto/crc.h"
#include "object_store/transfer/journal_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <optional>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

struct ResumeDownloadFixture : ResumeFixture {
  const std::string data = ::test::varied_bytes(1000);
  GetOptions options;
  std::atomic<int> allowed{INT_MAX};  // Gets, before the line is dead.

  ResumeDownloadFixture() {
    transfer.part_size = 100;
    transfer.workers = 2;
    REQUIRE(bucket.put("k", data));
    driver->before_get = [this](const GetOptions& get) -> Status {
      if (allowed-- <= 0) return core::fail(ErrorCode::unavailable, "the line is dead");
      if (get.range) ++ranged;
      return {};
    };
  }
  Result<ObjectInfo> download() {
    options.transfer = transfer;
    return bucket.download("k", File{path}, options);
  }
  // Cuts the first stream after `size` bytes.
  void fail_after(std::size_t size) {
    std::atomic<long> left{static_cast<long>(size)};
    driver->before_chunk = [&left](std::size_t chunk) -> Status {
      if ((left -= static_cast<long>(chunk)) < 0) return core::fail(ErrorCode::unavailable, "the line is dead");
      return {};
    };
    const auto error = download().error();
    CHECK(error.code == ErrorCode::unavailable);
    driver->before_chunk = nullptr;
  }
  void check_whole(const std::string& expected) {
    CHECK(read_file(path) == expected);
    CHECK(files() == 1);
  }
  std::atomic<int> ranged{0};
};

}  // namespace

TEST_CASE_FIXTURE(ResumeDownloadFixture, "a download goes on where it stopped") {
  fail_after(450);
  CHECK(files() == 2);
  CHECK_FALSE(fs::exists(path));
  ranged = 0;
  std::vector<std::uint64_t> seen;
  transfer.progress = [&](const TransferProgress& progress) { seen.push_back(progress.bytes); };
  const auto info = download();
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->size == data.size());
  CHECK(ranged < 10);
  CHECK(ranged > 0);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == data.size());
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture,
                  "an error of a download that is kept says so; of one without a part nothing is left") {
  fail_after(450);
  allowed = 0;
  const auto error = download().error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.hint == "what is done is kept: the same call, with resume, goes on from there");
  fs::remove(beside(".ckpart"));
  fs::remove(beside(".ckjournal"));
  CHECK(download().error().hint.empty());
  CHECK(files() == 0);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "a download that is interrupted twice goes on from what both fetched") {
  transfer.workers = 1;
  fail_after(350);
  allowed = 4;  // Of the seven parts that are missing.
  CHECK(download().error().code == ErrorCode::unavailable);
  allowed = INT_MAX;
  ranged = 0;
  REQUIRE(download());
  CHECK(ranged == 3);
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "one worker, and ranges, resume too") {
  transfer.workers = 1;
  options.range = ByteRange::suffix(700);
  fail_after(350);
  allowed = 4;  // Of seven parts three are there.
  REQUIRE(download());
  check_whole(data.substr(300));
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "an object that changed meanwhile is read from its beginning") {
  fail_after(450);
  SUBCASE("another content") { REQUIRE(bucket.put("k", ::test::varied_bytes(1000, 1))); }
  SUBCASE("smaller") { REQUIRE(bucket.put("k", ::test::varied_bytes(300, 1))); }
  REQUIRE(download());
  check_whole(bucket.get("k").value().data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "an object that is gone is not_found, and nothing is left") {
  fail_after(450);
  REQUIRE(bucket.remove("k"));
  CHECK(download().error().code == ErrorCode::not_found);
  CHECK(files() == 0);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "another object, range or content asked for begins anew") {
  fail_after(450);
  std::string expected = data;
  SUBCASE("range") {
    options.range = ByteRange::from(10);
    expected = data.substr(10);
  }
  SUBCASE("condition") {
    REQUIRE(bucket.put("k", expected = ::test::varied_bytes(1000, 3)));
    options.condition = Condition::match(bucket.head("k").value().token);
  }
  REQUIRE(download());
  check_whole(expected);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "what the file lacks of what the journal says is read again") {
  driver->checksum = {Checksum::Algorithm::crc64nvme, crypto::crc64nvme(0, data)};
  fail_after(450);
  SUBCASE("zeros") {
    std::fstream file(beside(".ckpart"), std::ios::in | std::ios::out);
    file.seekp(150);
    file << std::string(20, '\0');
  }
  SUBCASE("cut") { fs::resize_file(beside(".ckpart"), 120); }
  SUBCASE("gone") { fs::remove(beside(".ckpart")); }
  SUBCASE("longer") { fs::resize_file(beside(".ckpart"), 5000); }
  const auto info = download();
  REQUIRE_MESSAGE(info, info.error().to_string());
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture,
                  "parts that are what the journal says, but not the object's, are all read again") {
  driver->checksum = {Checksum::Algorithm::crc32c, crypto::crc32c(0, data)};
  transfer.workers = 1;
  fail_after(450);
  const std::string journal = beside(".ckjournal");
  const auto state = object_store::read_download(object_store::read_journal(read_file(journal)).records).value();
  std::string partial = read_file(beside(".ckpart"));
  partial[3] = 'X';
  write_file(beside(".ckpart"), partial);
  write_file(journal, to_line(record_of(state)) +
                          to_line(object_store::record_of_range(0, crypto::crc32c(0, partial.substr(0, 100)))));
  allowed = 9 + 1;  // The nine that are missing, and then one for all.
  const auto info = download();
  REQUIRE_MESSAGE(info, info.error().to_string());
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "a temporary file that is somebody else's is not taken") {
  fail_after(450);
  const std::string partial = beside(".ckpart");
  fs::rename(partial, directory.file("mine"));
  SUBCASE("a link") { fs::create_symlink(directory.file("mine"), partial); }
  SUBCASE("another name") { fs::create_hard_link(directory.file("mine"), partial); }
  REQUIRE(download());
  CHECK(read_file(path) == data);
  CHECK(fs::is_regular_file(fs::symlink_status(path)));
  CHECK(fs::hard_link_count(path) == 1);
  write_file(directory.file("mine"), "x");
  CHECK(read_file(path) == data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "two downloads to one file are not made at once") {
  std::optional<Error> second;
  transfer.workers = 1;
  driver->before_chunk = [&](std::size_t) -> Status {
    if (!second) second = download().error();
    return {};
  };
  REQUIRE(download());
  CHECK(second->code == ErrorCode::conflict);
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "what no file can replace is refused, and nothing is left beside it") {
  fs::create_directory(path);
  CHECK(download().error().message == path + " is a directory");
  CHECK(files() == 1);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "a small object, and an empty one, leave nothing beside them") {
  for (const std::string& small : {::test::varied_bytes(100), std::string()}) {
    REQUIRE(bucket.put("k", small));
    REQUIRE(download());
    check_whole(small);
  }
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "the file has the mode of the one that it replaces, also when it is resumed") {
  fail_after(450);
  write_file(path, "old");
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  REQUIRE(download());
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  check_whole(data);
}

TEST_CASE_FIXTURE(ResumeDownloadFixture, "a download to a sink cannot be resumed, and says so") {
  struct Nowhere final : Sink {
    Status write(Bytes) override { return {}; }
  } sink;
  options.transfer.resume = true;
  CHECK(bucket.download("k", sink, options).error().message == "only the transfer of a File can be resumed");
}
