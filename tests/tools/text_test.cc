#include "format.h"
#include "json.h"
#include "nearest.h"
#include "progress_text.h"
#include "shell_line.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace cloudkit;
using namespace cloudkit::tool;
using std::chrono::seconds;

TEST_CASE("sizes") {
  CHECK(size_text(0, true) == "0");
  CHECK(size_text(1023, true) == "1023");
  CHECK(size_text(1024, true) == "1.0 KiB");
  CHECK(size_text(1048575, true) == "1.0 MiB");
  CHECK(size_text(UINT64_MAX, true) == "16.0 EiB");
  CHECK(size_text(UINT64_MAX, false) == "18446744073709551615");
}

TEST_CASE("times are UTC, also before 1970") {
  CHECK(utc(TimePoint(seconds(1'764'032'400))) == "2025-11-25T01:00:00Z");
  CHECK(utc(TimePoint(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59Z");
}

TEST_CASE("what is printed cannot move the cursor, forge a line or change colours") {
  CHECK(printable("plain ümlaut 🙂") == "plain ümlaut 🙂");
  CHECK(printable("a\nb\x1b[31m") == "a\\x0ab\\x1b[31m");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");  // CSI as one character
  CHECK(printable("\xff\xc3") == "\\xff\\xc3");
}

TEST_CASE("durations") {
  CHECK(parse_duration("90") == seconds(90));
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("15m") == seconds(900));
  CHECK(parse_duration("7d") == seconds(604'800));
  CHECK(parse_duration("36500d") == seconds(3'153'600'000));
  for (const char* bad : {"", "m", "-1s", "1.5h", "15 m", "15mm", "15x", "99999999999999999999", "36601d", "365000d",
                          "1099511627776d", "1099511627776"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("rates count by 1024, as the AWS CLI and rclone count them") {
  CHECK(parse_rate("1") == 1);
  CHECK(parse_rate("500000") == 500'000);
  CHECK(parse_rate("512K") == 524'288);
  CHECK(parse_rate("10M") == 10'485'760);
  CHECK(parse_rate("10MiB/s") == 10'485'760);
  CHECK(parse_rate("2G") == 2'147'483'648);
  CHECK(parse_rate("100/s") == 100);
  CHECK(parse_rate("17179869183G") == UINT64_MAX - (1ULL << 30) + 1);
  for (const char* bad : {"", "0", "0K", "M", "/s", "iB", "10iB", "10MB", "10Mb", "10m", "1.5M", "-1", "+1", "10 M",
                          "10T", "fast", "17179869184G", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_rate(bad));
  }
}

TEST_CASE("ranges name their last byte, as in HTTP") {
  const auto range = parse_range("10-19");
  REQUIRE(range);
  CHECK(range->offset == 10);
  CHECK(range->length == 10);
  CHECK(parse_range("7-")->length == ByteRange::to_end);
  CHECK(parse_range("-5")->from_end);
  CHECK(parse_range("-5")->offset == 5);
  CHECK(parse_range("0-18446744073709551615")->length == ByteRange::to_end);
  for (const char* bad : {"", "-", "5", "9-5", "a-b", "1-2-3", " 1-2", "0x1-2"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_range(bad));
  }
}

TEST_CASE("JSON that any reader takes, whatever bytes there are") {
  const std::string hostile("\"\\/\b\n\x01\x7f\0é🙂\xff\xc3(\xed\xa0\x80", 20);
  const std::string text = Json()
                               .text("text", hostile)
                               .number("number", UINT64_MAX)
                               .boolean("yes", true)
                               .text_unless_empty("nothing", "")
                               .object("inner", Json())
                               .list("list", {Json().number("a", 1), Json()})
                               .finish();
  const auto read = nlohmann::json::parse(text);
  CHECK(read["text"] == std::string("\"\\/\b\n\x01\x7f\0é🙂", 14) + "\ufffd\ufffd(\ufffd\ufffd\ufffd");
  CHECK(read["number"] == UINT64_MAX);
  CHECK(read["yes"] == true);
  CHECK_FALSE(read.contains("nothing"));
  CHECK(read["inner"] == nlohmann::json::object());
  CHECK(read["list"].dump() == R"([{"a":1},{}])");
  // A terminal obeys U+009B as it does ESC [.
  const std::string c1 = "\u009b2J \u00a0";
  CHECK(Json().text("key", c1).finish().find("\\u009b2J \u00a0") != std::string::npos);
  CHECK(nlohmann::json::parse(Json().text("key", c1).finish())["key"] == c1);
}

TEST_CASE("progress") {
  using std::chrono::milliseconds;
  SyncProgress progress{1, 2, 0, 0};
  CHECK(progress_text(progress, milliseconds(5000)) == "1 of 2 objects");
  progress.total_bytes = 3 << 20;
  CHECK(progress_text(progress, milliseconds(5000)) == "1 of 2 objects, 0 of 3.0 MiB");
  progress.bytes = 1 << 20;
  CHECK(progress_text(progress, milliseconds(2000)) == "1 of 2 objects, 1.0 MiB of 3.0 MiB, 512.0 KiB/s, 4 s left");
  CHECK(progress_text(progress, milliseconds(2000'000)) == "1 of 2 objects, 1.0 MiB of 3.0 MiB, 524/s, 66 min left");
}

TEST_CASE("what was probably meant") {
  const std::vector<std::string> known{"ls", "cp", "mv", "sync", "backup", "restore", "presign"};
  CHECK(nearest("lss", known) == "ls");
  CHECK(nearest("bakcup", known) == "backup");
  CHECK(nearest("presgin", known) == "presign");
  CHECK(nearest("restroe", known) == "restore");
  CHECK(nearest("xy", known).empty());
  CHECK(nearest("list-all-of-it", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(100000, 'l'), known).empty());
}

TEST_CASE("a line for bash is taken apart as bash does it") {
  struct {
    const char* line;
    std::vector<std::string> words;
    const char* last;
    char quote;
  } const cases[] = {
      {"cloudkit ", {"cloudkit"}, "", 0},
      {"cloudkit ls s3://b", {"cloudkit", "ls"}, "s3://b", 0},
      {"cloudkit ls 's3://b/x y", {"cloudkit", "ls"}, "s3://b/x y", '\''},
      {"c \"a b\" \"$x\\\"", {"c", "a b"}, "$x\"", '"'},
      {"c a\\ b", {"c"}, "a b", 0},
      {"c '' x", {"c", ""}, "x", 0},
      {"c a'b'\"c\"d", {"c"}, "abcd", 0},
      {"c a\\", {"c"}, "a\\", 0},
  };
  for (const auto& one : cases) {
    CAPTURE(one.line);
    const ShellLine line = parse_shell_line(one.line);
    CHECK(line.words == one.words);
    CHECK(line.last == one.last);
    CHECK(line.quote == one.quote);
  }
  CHECK(typed("a b$'\"", 0) == "a\\ b\\$\\'\\\"");
  CHECK(typed("a b$'", '\'') == "a b$'\\''");
  CHECK(typed("a b$\"", '"') == "a b\\$\\\"");
  CHECK(typed("s3://b/k-1_2.gz", 0) == "s3://b/k-1_2.gz");
  CHECK(typed("a!!", 0) == "a\\!\\!");
  CHECK(typed("a!!", '\'') == "a!!");
  CHECK_FALSE(typed("a!!", '"'));
  CHECK_FALSE(typed("it's!!", '\''));
  for (const char* one : {"c $'", "c $\"a", "c a$(", "c \"$(", "c `", "c \"`", "c a!", "c \"a!", "c {a"}) {
    CAPTURE(one);
    CHECK(parse_shell_line(one).expands);
  }
  for (const char* one : {"c '$(", "c \\$a", "c \"\\$", "c \"{", "$a b", "c a\\!"}) {
    CAPTURE(one);
    CHECK_FALSE(parse_shell_line(one).expands);
  }
}
