#include "codec/zip.h"

#include "codec/zip_names.h"
#include "support/raw_zip.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace cloudkit;
using codec::ZipEntryKind;
using codec::ZipFile;
using codec::ZipReader;
using ::test::raw_zip;
using ::test::RawEntry;

namespace {

constexpr std::uint32_t kLink = 0120777;

std::string refused(const std::string& zip, const codec::ZipLimits& limits = {}) {
  const auto reader = ZipReader::open(zip, limits);
  if (reader) return "taken";
  CHECK(reader.error().code == ErrorCode::invalid_argument);
  return reader.error().message;
}

}  // namespace

TEST_CASE("what was packed comes out again, in order and with its modes") {
  std::string binary(300'000, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * i >> 3);
  const auto zip = codec::write_zip({{"lib/b.so", 0644, binary},
                                     {"bootstrap", 0755, "#!/bin/sh\n"},
                                     {"empty", 0600, ""},
                                     {"lib/", 0755, ""},
                                     {"gr\xC3\xBC\xC3\x9F"
                                      "e",
                                      0644, "x"}});
  REQUIRE(zip);
  CHECK(zip->size() < binary.size());
  const auto reader = ZipReader::open(*zip);
  REQUIRE(reader);
  const auto& entries = reader->entries();
  REQUIRE(entries.size() == 5);
  const struct {
    const char* name;
    ZipEntryKind kind;
    unsigned mode;
  } expected[] = {{"bootstrap", ZipEntryKind::file, 0755},
                  {"empty", ZipEntryKind::file, 0600},
                  {"gr\xC3\xBC\xC3\x9F"
                   "e",
                   ZipEntryKind::file, 0644},
                  {"lib", ZipEntryKind::directory, 0755},
                  {"lib/b.so", ZipEntryKind::file, 0644}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(entries[i].name == expected[i].name);
    CHECK(entries[i].kind == expected[i].kind);
    CHECK(entries[i].mode == expected[i].mode);
  }
  CHECK(reader->read(entries[0]).value() == "#!/bin/sh\n");
  CHECK(reader->read(entries[1]).value().empty());
  CHECK(reader->read(entries[4]).value() == binary);
  CHECK(reader->read(entries[0]).value() == "#!/bin/sh\n");
}

TEST_CASE("the same files make the same bytes, in whatever order and time zone") {
  const ZipFile a{"a", 0644, "one"};
  const ZipFile b{"b/c", 0755, "two"};
  ::setenv("TZ", "Asia/Tokyo", 1);
  const auto first = codec::write_zip({a, b}).value();
  ::setenv("TZ", "America/New_York", 1);
  CHECK(codec::write_zip({b, a}).value() == first);
  ::unsetenv("TZ");
  CHECK(codec::write_zip({a, b}).value() == first);
  CHECK(codec::write_zip({{"a", 0755, "one"}, b}).value() != first);
}

TEST_CASE("no zip is made that could not be read") {
  for (const char* name : {"", "/", "/a", "a//b", "../a", "a/../b", "a/.", "a\\b", "a\nb", "\xFF"}) {
    CAPTURE(name);
    const auto zip = codec::write_zip({{name, 0644, ""}});
    REQUIRE(!zip);
    CHECK(zip.error().code == ErrorCode::invalid_argument);
  }
  CHECK(codec::write_zip({{"a", 0644, ""}, {"a", 0644, ""}}).error().message == "zip entry \"a\": it comes twice");
  CHECK(codec::write_zip({{"a", 0644, ""}, {"a-", 0644, ""}, {"a/b", 0644, ""}}).error().message ==
        "zip entry \"a/b\": it lies below a, which is no directory");
  CHECK(codec::write_zip({}).error().message == "a zip needs a file");
}

TEST_CASE("a zip made by another program is read") {
  const auto zip = raw_zip(
      {{"b", "two", 0100755}, {"a", "one"}, {"dos", "three", 0, 0}, {"d/", "", 040700}, {"d/link", "../a", kLink}});
  const auto reader = ZipReader::open(zip);
  REQUIRE_MESSAGE(reader, reader.error().to_string());
  REQUIRE(reader->entries().size() == 5);
  CHECK(reader->entries()[0].name == "a");
  CHECK(reader->entries()[1].mode == 0755);
  CHECK(reader->entries()[2].mode == 0700);
  CHECK(reader->entries()[3].kind == ZipEntryKind::symlink);
  CHECK(reader->entries()[4].mode == 0644);
  CHECK(reader->read(reader->entries()[3]).value() == "../a");
  CHECK(reader->read(reader->entries()[4]).value() == "three");
}

TEST_CASE("entries that climb out are refused") {
  const struct {
    const char* name;
    const char* message;
  } cases[] = {
      {"../a", "zip entry \"../a\": its name has a part \"..\""},
      {"a/../../b", "zip entry \"a/../../b\": its name has a part \"..\""},
      {"..", "zip entry \"..\": its name has a part \"..\""},
      {"./a", "zip entry \"./a\": its name has a part \".\""},
      {"/etc/passwd", "zip entry \"/etc/passwd\": its name is an absolute path"},
      {"a\\..\\b", "zip entry \"a\\..\\b\": its name has a backslash"},
      {"C:\\a", "zip entry \"C:\\a\": its name has a backslash"},
      {"a//b", "zip entry \"a//b\": its name has an empty part"},
      {"a//", "zip entry \"a/\": its name has an empty part"},
      {"", "zip entry \"\": it has no name"},
      {"a\x1B[2J", "zip entry \"a?[2J\": its name is not printable UTF-8"},
      {"a\xC0\xAF", "zip entry \"a??\": its name is not printable UTF-8"},
  };
  for (const auto& [name, message] : cases) CHECK(refused(raw_zip({{"fine", ""}, {name, "x"}})) == message);
  // libzip makes a space of the NUL, so that all see the same name.
  CHECK(refused(raw_zip({{std::string("../a\0b", 6), "x"}})) == "zip entry \"../a b\": its name has a part \"..\"");
  CHECK(refused(raw_zip({{std::string(256, 'a'), "x"}})).find("longer than 255 bytes") != std::string::npos);
}

TEST_CASE("symbolic links that may lead out are refused") {
  for (const char* target : {"/etc", "..", "../x", "a/../../x", "d/../x", "./../x", ""}) {
    CAPTURE(target);
    CHECK(refused(raw_zip({{"link", target, kLink}})).find("may lead out") != std::string::npos);
  }
  CHECK(refused(raw_zip({{"d/link", "../../x", kLink}})).find("may lead out") != std::string::npos);
  CHECK(refused(raw_zip({{"link", std::string("a\0b", 3), kLink}})).find("may lead out") != std::string::npos);
  CHECK(refused(raw_zip({{"link", "d", kLink}, {"link/a", "x"}})) ==
        "zip entry \"link/a\": it lies below link, which is no directory");
  CHECK(refused(raw_zip({{"link", std::string(5000, 'a'), kLink}})) ==
        "zip entry \"link\": it is a symbolic link with too long a target");
  for (const char* target : {"a", "d/../x", "../x", "../e/f", "./x", ".."}) {
    CAPTURE(target);
    const bool behind = std::string(target) == "d/../x";
    CHECK((refused(raw_zip({{"d/link", target, kLink}})) == "taken") == !behind);
  }
}

TEST_CASE("what is ambiguous, special or packed in secret is refused") {
  CHECK(refused(raw_zip({{"a", "x"}, {"a", "y"}})) == "zip entry \"a\": it comes twice");
  CHECK(refused(raw_zip({{"a", "x"}, {"a/", "", 040755}})) == "zip entry \"a\": it comes twice");
  CHECK(refused(raw_zip({{"a", "x"}, {"a/b/c", "x"}})) ==
        "zip entry \"a/b/c\": it lies below a, which is no directory");
  CHECK(refused(raw_zip({{"pipe", "", 0010644}})) ==
        "zip entry \"pipe\": it is neither a file, a directory nor a symbolic link");
  CHECK(refused(raw_zip({{"disk", "", 0060644}})).find("neither a file") != std::string::npos);
  CHECK(refused(raw_zip({{"a", "x", 0100644, 3, 1}})) == "zip entry \"a\": it is encrypted");
  CHECK(refused(raw_zip({{"a", "x", 0100644, 3, 0, 14}})) ==
        "zip entry \"a\": it is packed in a way that few programs know");
}

TEST_CASE("limits hold before anything is unpacked") {
  CHECK(refused(raw_zip({{"a", "x"}, {"b", "x"}, {"c", "x"}}), {.max_entries = 2}) ==
        "this is no zip that can be used: 3 entries, more than 2");
  CHECK(refused(raw_zip({{"a", "123456"}, {"b", "123456"}}), {.max_size = 11}) ==
        "this is no zip that can be used: unpacked it has more than 11 bytes");
  RawEntry bomb{"bomb", "tiny", 0100644, 3, 0, 8};
  bomb.claimed_size = 1 << 20;
  CHECK(refused(raw_zip({bomb})) == "zip entry \"bomb\": it claims to hold more than it can");
  const auto zeros = codec::write_zip({{"zeros", 0644, std::string(20'000'000, '\0')}}).value();
  CHECK(refused(zeros) == "taken");
  CHECK(refused(zeros, {.max_size = 19'999'999}).find("more than 19999999 bytes") != std::string::npos);
}

TEST_CASE("contents that are not what the zip says are refused when they are read") {
  RawEntry damaged{"a", "hello"};
  damaged.wrong_checksum = true;
  const std::string zip = raw_zip({damaged});
  const auto reader = ZipReader::open(zip);
  REQUIRE(reader);
  const auto contents = reader->read(reader->entries()[0]);
  REQUIRE(!contents);
  CHECK(contents.error().message == "zip entry \"a\": CRC error");

  std::string deflated = codec::write_zip({{"a", 0644, std::string(1000, 'x') + std::string(1000, 'y')}}).value();
  deflated[35] = static_cast<char>(deflated[35] ^ 0x55);
  const auto broken = ZipReader::open(deflated);
  REQUIRE(broken);
  CHECK(!broken->read(broken->entries()[0]));
}

TEST_CASE("what is no zip, or half of one, is refused") {
  const auto zip = codec::write_zip({{"a", 0644, "hello"}, {"b", 0644, "world"}}).value();
  CHECK(refused("").find("this is no zip that can be used: ") == 0);
  CHECK(refused("hello, this is no zip").find("this is no zip that can be used: ") == 0);
  for (std::size_t size = 0; size < zip.size(); ++size) CHECK(refused(zip.substr(0, size)) != "taken");
}
