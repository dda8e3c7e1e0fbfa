#include "codec/gzip.h"

#include "support/program.h"
#include "support/programs.h"

#include <doctest/doctest.h>

using namespace cloudkit;

TEST_CASE("gzip itself unpacks what is packed, and finds no fault in it") {
  ::test::Programs directory;
  std::string large;
  for (unsigned i = 0; large.size() < (std::size_t{3} << 20); ++i)
    large.push_back(static_cast<char>(i * i * 2654435761U >> 24));
  for (const std::string& data : {std::string(), std::string("a"), std::string(100000, '\0'), large}) {
    const auto packed = codec::gzip(data);
    REQUIRE(packed);
    directory.file("data.gz", *packed, std::filesystem::perms::owner_read);
    const auto unpacked = ::test::run_program("", "gzip -d -k -f " + directory.directory() + "/data.gz");
    CHECK(unpacked.exit_code == 0);
    CHECK(unpacked.output == "");
    CHECK(directory.read("data") == data);
    std::filesystem::remove(directory.directory() + "/data.gz");
  }
}

TEST_CASE("the same bytes are packed into the same, without a name or a time") {
  const std::string packed = codec::gzip("hello").value();
  CHECK(codec::gzip("hello").value() == packed);
  CHECK(packed.substr(0, 8) == std::string("\x1F\x8B\x08\0\0\0\0\0", 8));
  CHECK(codec::gzip(std::string(100000, 'a')).value().size() < 200);
}
