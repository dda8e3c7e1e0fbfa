#include "codec/json_file.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using codec::find_place;
using codec::JsonPlace;
using codec::JsonValue;

namespace {

std::string file_problem(std::string_view text, const codec::JsonLimits& limits = {}) {
  const Result<JsonValue> value = codec::parse_json_file(text, "a.json", limits);
  if (value) return "no error";
  CHECK(value.error().code == ErrorCode::invalid_argument);
  return value.error().message;
}

constexpr std::string_view kText = R"({
  "skipped": {"deep": [{"x": "} ] \" "}, [], -1.5e3, true]},
  "list": [
    "one",
    {"näme/~": 1, "last": null}
  ],
  "": {"\u0061b": {}}
})";

}  // namespace

TEST_CASE("a member begins with its name, and an item with itself") {
  REQUIRE(JsonValue::parse(kText));
  CHECK(find_place(kText, {}) == JsonPlace{1, 1});
  CHECK(find_place(kText, {"skipped"}) == JsonPlace{2, 3});
  CHECK(find_place(kText, {"skipped", "deep", "3"}) == JsonPlace{2, 54});
  CHECK(find_place(kText, {"list", "0"}) == JsonPlace{4, 5});
  CHECK(find_place(kText, {"list", "1", "näme/~"}) == JsonPlace{5, 6});
  CHECK(find_place(kText, {"list", "1", "last"}) == JsonPlace{5, 19});
  CHECK(find_place(kText, {"", "ab"}) == JsonPlace{7, 8});
}

TEST_CASE("what is not there has no place") {
  CHECK_FALSE(find_place(kText, {"x"}));
  CHECK_FALSE(find_place(kText, {"list", "2"}));
  CHECK_FALSE(find_place(kText, {"list", "00"}));
  CHECK_FALSE(find_place(kText, {"list", "0", "x"}));
  CHECK_FALSE(find_place(kText, {"", "ab", "c"}));
  for (const char* broken : {"", "{", "{\"a", "{\"a\"", "{\"a\\", "{\"a\":", "[", "[1,", "]", "{\"b\":]}", "{\"b\"]"}) {
    CHECK_FALSE(find_place(broken, {"a", "0"}));
    CHECK_FALSE(find_place(broken, {"1"}));
  }
}

TEST_CASE("a path is written as a JSON pointer") {
  CHECK(codec::to_pointer({}) == "");
  CHECK(codec::to_pointer({"a/b", "0", "~", ""}) == "/a~1b/0/~0/");
}

TEST_CASE("what is no JSON is refused at its line and column") {
  CHECK(file_problem("{\n  \"ä\": ?}") == "a.json:2:8: not JSON: unexpected text");
  CHECK(file_problem("{\"a\": 1,}") == "a.json:1:9: not JSON: unexpected text");
  CHECK(file_problem("// main.tf\n{}") == "a.json:1:1: not JSON: unexpected text");
  CHECK(file_problem("{\"a\": 1} x") == "a.json:1:10: not JSON: unexpected text");
  CHECK(file_problem(std::string_view("{}\n\0", 4)) == "a.json:2:1: not JSON: a NUL");
  CHECK(file_problem("{\"a\": 1e999}") == "a.json:1:11: the JSON has a number too large");
  CHECK(file_problem("\xEF\xBB\xBF{}") == "a.json:1:1: a byte order mark, which JSON has not");
  CHECK(file_problem(" \n ") == "a.json:1:1: the file is empty where JSON was expected");
  CHECK(file_problem("{\"a\": \"x") == "a.json: the JSON is cut off");
}

TEST_CASE("a name that is given twice is named where it stands the second time") {
  CHECK(file_problem("{\"a\": {\"b\": 1},\n \"c\": [{\"a\": \"a\"}],\n \"\\u0061\": 2}") ==
        "a.json:3:2: the name \"a\" is given twice");
  CHECK(file_problem("[{\"a\": 1}, {\"a\": 2}, \"a\", \"a\"]") == "no error");
}

TEST_CASE("bounds hold") {
  CHECK(file_problem("[1, 2]", {.max_size = 5}) == "a.json: the JSON has 6 bytes; the limit is 5");
  CHECK(file_problem("[[1]]", {.max_depth = 1}) == "a.json: the JSON is nested deeper than 1 levels");
}
