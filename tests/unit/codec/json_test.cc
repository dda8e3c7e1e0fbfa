#include "codec/json.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace cloudkit;
using codec::JsonLimits;
using codec::JsonValue;
using codec::JsonWriter;

namespace {

JsonValue read(std::string_view text) {
  Result<JsonValue> value = JsonValue::parse(text);
  REQUIRE_MESSAGE(value.has_value(), value.error().message);
  return *value;
}

std::string problem_of(std::string_view text, const JsonLimits& limits = {}) {
  const Result<JsonValue> value = JsonValue::parse(text, limits);
  if (value) return "no error";
  CHECK(value.error().code == ErrorCode::unknown);
  return value.error().message;
}

std::string problem_of(JsonWriter writer) {
  const Result<std::string> text = writer.finish();
  if (text) return "no error";
  CHECK(text.error().code == ErrorCode::invalid_argument);
  return text.error().message;
}

}  // namespace

TEST_CASE("members are found by name") {
  const JsonValue json =
      read(R"({"Version": 1, "Credentials": {"Token": "t\u00e4\n\"", "Empty": ""}, "ok": true, "no": null})");
  CHECK(json.is_object());
  CHECK(json.find("Version").as_u64() == 1);
  CHECK(json.find("Credentials").find("Token").as_string() == "t\xC3\xA4\n\"");
  CHECK(json.find("Credentials").find("Empty").as_string() == "");
  CHECK(json.find("ok").as_bool() == true);
  CHECK(json.contains("no"));
  CHECK(json.find("no").is_null());
  std::string names;
  for (const auto& member : json.members()) names += member.name + ",";
  CHECK(names == "Credentials,Version,no,ok,");
}

TEST_CASE("what is missing or of another kind reads as nothing") {
  const JsonValue json = read(R"({"a": [1, "x"], "s": "1"})");
  CHECK_FALSE(json.contains("b"));
  CHECK(json.find("b").find("c").is_null());
  CHECK_FALSE(json.find("b").find("c").as_string());
  CHECK_FALSE(json.find("s").as_u64());
  CHECK_FALSE(json.find("s").as_bool());
  CHECK_FALSE(json.find("s").as_double());
  CHECK_FALSE(json.find("a").as_string());
  CHECK(json.find("a").find("x").is_null());
  CHECK(json.items().empty());
  CHECK(json.find("a").members().empty());
  CHECK(JsonValue().is_null());
}

TEST_CASE("arrays keep their order") {
  const JsonValue json = read("[1, [2, []], {\"x\": [3]}]");
  REQUIRE(json.items().size() == 3);
  CHECK(json.items()[0].as_u64() == 1);
  CHECK(json.items()[1].items()[0].as_u64() == 2);
  CHECK(json.items()[1].items()[1].is_array());
  CHECK(json.items()[2].find("x").items()[0].as_u64() == 3);
}

TEST_CASE("a value outlives its text and its source") {
  JsonValue copy;
  {
    std::string text = R"({"k": ["v"]})";
    const JsonValue original = read(text);
    text.assign(text.size(), '#');
    copy = original;
  }
  CHECK(copy.find("k").items()[0].as_string() == "v");
}

