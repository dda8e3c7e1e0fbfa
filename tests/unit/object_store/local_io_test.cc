#include "object_store/local_io.h"
#include "object_store/transfer/journal.h"
#include "object_store/transfer/spool.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace cloudkit;
using namespace cloudkit::object_store;
namespace fs = std::filesystem;

namespace {

struct Directory : ::test::TemporaryDirectory {
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::size_t count() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {})); }
  fs::path path = ::test::TemporaryDirectory::path();
};

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE_FIXTURE(Directory, "a file is read from any offset, as often as one likes") {
  write(*this / "f", "0123456789");
  const auto source = open_source(File{*this / "f"}).value();
  std::string buffer(4, ' ');
  CHECK(source->size() == 10);
  CHECK(source->read_at(8, buffer).value() == 2);
  CHECK(source->read_at(0, buffer).value() == 4);
  CHECK(buffer == "0123");
  CHECK(source->read_at(10, buffer).value() == 0);
  CHECK(source->read_at(UINT64_MAX, buffer).value() == 0);
}

TEST_CASE_FIXTURE(Directory, "a file that shrinks or grows while it is read is an error") {
  for (const char* now : {"01234", "0123456789abc"}) {
    write(*this / "f", "0123456789");
    const auto source = open_source(File{*this / "f"}).value();
    write(*this / "f", now);
    std::string buffer(10, ' ');
    const auto result = source->read_at(0, buffer);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::io);
    CHECK(result.error().message == (*this / "f") + " changed while it was read");
  }
}

TEST_CASE_FIXTURE(Directory, "a path with a NUL is refused, not cut: it would name another file") {
  write(*this / "f", "the wrong file");
  const std::string cut = (*this / "f") + std::string("\0.txt", 5);
  const auto source = open_source(File{cut});
  REQUIRE_FALSE(source);
  CHECK(source.error().code == ErrorCode::invalid_argument);
  CHECK(source.error().message.find("f?.txt\" holds a NUL byte") != std::string::npos);
  CHECK(PendingFile::create(cut).error().code == ErrorCode::invalid_argument);
  CHECK(count() == 1);
}

TEST_CASE_FIXTURE(Directory, "what is no regular file is refused, and a FIFO is not waited for") {
  const Error directory = open_source(File{path.string()}).error();
  CHECK(directory.message == path.string() + " is not a regular file");
  CHECK(directory.hint == "name a file; other things are put by a Source of your own");
  REQUIRE(::mkfifo((*this / "fifo").c_str(), 0600) == 0);
  CHECK(open_source(File{*this / "fifo"}).error().code == ErrorCode::io);
  const auto missing = open_source(File{*this / "missing"});
  CHECK(missing.error().message == "open " + (*this / "missing") + ": No such file or directory");
  CHECK(missing.error().hint == "check the file's name; a relative path starts at the working directory");
  write(*this / "f", "");
  CHECK(open_source(File{*this / "f/below"}).error().hint == missing.error().hint);
  REQUIRE(::chmod((*this / "f").c_str(), 0) == 0);
  const auto closed = open_source(File{*this / "f"});
  if (!closed) {  // root may read all
    CHECK(closed.error().code == ErrorCode::permission_denied);
    CHECK(closed.error().hint.find("check that this user may read the file") == 0);
  }
}

TEST_CASE_FIXTURE(Directory, "a pending file appears by publish only, whole") {
  write(*this / "f", "old");
  {
    auto pending = PendingFile::create(*this / "f").value();
    REQUIRE(pending.write_at(0, "new and longer"));
    CHECK(::test::read_file(*this / "f") == "old");
    REQUIRE(pending.publish());
  }
  CHECK(::test::read_file(*this / "f") == "new and longer");
  CHECK(count() == 1);
}

TEST_CASE_FIXTURE(Directory, "a pending file that is given up leaves nothing behind") {
  write(*this / "f", "old");
  {
    auto pending = PendingFile::create(*this / "f").value();
    REQUIRE(pending.write_at(0, "half"));
  }
  CHECK(::test::read_file(*this / "f") == "old");
  CHECK(count() == 1);
}

TEST_CASE_FIXTURE(Directory, "places where no file can be are clear errors") {
  CHECK(PendingFile::create(path.string()).error().message == path.string() + " is a directory");
  const auto error = PendingFile::create(*this / "no/such/file").error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.hint == "make the directory first");
}

TEST_CASE_FIXTURE(Directory, "a private file stays private when it is replaced, and a FIFO is not replaced at all") {
  write(*this / "f", "old");
  REQUIRE(::chmod((*this / "f").c_str(), 0600) == 0);
  const auto mode_of = [](const std::string& name) {
    struct stat found{};
    REQUIRE(::stat(name.c_str(), &found) == 0);
    return found.st_mode & 0777;
  };
  REQUIRE(PendingFile::create(*this / "f").value().publish());
  CHECK(mode_of(*this / "f") == 0600);
  // Who opened it before it has its permissions could read it afterwards.
  REQUIRE(::chmod((*this / "f").c_str(), 0640) == 0);
  auto pending = PendingFile::create(*this / "f").value();
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().filename() != "f") CHECK(mode_of(entry.path()) == 0600);
  }
  REQUIRE(pending.publish());
  CHECK(mode_of(*this / "f") == 0640);

  REQUIRE(::mkfifo((*this / "fifo").c_str(), 0600) == 0);
  CHECK(PendingFile::create(*this / "fifo").error().message == (*this / "fifo") + " is not a regular file");
}

TEST_CASE_FIXTURE(Directory, "a destination with the longest possible name works") {
  auto pending = PendingFile::create(*this / std::string(255, 'n').c_str()).value();
  CHECK(pending.publish());
}

TEST_CASE("a file of content without a size is refused, not stored as nothing") {
  if (!fs::exists("/proc/version")) return;
  const auto source = open_source(File{"/proc/version"});
  REQUIRE_FALSE(source);
  CHECK(source.error().code == ErrorCode::io);
  CHECK(source.error().message == "/proc/version has content but no size");
}

TEST_CASE_FIXTURE(Directory, "what is written to a closed standard error gets into no file, journal or spool") {
  const int kept = ::dup(STDERR_FILENO);
  ::close(STDERR_FILENO);
  auto pending = PendingFile::create(*this / "f").value();
  const auto journal = Journal::open(*this / "journal");
  const auto spool = Spool::create();
  const ssize_t logged = ::write(STDERR_FILENO, "log", 3);
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  CHECK(journal);
  CHECK(spool);
  CHECK(logged == -1);
  REQUIRE(pending.write_at(0, "content"));
  REQUIRE(pending.publish());
  CHECK(::test::read_file(*this / "f") == "content");
}
