// What bad sources, disks and directories get: the right code, nothing half-written, nothing left behind, and a text
// that says what to do.
#include "faults/disk.h"
#include "faults/whole_way.h"
#include "support/read_file.h"

#include <cloudkit/local.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

using namespace cloudkit;
using namespace faults;

namespace {

std::ptrdiff_t names_in(const std::string& directory) {
  return std::distance(std::filesystem::recursive_directory_iterator(directory), {});
}

struct Refusal {
  const char* call;
  int error_number;
  const char* says;  // What stands before the path.
  const char* hint;
};

const Refusal kRefusals[] = {
    {"write", ENOSPC, "write ", "free some space; nothing was stored"},
    {"write", EDQUOT, "write ", "the user's quota is used up; nothing was stored"},
    {"write", EFBIG, "write ", "the file system or a limit (ulimit -f) does not allow files of this size"},
    {"write", EIO, "write ", ""},
    {"fsync", ENOSPC, "fsync ", "free some space; nothing was stored"},
    {"fsync", EIO, "fsync ", ""},
    {"rename", EDQUOT, "rename to ", "the user's quota is used up; nothing was stored"},
};

struct Download {
  Download() {
    server.always(whole_object());
    std::ofstream(path) << "old";
  }

  ScriptedServer server;
  VirtualStore store{server};
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("file");
};

struct FileStore {
  const test::TemporaryDirectory root;
  const Bucket bucket = local::make_file_store(root.path()).value().create_bucket("b").value();
};

// Does something to the world when it is read.
class MeddlingSource final : public Source {
 public:
  explicit MeddlingSource(std::function<void()> meddle) : meddle_(std::move(meddle)) {}
  std::uint64_t size() const noexcept override { return kData.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    meddle_();
    return kData.copy(out.data(), out.size(), offset);
  }

 private:
  const std::function<void()> meddle_;
};

}  // namespace

TEST_CASE_FIXTURE(Download, "a disk that takes no more of a download keeps the old file") {
  for (const Refusal& row : kRefusals) {
    CAPTURE(std::string(row.call));
    CAPTURE(row.error_number);
    const DiskFault fault(row.call, row.error_number);
    const auto error = store.bucket().download("k", File{path}).error();
    CHECK(fault.failed() == 1);
    CHECK(error.code == ErrorCode::io);
    CHECK(error.resource == "s3://bucket/k");
    CHECK(error.message.starts_with(row.says + path + ": "));
    CHECK(error.hint == row.hint);
    CHECK(::test::read_file(path) == "old");
    CHECK(names_in(directory.path()) == 1);
  }
  CHECK(store.bucket().download("k", File{path}));
}

TEST_CASE_FIXTURE(Download, "writes that are interrupted or cut short go on") {
  const FileStore files;
  for (const std::string call : {"write", "short write"}) {
    CAPTURE(call);
    {
      const DiskFault fault(call, EINTR, 3);
      CHECK(store.bucket().download("k", File{path}));
      CHECK(fault.failed() >= 3);
    }
    CHECK(::test::read_file(path) == kData);
    const DiskFault fault(call, EINTR, 3);
    CHECK(files.bucket.put("k", kData));
    CHECK(fault.failed() >= 3);
    CHECK(files.bucket.get("k").value().data == kData);
  }
}

TEST_CASE_FIXTURE(Download, "a disk without room for a large download says so before it is filled") {
  const std::string large(300'000, 'x');
  server.always(reply(200, large, kObjectHeaders));
  GetOptions options;
  options.transfer.part_size = 100'000;
  const DiskFault fault("fallocate", ENOSPC);
  const auto error = store.bucket().download("k", File{path}, options).error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.message == "set aside 300000 bytes for " + path + ": No space left on device");
  CHECK(error.hint == "free some space; nothing was stored");
  CHECK(::test::read_file(path) == "old");
  CHECK(names_in(directory.path()) == 1);
}