TEST_CASE("integers are exact or nothing") {
  CHECK(read("18446744073709551615").as_u64() == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(read("18446744073709551615").as_i64());
  CHECK_FALSE(read("18446744073709551616").as_u64());
  CHECK(read("18446744073709551616").as_double() == 18446744073709551616.0);
  CHECK(read("9223372036854775807").as_i64() == std::numeric_limits<std::int64_t>::max());
  CHECK(read("-9223372036854775808").as_i64() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(read("-9223372036854775809").as_i64());
  CHECK_FALSE(read("-1").as_u64());
  CHECK(read("-1").as_double() == -1.0);
  CHECK_FALSE(read("1.0").as_u64());
  CHECK_FALSE(read("1e3").as_u64());
  CHECK(read("1.5e3").as_double() == 1500.0);
  CHECK(problem_of("[1e999]") == "the JSON has a number too large at byte 6");
  CHECK(problem_of("01") != "no error");
  CHECK(problem_of("NaN") != "no error");
}

TEST_CASE("what is not one whole JSON value is refused by name") {
  CHECK(problem_of("") == "the reply is empty where JSON was expected");
  CHECK(problem_of(" \n") == "the reply is empty where JSON was expected");
  CHECK(problem_of("<html/>").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("{} x").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("{}{}").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("{\"a\":1,}").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("[1 2]").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("{'a':1}").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("// c\n{}").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of("\"a\nb\"").rfind("not JSON: ", 0) == 0);
  CHECK(problem_of(R"("\ud800")").rfind("not JSON: ", 0) == 0);
  for (const char* bytes : {"\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"", "\"\xC0\xAF\"", "{\"\xF5\":1}"}) {
    CHECK(problem_of(bytes).rfind("not JSON: ", 0) == 0);
  }
}

TEST_CASE("a NUL does not hide what follows it") {
  CHECK(problem_of(std::string_view("{}\0{", 4)) == "not JSON: a NUL at byte 3");
  CHECK(codec::is_json("{}"));
  CHECK_FALSE(codec::is_json(std::string_view("{}\0{", 4)));
  CHECK(problem_of(std::string_view("\"a\0b\"", 5)) == "not JSON: a NUL at byte 3");
  CHECK(read(R"("a\u0000b")").as_string() == std::string_view("a\0b", 3));
}

TEST_CASE("every cut of a reply is refused") {
  const std::string whole = R"({"a": [1, true, null, "x\u00e4"], "b": {"c": -2.5e-3}})";
  REQUIRE(problem_of(whole) == "no error");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(problem_of(whole.substr(0, length)) == "the JSON is cut off");
  }
}

TEST_CASE("a name given twice is refused") {
  CHECK(problem_of(R"({"a":1,"b":2,"a":3})") == "the JSON gives the same name twice in an object");
  CHECK(problem_of(R"({"a":1,"\u0061":1})") == "the JSON gives the same name twice in an object");
  CHECK(problem_of(R"([{"a":1},{"a":{"a":1}}])") == "no error");
}

TEST_CASE("no error shows the text") {
  for (const char* text :
       {R"({"SecretAccessKey": "hunter2" oops})", R"({"hunter2": 1, "hunter2": 2})", R"({"k": "hunter2)", "hunter2"}) {
    const Result<JsonValue> value = JsonValue::parse(text);
    REQUIRE_FALSE(value);
    CHECK(value.error().to_string().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("depth bombs are refused at the limit, however deep") {
  for (const char* level : {"[", "{\"a\":", "[{\"a\":"}) {
    std::string bomb;
    while (bomb.size() < 8'000'000) bomb += level;
    CHECK(problem_of(bomb, {.max_size = 16'000'000}) == "the JSON is nested deeper than 64 levels");
  }
  CHECK(problem_of(std::string(64, '[') + std::string(64, ']')) == "no error");
  CHECK(problem_of(std::string(65, '[') + std::string(65, ']')) == "the JSON is nested deeper than 64 levels");
}

TEST_CASE("size and count have limits") {
  CHECK(problem_of(std::string((1 << 20) + 1, ' ')) == "the JSON has 1048577 bytes; the limit is 1048576");
  std::string many = "[";
  for (int i = 0; i < 200'000; ++i) many += "{},";
  CHECK(problem_of(many) == "the JSON has more than 100000 values");
  const JsonLimits three{.max_values = 3};
  CHECK(problem_of("[1,2]", three) == "no error");
  CHECK(problem_of("[1,2,3]", three) == "the JSON has more than 3 values");
}

TEST_CASE("a byte order mark is skipped") { CHECK(read("\xEF\xBB\xBF{\"a\":1}").find("a").as_u64() == 1); }

TEST_CASE("the writer puts commas, colons and escapes") {
  JsonWriter writer;
  writer.begin_object();
  writer.name("s").string("a\"b\\c\n\r\t\x01\x7F\xC3\xA4/");
  writer.name("list").begin_array().number(1).number(-2).number(0.1).boolean(false).null().end_array();
  writer.name("max").number(std::numeric_limits<std::uint64_t>::max());
  writer.name("o").begin_object().end_object().name("a").begin_array().end_array();
  writer.end_object();
  const auto text = writer.finish();
  REQUIRE(text);
  CHECK(*text ==
        "{\"s\":\"a\\\"b\\\\c\\n\\r\\t\\u0001\x7F\xC3\xA4/\",\"list\":[1,-2,0.1,false,null],"
        "\"max\":18446744073709551615,\"o\":{},\"a\":[]}");
}

TEST_CASE("what the writer writes reads back as it was") {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all.push_back(static_cast<char>(c));
  all += "\xE6\x97\xA5\xF0\x9F\x98\x80";
  JsonWriter writer;
  writer.begin_array().string(all).number(1.0 / 3).number(std::numeric_limits<std::int64_t>::min()).end_array();
  const auto text = writer.finish();
  REQUIRE(text);
  const JsonValue json = read(*text);
  CHECK(json.items()[0].as_string() == all);
  CHECK(json.items()[1].as_double() == 1.0 / 3);
  CHECK(json.items()[2].as_i64() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("the writer never gives out what is not JSON") {
  CHECK(problem_of(JsonWriter()) == "cannot write JSON: no value at all");
  CHECK(problem_of(JsonWriter().number(1).number(2)) == "cannot write JSON: a second value after the whole document");
  CHECK(problem_of(JsonWriter().begin_array()) == "cannot write JSON: an array or object without its end");
  CHECK(problem_of(JsonWriter().begin_array().end_object()) ==
        "cannot write JSON: an end that does not belong to the innermost array or object");
  CHECK(problem_of(JsonWriter().end_array()) ==
        "cannot write JSON: an end that does not belong to the innermost array or object");
  CHECK(problem_of(JsonWriter().begin_object().number(1)) == "cannot write JSON: a value without a name in an object");
  CHECK(problem_of(JsonWriter().begin_object().name("a").end_object()) ==
        "cannot write JSON: an end that does not belong to the innermost array or object");
  CHECK(problem_of(JsonWriter().begin_object().name("a").name("b")) == "cannot write JSON: a name where none belongs");
  CHECK(problem_of(JsonWriter().begin_array().name("a")) == "cannot write JSON: a name where none belongs");
  CHECK(problem_of(JsonWriter().string("\xFF")) == "cannot write JSON: a text that is not UTF-8");
  CHECK(problem_of(JsonWriter().number(std::numeric_limits<double>::infinity())) ==
        "cannot write JSON: a number that is not finite");
}

TEST_CASE("what was read is written again") {
  for (const char* text : {"null", "true", "-1", "18446744073709551615", "0.5", R"("a\"b")", "[]", "{}",
                           R"({"a":[1,{"b":null}],"c":"d"})"}) {
    CAPTURE(text);
    CHECK(JsonWriter().value(JsonValue::parse(text).value()).finish().value() == text);
  }
}

TEST_CASE("for people each value has a line") {
  JsonWriter writer(2);
  writer.begin_object().name("a").begin_array().number(1).begin_object().end_object().end_array().name("b").string("x");
  writer.name("c").begin_object().name("d").begin_array().end_array().end_object().end_object();
  CHECK(writer.finish().value() ==
        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\",\n  \"c\": {\n    \"d\": []\n  }\n}");
}
