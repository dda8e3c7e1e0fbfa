#include "local_tree.h"
#include "faults/disk.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

using namespace cloudkit;
using cloudkit::tool::LocalTree;

namespace {

struct WithDirectory {
  test::TemporaryDirectory directory;
  LocalTree tree = LocalTree::open(directory.path()).value();

  Status write(const std::string& name, const std::string& bytes, bool only_if_absent) const {
    auto file = tree.write(name).value();
    REQUIRE(file->write(bytes));
    return file->publish(only_if_absent, true);
  }
  std::ptrdiff_t files() const { return std::distance(std::filesystem::directory_iterator(directory.path()), {}); }
};

}  // namespace

TEST_CASE_FIXTURE(WithDirectory,
                  "a file that replaces nothing needs no hard links, nor a rename that replaces nothing") {
  SUBCASE("a disk without links") {
    const faults::LinkFault none(EPERM);
    CHECK(write("a", "new", true));
    CHECK(write("a", "other", true).error().code == ErrorCode::precondition_failed);
  }
  SUBCASE("one that can only link") {
    const faults::DiskFault none("rename", EINVAL);
    CHECK(write("a", "new", true));
    CHECK(write("a", "other", true).error().code == ErrorCode::precondition_failed);
  }
  CHECK(test::read_file(directory.file("a")) == "new");
  CHECK(files() == 1);
}

TEST_CASE_FIXTURE(WithDirectory, "a file that cannot be looked at is a failure, and not skipped as no file") {
  // Its path is longer than a path may be, which keeps root out, too.
  const std::string name(250, 'd');
  std::vector<int> directories{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY)};
  for (int i = 0; i < 16; ++i) {
    REQUIRE(::mkdirat(directories.back(), name.c_str(), 0700) == 0);
    directories.push_back(::openat(directories.back(), name.c_str(), O_RDONLY | O_DIRECTORY));
  }
  const std::string last(4096 - directory.path().size() - std::size_t{16} * 251 - 2, 'f');
  for (const std::string& file : {last, last + "f"}) {
    ::close(::openat(directories.back(), file.c_str(), O_WRONLY | O_CREAT, 0600));
  }
  std::vector<Error> failures;
  std::vector<std::string> files;
  tree.walk({[&](const std::string& file) { files.push_back(file); },
             [](const std::string& file, const std::string& why) { FAIL_CHECK(file << why); },
             [&](const Error& error) { failures.push_back(error); }, [] { return false; }});
  CHECK(files.size() == 1);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].message.starts_with("look at " + directory.path()));
  CHECK(failures[0].message.ends_with("ff: File name too long"));
  CHECK(::unlinkat(directories.back(), (last + "f").c_str(), 0) == 0);
  for (const int fd : directories) ::close(fd);
}

TEST_CASE_FIXTURE(WithDirectory, "directories that are made for what is moved are on the disk before the source goes") {
  const auto durable = LocalTree::create(directory.file("there"), true).value();
  const faults::DiskFault power("fsync", EIO);
  CHECK(LocalTree::create(directory.file("there"), true));  // Nothing new.
  for (const char* name : {"new", "new/below", "there/new/"}) {
    CAPTURE(name);
    CHECK(LocalTree::create(directory.file(name), true).error().message.find("fsync the directory ") == 0);
  }
  CHECK(durable.make_directory("a/b").error().message.find("fsync the directory ") == 0);
  CHECK(LocalTree::create(directory.file("copied")).value().make_directory("a/b"));
}
