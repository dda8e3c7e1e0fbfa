#include "tools/program.h"

#include <nlohmann/json.hpp>

#include <regex>
#include <sstream>

using namespace test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

struct WithObjects : Program {
  WithObjects() {
    write("bucket/2026/a.txt", "a");
    write("bucket/2026/b/c.bin", std::string(1536, 'c'));
    write("bucket/2027.txt", "seven");
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithObjects, "a bucket up to the next slash, in aligned columns") {
  const auto outcome = run({"ls", url("bucket")});
  const auto lines = lines_of(outcome.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "                            prefix  2026/");
  CHECK(std::regex_match(lines[1], std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ             5  2027\.txt)")));
  CHECK(outcome.exit_code == 0);
}

TEST_CASE_FIXTURE(WithObjects, "everything below, with sizes for people and a total") {
  const auto outcome = run({"ls", "-rHs", url("bucket")});
  const auto lines = lines_of(outcome.out);
  REQUIRE(lines.size() == 4);
  CHECK(contains(lines[0], "Z             1  2026/a.txt"));
  CHECK(contains(lines[1], "Z       1.5 KiB  2026/b/c.bin"));
  CHECK(lines[3] == "total                      1.5 KiB  in 3 objects, 0 prefixes");
}

TEST_CASE_FIXTURE(WithObjects, "JSON: one object a line") {
  const auto lines = lines_of(run({"ls", "-s", "--json", url("bucket")}).out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == R"({"prefix":"2026/"})");
  const auto object = nlohmann::json::parse(lines[1]);
  CHECK(object["key"] == "2027.txt");
  CHECK(object["size"] == 5);
  CHECK(std::regex_match(object["modified"].get<std::string>(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
  CHECK(object["token"] != "");
  CHECK(lines[2] == R"({"total":{"objects":1,"prefixes":1,"bytes":5}})");
}

TEST_CASE_FIXTURE(WithObjects, "an empty bucket is empty, a prefix without keys is not found") {
  fs::create_directory(path("empty"));
  CHECK(run({"ls", url("empty")}).exit_code == 0);
  const auto outcome = run({"ls", url("bucket/2028/")});
  CHECK(outcome.err == "ls " + url("bucket/2028/") + ": not_found: no key begins with \"2028/\"\n");
  CHECK(outcome.exit_code == 3);
  CHECK(run({"ls", "mem://nothing"}).exit_code == 3);
}

TEST_CASE_FIXTURE(WithObjects, "a path here that cannot be a bucket's name") {
  fs::current_path(path("work"));
  CHECK(contains(run({"ls", "-r", "../bucket"}).out, "2026/b/c.bin"));
  CHECK(contains(run({"ls", path("bucket/2026")}).out, "  a.txt\n"));
}

TEST_CASE_FIXTURE(Program, "a name that would move the cursor is shown, not obeyed") {
  write("bucket/a\x1b[2J\nb", "");
  CHECK(contains(run({"ls", url("bucket")}).out, "  a\\x1b[2J\\x0ab\n"));
  const auto json = nlohmann::json::parse(run({"ls", "--json", url("bucket")}).out);
  CHECK(json["key"] == "a\x1b[2J\nb");
}

TEST_CASE_FIXTURE(WithObjects, "stat of an object") {
  auto outcome = run({"stat", url("bucket/2026/b/c.bin")});
  CHECK(
      contains(outcome.out, "url           " + url("bucket/2026/b/c.bin") + "\nsize          1536\nmodified      20"));
  CHECK(contains(outcome.out, "\ntoken         "));
  CHECK(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(run({"stat", "--json", url("bucket/2026/a.txt")}).out);
  CHECK(json["size"] == 1);
  CHECK(json["metadata"] == nlohmann::json::object());
  outcome = run({"stat", url("bucket/nothing")});
  CHECK(contains(outcome.err, "head " + url("bucket/nothing") + ": "));
  CHECK(outcome.exit_code == 3);
}

TEST_CASE_FIXTURE(WithObjects, "stat of a bucket says whether it exists") {
  auto outcome = run({"stat", url("bucket")});
  CHECK(outcome.out == "url     " + url("bucket") + "\nexists  yes\n");
  CHECK(outcome.exit_code == 0);
  outcome = run({"stat", "--json", "mem://nothing"});
  CHECK(outcome.out == "{\"url\":\"mem://nothing\",\"exists\":false}\n");
  CHECK(outcome.exit_code == 3);
}
