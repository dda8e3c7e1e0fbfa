#include "aws/credentials/command_line.h"

#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace cloudkit;
using nlohmann::json;
using Words = std::vector<std::string>;

namespace {

Words split(std::string_view command) { return aws::split_command(command).value(); }

std::string command_problem(std::string_view command) {
  const auto words = aws::split_command(command);
  REQUIRE_FALSE(words);
  CHECK(words.error().code == ErrorCode::invalid_argument);
  return words.error().message;
}

}  // namespace

TEST_CASE("commands are split as the vectors say") {
  const json vectors = json::parse(read_test_data("hostile/credential-process.json"));
  int cases = 0;
  for (const json& test : vectors.at("split")) {
    const auto command = test.at("command").get<std::string>();
    CAPTURE(command);
    if (test.contains("argv")) {
      CHECK(split(command) == test.at("argv").get<Words>());
    } else {
      CHECK(command_problem(command).find(test.at("error").get<std::string>()) != std::string::npos);
    }
    ++cases;
  }
  CHECK(cases == 11);
}

TEST_CASE("quotes join what stands beside them") {
  CHECK(split("a'b c'd\"e f\"") == Words{"ab cde f"});
  CHECK(split("''") == Words{""});
  CHECK(split("a '' b") == Words{"a", "", "b"});
  CHECK(split("'\"' \"'\"") == Words{"\"", "'"});
  CHECK(split(" \t a \r\n b\n") == Words{"a", "b"});
}

TEST_CASE("a backslash makes the next character literal, in double quotes only some") {
  CHECK(split(R"(a\"b \\ \')") == Words{"a\"b", "\\", "'"});
  CHECK(split(R"("a\"b\\c\$d\`e")") == Words{"a\"b\\c$d`e"});
  CHECK(split(R"("C:\dir\n")") == Words{R"(C:\dir\n)"});
  CHECK(split(R"('a\b')") == Words{R"(a\b)"});
}

TEST_CASE("what a shell would expand stays text") {
  CHECK(split("prog $HOME ~ * ${x} # y & z") == Words{"prog", "$HOME", "~", "*", "${x}", "#", "y", "&", "z"});
}

TEST_CASE("a command that is not whole is refused, and not shown") {
  CHECK(command_problem("prog SECRET\\") == "the command ends in a backslash");
  CHECK(command_problem("prog 'SECRET") == "the command has an unterminated quote");
  CHECK(command_problem("prog \"SECRET\\\"") == "the command has an unterminated quote");
  CHECK(command_problem(std::string_view("a\0b", 3)) == "the command has a NUL");
  CHECK(command_problem(" \n ") == "the command is empty");
}

TEST_CASE("a huge command is split in linear time") {
  const std::string word(1 << 20, 'x');
  CHECK(split("'" + word + "' \"" + word + "\" " + word).size() == 3);
  CHECK(split(std::string(1 << 20, ' ') + "a").size() == 1);
}
