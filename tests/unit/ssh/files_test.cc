#include "machine.h"

#include "core/local_source.h"
#include "support/read_file.h"
#include "support/varied_bytes.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;

namespace {

struct FilesFixture : ::test::WithMachine {
  Status put(const std::string& path, const std::string& contents, int mode = 0644) const {
    return machine->driver->put_file("127.0.0.1", core::BytesSource(Bytes(contents)), {path, mode}, {});
  }
  static int mode(const std::string& path) {
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return static_cast<int>(found.st_mode & 07777);
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory.path()), {}));
  }
};

// Says to have more than there is.
class Shrinking final : public Source {
 public:
  std::uint64_t size() const noexcept override { return 100000; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const bool second_time = offset == 0 && read_++ > 0;
    if (second_time) return Error(ErrorCode::io, "the file became shorter");
    std::fill(out.begin(), out.end(), 'x');
    return std::min<std::size_t>(out.size(), 100000 - static_cast<std::size_t>(offset));
  }

 private:
  mutable int read_ = 0;
};

}  // namespace

TEST_CASE("a file arrives with all of its bytes and its mode, and replaces what was there") {
  const FilesFixture at;
  if (!at) return;
  const std::string path = at.directory.file("data");
  const std::string large = ::test::varied_bytes((5 << 20) + 7);
  REQUIRE(at.put(path, large, 0640));
  CHECK(::test::read_file(path) == large);
  CHECK(FilesFixture::mode(path) == 0640);
  REQUIRE(at.put(path, "", 0755));
  CHECK(::test::read_file(path).empty());
  CHECK(FilesFixture::mode(path) == 0755);
  CHECK(at.entries() == 1);
}

TEST_CASE("a file's name may hold what a shell would understand") {
  const FilesFixture at;
  if (!at) return;
  for (const char* name : {"a b", "it's", "$(id)", "`id`", "-n", "a;b", "!x", "\"q\"", "*", "\xC3\xA9", "~"}) {
    const std::string path = at.directory.file(name);
    CHECK_MESSAGE(at.put(path, name), name);
    CHECK_MESSAGE(::test::read_file(path) == name, name);
  }
  CHECK(at.entries() == 11);
  CHECK(at.put("relative", "x").error().code == ErrorCode::invalid_argument);
  CHECK(at.put("/tmp/", "x").error().code == ErrorCode::invalid_argument);
  CHECK(at.put("/tmp/a\nb", "x").error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a symbolic link is replaced, what it names is not") {
  const FilesFixture at;
  if (!at) return;
  std::ofstream(at.directory.file("target")) << "old";
  std::filesystem::create_symlink("target", at.directory.file("link"));
  REQUIRE(at.put(at.directory.file("link"), "new"));
  CHECK(::test::read_file(at.directory.file("target")) == "old");
  CHECK(::test::read_file(at.directory.file("link")) == "new");
}

TEST_CASE("a file that cannot be written is refused by name, and nothing is left of it") {
  const FilesFixture at;
  if (!at) return;
  std::filesystem::create_directory(at.directory.file("there"));
  const auto directory = at.put(at.directory.file("there"), ::test::varied_bytes(3 << 20)).error();
  CHECK(directory.code == ErrorCode::invalid_argument);
  CHECK(directory.message == at.directory.file("there") + " is a directory there");
  const auto missing = at.put(at.directory.file("no/such"), ::test::varied_bytes(3 << 20)).error();
  CHECK(missing.code == ErrorCode::invalid_argument);
  CHECK(missing.message == "the directory of " + at.directory.file("no/such") + " does not exist there");
  CHECK(missing.hint == "make it first: run mkdir -p");
  const auto refused = at.put("/proc/cloudkit", "x").error();
  CHECK((refused.code == ErrorCode::permission_denied || refused.code == ErrorCode::invalid_argument));
  if (::geteuid() != 0) CHECK(at.put("/etc/cloudkit", "x").error().code == ErrorCode::permission_denied);
  CHECK(at.entries() == 1);
}

namespace {

// A small disk at a directory, as long as this lives.
class SmallDisk {
 public:
  SmallDisk(const ::test::Machine& machine, std::string path) : machine_(machine), path_(std::move(path)) {
    mounted_ = machine_.run("mount -t tmpfs -o size=64k tmpfs " + path_).value().ok();
  }
  ~SmallDisk() {
    if (mounted_) CHECK(machine_.run("umount " + path_).value().ok());
  }
  explicit operator bool() const { return mounted_; }

 private:
  const ::test::Machine& machine_;
  const std::string path_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("a full disk is named, and the old file stays") {
  const FilesFixture at;
  if (!at) return;
  const SmallDisk disk(*at.machine, at.directory.path());
  if (!disk) {
    MESSAGE("skipped: this user may not mount a small disk");
    return;
  }
  REQUIRE(at.put(at.directory.file("data"), "old"));
  const auto full = at.put(at.directory.file("data"), ::test::varied_bytes(1 << 20)).error();
  CHECK(full.code == ErrorCode::io);
  CHECK(full.message.find("No space left on device") != std::string::npos);
  CHECK(::test::read_file(at.directory.file("data")) == "old");
  CHECK(at.entries() == 1);
}

TEST_CASE("a source that changes while it is sent leaves the old file") {
  const FilesFixture at;
  if (!at) return;
  const std::string path = at.directory.file("data");
  REQUIRE(at.put(path, "old"));
  const auto sent = at.machine->driver->put_file("127.0.0.1", Shrinking(), {path, 0644}, {});
  CHECK(sent.error().message == "the file became shorter");
  CHECK(::test::read_file(path) == "old");
  CHECK(::test::soon([&] { return at.entries() == 1; }));
}
