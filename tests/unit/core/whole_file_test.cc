#include "core/whole_file.h"

#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>

using namespace cloudkit;

namespace {

std::size_t files_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

}  // namespace

TEST_CASE("a private file is replaced whole, and is its owner's alone") {
  const ::test::TemporaryDirectory directory;
  const std::string path = directory.file("token.json");
  const mode_t before = ::umask(0);
  CHECK(core::replace_private_file(path, "first"));
  ::umask(before);
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  CHECK(::test::read_file(path) == "first");

  // Even where others could read the old one.
  std::filesystem::permissions(path, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  CHECK(core::replace_private_file(path, ""));
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  CHECK(::test::read_file(path).empty());
  CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("where it cannot be written the old file stays, and nothing beside it") {
  const ::test::TemporaryDirectory directory;
  CHECK(core::replace_private_file(directory.file("none/token.json"), "x").error().code == ErrorCode::io);
  const std::string taken = directory.file("taken");
  std::filesystem::create_directories(taken + "/by a directory");
  const auto blocked = core::replace_private_file(taken, "x");
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error().message.starts_with("write " + taken + ": "));
  CHECK(files_in(directory.path()) == 1);
}

TEST_CASE("a whole file is read up to a limit, and one that is not there is nothing") {
  const ::test::TemporaryDirectory directory;
  const std::string path = directory.file("a");
  REQUIRE(core::replace_private_file(path, std::string(20000, 'x')));
  CHECK(core::read_whole_file(path, 20000).value() == std::string(20000, 'x'));
  const auto large = core::read_whole_file(path, 19999);
  REQUIRE_FALSE(large);
  CHECK(large.error().message == "read " + path + ": larger than 19999 bytes");
  CHECK_FALSE(core::read_whole_file(directory.file("b"), 1).value().has_value());
  CHECK_FALSE(core::read_whole_file(path + "/b", 1).value().has_value());
  CHECK(core::read_whole_file(directory.path(), 1).error().code == ErrorCode::io);
}
