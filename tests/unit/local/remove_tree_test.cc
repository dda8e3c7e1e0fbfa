#include "local/remove_tree.h"

#include "core/unique_fd.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace cloudkit;
namespace fs = std::filesystem;

namespace {

core::UniqueFd open_directory(const std::string& path) {
  return core::UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

TEST_CASE("all that is in a directory is removed, and links are not followed") {
  const ::test::TemporaryDirectory directory;
  fs::create_directories(directory.file("tree/a/b/c"));
  fs::create_directories(directory.file("kept/inner"));
  std::ofstream(directory.file("tree/a/file")) << "x";
  std::ofstream(directory.file("kept/inner/file")) << "x";
  fs::create_symlink(directory.file("kept"), directory.file("tree/to-directory"));
  fs::create_symlink(directory.file("kept/inner/file"), directory.file("tree/a/to-file"));
  fs::create_symlink("../..", directory.file("tree/a/b/up"));
  fs::create_symlink("nowhere", directory.file("tree/dangling"));

  CHECK(local::empty_directory(open_directory(directory.file("tree")).get()));
  CHECK(fs::is_empty(directory.file("tree")));
  CHECK(fs::exists(directory.file("kept/inner/file")));
}

TEST_CASE("modes do not keep a tree from being removed") {
  const ::test::TemporaryDirectory directory;
  fs::create_directories(directory.file("tree/a/b/c"));
  std::ofstream(directory.file("tree/a/b/file")) << "x";
  ::chmod(directory.file("tree/a/b/file").c_str(), 0);
  for (const char* name : {"tree/a/b/c", "tree/a/b", "tree/a"}) ::chmod(directory.file(name).c_str(), 0);
  CHECK(local::empty_directory(open_directory(directory.file("tree")).get()));
  CHECK(fs::is_empty(directory.file("tree")));
}

TEST_CASE("a tree of any depth is removed with a few open files") {
  const ::test::TemporaryDirectory directory;
  core::UniqueFd at = open_directory(directory.path());
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(::mkdirat(at.get(), "d", 0755) == 0);
    at = core::UniqueFd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  REQUIRE(::mkdirat(at.get(), "deep-1-1", 0755) == 0);
  CHECK(local::empty_directory(open_directory(directory.path()).get()));
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("two removals of the same tree do not get in each other's way") {
  const ::test::TemporaryDirectory directory;
  for (int i = 0; i < 200; ++i) {
    fs::create_directories(directory.file("tree/" + std::to_string(i % 20) + "/a/b" + std::to_string(i)));
  }
  bool other = false;
  std::thread thread([&] { other = local::empty_directory(open_directory(directory.file("tree")).get()); });
  CHECK(local::empty_directory(open_directory(directory.file("tree")).get()));
  thread.join();
  CHECK(other);
  CHECK(fs::is_empty(directory.file("tree")));
}

TEST_CASE("what is no directory is not emptied") {
  errno = 0;
  CHECK_FALSE(local::empty_directory(-1));
  CHECK(errno == EBADF);
}