TEST_CASE_FIXTURE(Download, "a download goes on where no room can be set aside, or a signal keeps it from that") {
  const std::string large(300'000, 'x');
  server.always(reply(200, large, kObjectHeaders));
  GetOptions options;
  options.transfer.part_size = 100'000;
  options.transfer.workers = 1;
  options.transfer.resume = true;
  for (const int error_number : {EINTR, EOPNOTSUPP, EINVAL, ENOSYS}) {
    CAPTURE(error_number);
    const DiskFault fault("fallocate", error_number);
    const auto info = store.bucket().download("k", File{path}, options);
    CHECK_MESSAGE(info, info.error().to_string());
    CHECK(fault.failed() == 1);
    CHECK(::test::read_file(path) == large);
  }
}

TEST_CASE_FIXTURE(Download, "a directory that vanishes under a download") {
  const std::string below = directory.file("below");
  std::filesystem::create_directory(below);
  server.answer([&](const std::string&) -> std::optional<Script> {
    std::filesystem::remove_all(below);
    return std::nullopt;
  });
  const auto error = store.bucket().download("k", File{below + "/file"}).error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.message == "rename to " + below + "/file: No such file or directory");
  CHECK(error.hint == "the directory was removed meanwhile; make it again");
  CHECK_FALSE(std::filesystem::exists(below));
}

TEST_CASE_FIXTURE(FileStore, "a disk that takes no more of a put keeps the old object") {
  REQUIRE(bucket.put("k", "old"));
  for (const Refusal& row : kRefusals) {
    CAPTURE(std::string(row.call));
    CAPTURE(row.error_number);
    const DiskFault fault(row.call, row.error_number);
    const auto error = bucket.put("k", kData).error();
    CHECK(fault.failed() == 1);
    CHECK(error.code == ErrorCode::io);
    CHECK(error.message.starts_with(std::string(row.says) + root.path() + "/b/k: "));
    CHECK(error.hint == row.hint);
    CHECK(::test::read_file(root.path() + "/b/k") == "old");
    CHECK(names_in(root.path() + "/b") == 1);
  }
  CHECK(bucket.put("k", kData));
}

TEST_CASE_FIXTURE(FileStore, "a bucket whose directory vanishes under a put") {
  const MeddlingSource source([&] { std::filesystem::remove_all(root.path() + "/b"); });
  const auto error = bucket.put("k", source).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchBucket");
  CHECK(error.hint == "make it with create_bucket, or open it with OpenOptions::create");
  CHECK_FALSE(std::filesystem::exists(root.path() + "/b"));
}

TEST_CASE_FIXTURE(FileStore, "a source that shrinks or grows under a put") {
  REQUIRE(bucket.put("k", "old"));
  struct Row {
    std::string now;
    std::string says;
  };
  const Row rows[] = {{"01", "the source has fewer than the 10 bytes it announced"},
                      {"0123456789abc", "the source has more than the 10 bytes it announced"}};
  for (const Row& row : rows) {
    struct Other final : Source {
      explicit Other(const std::string& now) : data(now) {}
      std::uint64_t size() const noexcept override { return kData.size(); }
      Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
        return data.copy(out.data(), out.size(), std::min<std::uint64_t>(offset, data.size()));
      }
      const std::string& data;
    };
    const auto error = bucket.put("k", Other(row.now)).error();
    CHECK(error.code == ErrorCode::io);
    CHECK(error.message == row.says);
    CHECK(::test::read_file(root.path() + "/b/k") == "old");
    CHECK(names_in(root.path() + "/b") == 1);
  }
}

TEST_CASE_FIXTURE(Download, "a server that ignores conditions does not pass for one that honours them") {
  const auto other = store.bucket().get("k", {.condition = Condition::match("e0")}).error();
  CHECK(other.code == ErrorCode::precondition_failed);
  CHECK(other.message == "the object has changed: it has another token");
  const auto same = store.bucket().get_if_changed("k", "e1");
  REQUIRE(same);
  CHECK_FALSE(same->has_value());
  const auto file = store.bucket().download("k", File{path}, {.condition = Condition::match("e0")}).error();
  CHECK(file.code == ErrorCode::precondition_failed);
  CHECK(::test::read_file(path) == "old");
  CHECK(names_in(directory.path()) == 1);
}
