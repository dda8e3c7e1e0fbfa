#include "local/unzip.h"

#include "core/unique_fd.h"
#include "support/raw_zip.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace cloudkit;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kLink = 0120777;

Status unzip(const ::test::TemporaryDirectory& directory, const std::string& zip) {
  const core::UniqueFd root(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto reader = codec::ZipReader::open(zip);
  REQUIRE_MESSAGE(reader, reader.error().to_string());
  return local::unzip_beneath(root.get(), *reader);
}

unsigned unzipped_mode(const std::string& path) {
  struct stat found{};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("files, directories and links appear with their contents and modes") {
  const ::test::TemporaryDirectory directory;
  REQUIRE(unzip(directory, ::test::raw_zip({{"a/b/c", "deep"},
                                            {"bootstrap", "#!/bin/sh\n", 0100755},
                                            {"empty/", "", 040755},
                                            {"open", "x", 0106777},
                                            {"secret", "x", 0100000},
                                            {"a/link", "../bootstrap", kLink}})));
  CHECK(::test::read_file(directory.file("a/b/c")) == "deep");
  CHECK(::test::read_file(directory.file("a/link")) == "#!/bin/sh\n");
  CHECK(unzipped_mode(directory.file("bootstrap")) == 0755);
  CHECK(unzipped_mode(directory.file("a/b/c")) == 0644);
  CHECK(unzipped_mode(directory.file("open")) == 0755);
  CHECK(unzipped_mode(directory.file("secret")) == 0644);
  CHECK(fs::is_directory(directory.file("empty")));
  CHECK(fs::read_symlink(directory.file("a/link")) == "../bootstrap");
}

TEST_CASE("nothing is written through a link that lies there already") {
  const ::test::TemporaryDirectory outside;
  const ::test::TemporaryDirectory directory;
  fs::create_symlink(outside.path(), directory.file("a"));
  CHECK(!unzip(directory, ::test::raw_zip({{"a/b", "x"}})));
  fs::create_symlink(outside.file("target"), directory.file("c"));
  CHECK(!unzip(directory, ::test::raw_zip({{"c", "x"}})));
  CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("damaged contents stop it") {
  const ::test::TemporaryDirectory directory;
  ::test::RawEntry damaged{"a", "hello"};
  damaged.wrong_checksum = true;
  const auto stopped = unzip(directory, ::test::raw_zip({damaged}));
  REQUIRE(!stopped);
  CHECK(stopped.error().code == ErrorCode::invalid_argument);
  CHECK(!fs::exists(directory.file("a")));
}

TEST_CASE("what lies there already is not replaced") {
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("a")) << "old";
  const auto refused = unzip(directory, ::test::raw_zip({{"a", "new"}}));
  REQUIRE(!refused);
  CHECK(refused.error().message.find("unpack a: ") == 0);
  CHECK(::test::read_file(directory.file("a")) == "old");
}
