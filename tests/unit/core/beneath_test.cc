#include "core/beneath.h"

#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

using namespace cloudkit;
namespace fs = std::filesystem;

namespace {

struct Tree {
  Tree() {
    fs::create_directories(root.file("inside/d/e"));
    std::ofstream(root.file("secret")) << "secret";
    std::ofstream(root.file("inside/d/e/f")) << "f";
    fs::create_symlink("../secret", root.file("inside/out"));
    fs::create_symlink(root.path(), root.file("inside/absolute"));
    fs::create_symlink("d", root.file("inside/harmless"));
    directory = core::UniqueFd(::open(root.file("inside").c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(directory);
  }
  ::test::TemporaryDirectory root;
  core::UniqueFd directory;
};

}  // namespace

TEST_CASE_FIXTURE(Tree, "both ways to open agree, and neither follows a link") {
  for (const auto open : {core::open_beneath, core::open_beneath_by_steps}) {
    CHECK(open(directory.get(), "d/e/f", O_RDONLY));
    CHECK(open(directory.get(), "d/e", O_RDONLY | O_DIRECTORY));
    CHECK(open(directory.get(), "", O_RDONLY | O_DIRECTORY));
    const std::pair<const char*, int> refused[] = {{"out", ELOOP},          {"absolute/secret", ELOOP},
                                                   {"harmless/e/f", ELOOP}, {"d/missing", ENOENT},
                                                   {"missing/f", ENOENT},   {"d/e/f/g", ENOTDIR}};
    for (const auto& expected : refused) {
      CAPTURE(expected.first);
      errno = 0;
      CHECK_FALSE(open(directory.get(), expected.first, O_RDONLY | O_NOFOLLOW));
      CHECK(errno == expected.second);
    }
    errno = 0;
    CHECK_FALSE(open(directory.get(), "harmless", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    CHECK(errno == ELOOP);
  }
}

TEST_CASE_FIXTURE(Tree, "directories are made beneath, never through a link") {
  CHECK(core::make_directories_beneath(directory.get(), "x/y/z", true));
  CHECK(fs::is_directory(root.file("inside/x/y/z")));
  CHECK(core::make_directories_beneath(directory.get(), "x/y/z", true));
  errno = 0;
  CHECK_FALSE(core::make_directories_beneath(directory.get(), "absolute/new", false));
  CHECK(errno == ELOOP);
  CHECK_FALSE(fs::exists(root.file("new")));
  errno = 0;
  CHECK_FALSE(core::make_directories_beneath(directory.get(), "d/e/f/g", false));
  CHECK(errno == ENOTDIR);
}

TEST_CASE_FIXTURE(Tree, "pruning stops at the first directory that holds something") {
  fs::create_directories(root.file("inside/p/q/r"));
  std::ofstream(root.file("inside/p/kept")) << "x";
  core::prune_beneath(directory.get(), "p/q/r");
  CHECK_FALSE(fs::exists(root.file("inside/p/q")));
  CHECK(fs::exists(root.file("inside/p/kept")));
  core::prune_beneath(directory.get(), "absolute/inside");
  CHECK(fs::exists(root.file("inside")));
}

TEST_CASE("parent and name") {
  CHECK(core::parent_of("a/b/c") == "a/b");
  CHECK(core::name_of("a/b/c") == "c");
  CHECK(core::parent_of("c").empty());
  CHECK(core::name_of("c") == "c");
}
