#include "sync/file_tree.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace cloudkit;
using syncing::FileTree;
namespace fs = std::filesystem;

namespace {

struct Trees {
  ::test::TemporaryDirectory directory;
  core::UniqueFd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(directory.file(name)).parent_path());
    std::ofstream(directory.file(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) const { return ::test::read_file(directory.file(name)); }
  FileTree open(const std::string& name) const {
    fs::create_directories(directory.file(name));
    return FileTree::open(fd.get(), name, directory.file(name)).value();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Trees, "a file gets its place, with the directories above it") {
  auto tree = open("tree");
  write("parts/p", "bytes");
  const core::UniqueFd parts(::open(directory.file("parts").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(tree.take(parts.get(), "p", "a/b/c"));
  CHECK(read("tree/a/b/c") == "bytes");
  CHECK(tree.state("a/b/c")->size == 5);
  CHECK(!tree.state("a/b"));
  CHECK(!tree.state("nothing"));
  CHECK(tree.open_file("nothing").error().code == ErrorCode::not_found);
  CHECK(tree.open_file("a/b").error().message == "it is no regular file");
  CHECK(tree.take(parts.get(), "gone", "x").error().code == ErrorCode::io);
}

TEST_CASE_FIXTURE(Trees, "a file never takes the place of another one") {
  // As two keys meet whose names the file system takes for one.
  write("old/a", "bytes of a");
  write("parts/p", "bytes of a");
  write("tree/d/b", "bytes of b");
  auto tree = open("tree");
  auto old = open("old");
  const core::UniqueFd parts(::open(directory.file("parts").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto taken = tree.take(parts.get(), "p", "d/b");
  REQUIRE(!taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().message == "another object has the same file name, as the file system compares names");
  CHECK(tree.link(old, "a", "d/b").error().code == ErrorCode::conflict);
  CHECK(read("tree/d/b") == "bytes of b");
  CHECK(read("parts/p") == "bytes of a");
}

TEST_CASE_FIXTURE(Trees, "links share a file") {
  write("old/d/a", "bytes");
  auto old = open("old");
  auto tree = open("new");
  CHECK(tree.link(old, "d/a", "e/b").value());
  CHECK(read("new/e/b") == "bytes");
  CHECK(fs::hard_link_count(directory.file("new/e/b")) == 2);
  CHECK(!tree.link(old, "d/missing", "e/c").value());
  CHECK(!tree.link(old, "missing/a", "e/c").value());
  fs::create_directory_symlink("/", directory.file("new/out"));
  CHECK(tree.link(old, "d/a", "out/tmp/x").error().code == ErrorCode::permission_denied);
}

TEST_CASE_FIXTURE(Trees, "where there are no links bytes are copied, and look like the object") {
  const std::string bytes(1'000'001, 'x');
  write("from", bytes);
  const core::UniqueFd from(::open(directory.file("from").c_str(), O_RDONLY | O_CLOEXEC));
  const core::UniqueFd to(::open(directory.file("to").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  CHECK(syncing::clone_file(from.get(), to.get(), "to", {}));
  CHECK(syncing::seal(to.get(), "to", TimePoint(std::chrono::milliseconds(-1500))));
  CHECK(read("to") == bytes);
  struct stat state{};
  REQUIRE(::fstat(to.get(), &state) == 0);
  CHECK(syncing::state_of(state).modified == -1'500'000'000);
  CHECK((state.st_mode & 0777) == 0444);
}

TEST_CASE_FIXTURE(Trees, "a sweep leaves what stays, and no empty directory") {
  for (const char* name : {"tree/a", "tree/d/e/keep", "tree/d/f/go", "tree/g/h/go"}) write(name, "x");
  write("outside/secret", "x");
  fs::create_directory_symlink(directory.file("outside"), directory.file("tree/link"));
  auto tree = open("tree");
  CHECK(tree.sweep([](const std::string& path) { return path == "d/e/keep"; }, {}));
  std::vector<std::string> left;
  CHECK(tree.walk([&](const std::string& path, bool) { left.push_back(path); }, {}));
  CHECK(left == std::vector<std::string>{"d/e/keep"});
  CHECK(!fs::exists(directory.file("tree/g")));
  CHECK(read("outside/secret") == "x");
}

TEST_CASE_FIXTURE(Trees, "a tree is removed however deep it is, and never through a link") {
  auto tree = open("deep");
  std::string path;
  for (int i = 0; i < 1400; ++i) path += "d/";
  CHECK(tree.make_directory(path + "end"));
  CHECK(syncing::remove_tree(fd.get(), "deep", "deep", {}));
  CHECK(!fs::exists(directory.file("deep")));
  CHECK(syncing::remove_tree(fd.get(), "deep", "deep", {}));
  write("outside/secret", "x");
  fs::create_directory_symlink(directory.file("outside"), directory.file("link"));
  CHECK(syncing::remove_tree(fd.get(), "link", "link", {}).error().code == ErrorCode::permission_denied);
  CHECK(read("outside/secret") == "x");
}
