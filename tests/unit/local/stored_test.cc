#include "local/stored.h"

#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

using ::test::TemporaryDirectory;
using namespace cloudkit;

TEST_CASE("a private directory is made for its user alone, and is found again") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("above/private");
  CHECK(local::check_private_directory(path).has_value());  // Nobody's yet.
  REQUIRE(local::make_private_root(path).has_value());
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0700U);
  CHECK(local::make_private_root(path).has_value());
  CHECK(local::make_private_directory(path).has_value());
  ::chmod(path.c_str(), 0755);  // Others may look.
  CHECK(local::make_private_directory(path).has_value());
}

TEST_CASE("a directory in which others may plant files is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("open");
  for (const mode_t mode : {0777U, 01777U, 0770U, 0702U}) {
    CAPTURE(mode);
    REQUIRE(local::make_private_directory(path).has_value());
    ::chmod(path.c_str(), mode);
    const Status refused = local::make_private_root(path);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::permission_denied);
    CHECK(refused.error().message == "others may write to " + path);
    CHECK(refused.error().hint == "see that all in it is yours, then chmod go-w it");
    CHECK(local::check_private_directory(path).error().code == ErrorCode::permission_denied);
    ::rmdir(path.c_str());
  }
}

TEST_CASE("another user's directory, a link to a directory and a file are refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("private");
  REQUIRE(local::make_private_directory(path).has_value());
  const std::string link = directory.file("link");
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  const Status linked = local::make_private_directory(link);
  REQUIRE_FALSE(linked.has_value());
  CHECK(linked.error().code == ErrorCode::permission_denied);
  CHECK(linked.error().message == link + " is no directory");
  CHECK(linked.error().hint == "a symbolic link is not followed: name the directory that it leads to");

  const std::string file = directory.file("file");
  std::ofstream(file) << "x";
  CHECK(local::make_private_directory(file).error().message == file + " is no directory");

  if (::geteuid() == 0) {  // Else nobody can give a directory away.
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CHECK(local::make_private_directory(path).error().message == path + " belongs to another user");
  } else {
    CHECK(local::make_private_directory("/").error().message == "/ belongs to another user");
  }
}
