#include "local_tree.h"
#include "faults/disk.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

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
