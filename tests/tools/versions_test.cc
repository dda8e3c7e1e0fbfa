#include "tools/s3_server.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>

using namespace test;

namespace {

// A bucket with versions: of "a" a newest and an older one, and "gone", which was removed.
struct WithVersions : ProgramWithServer {
  WithVersions() {
    server.answer([](const std::string& head) -> std::optional<faults::Script> {
      if (head.starts_with("DELETE ")) return faults::Script(faults::reply(204));
      if (contains(head, "?versions") || contains(head, "&versions"))
        return faults::Script(faults::reply(200, listing()));
      if (contains(head, "versionId=v1")) return faults::Script(object_reply("old!"));
      if (contains(head, "versionId=")) return faults::Script(error_reply(404, "NoSuchVersion", "There is none"));
      return faults::Script(object_reply("new!"));
    });
  }
  static std::string listing() {
    const auto entry = [](const char* tag, const char* key, const char* id, bool latest, const char* more) {
      return std::string("<") + tag + "><Key>" + key + "</Key><VersionId>" + id + "</VersionId><IsLatest>" +
             (latest ? "true" : "false") + "</IsLatest><LastModified>2026-11-23T01:00:00.000Z</LastModified>" + more +
             "</" + tag + ">";
    };
    const char* const bytes = "<ETag>\"e\"</ETag><Size>4</Size>";
    return "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>" +
           entry("Version", "a", "v2", true, bytes) + entry("Version", "a", "v1", false, bytes) +
           entry("DeleteMarker", "gone", "m1", true, "") + entry("Version", "gone", "g1", false, bytes) +
           "</ListVersionsResult>";
  }
  std::vector<std::string> removals() const {
    std::vector<std::string> removed;
    for (const std::string& request : server.requests()) {
      if (request.starts_with("DELETE ")) removed.push_back(request.substr(7, request.find(" HTTP") - 7));
    }
    std::sort(removed.begin(), removed.end());
    return removed;
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithVersions, "ls --versions shows every version by its id, and what was removed") {
  auto outcome = run({"ls", "--versions", "-s", s3("reports")});
  CHECK(outcome.out ==
        "2026-11-23T01:00:00Z             4  v2  a\n"
        "2026-11-23T01:00:00Z             4  v1  a\n"
        "2026-11-23T01:00:00Z       removed  m1  gone\n"
        "2026-11-23T01:00:00Z             4  g1  gone\n"
        "total                           12  in 4 versions, 0 prefixes\n");
  CHECK(outcome.exit_code == 0);
  outcome = run({"ls", "--versions", "--json", s3("reports")});
  std::istringstream lines(outcome.out);
  std::vector<nlohmann::json> entries;
  for (std::string line; std::getline(lines, line);) entries.push_back(nlohmann::json::parse(line));
  REQUIRE(entries.size() == 4);
  CHECK(entries[0]["version"] == "v2");
  CHECK(entries[0]["latest"] == true);
  CHECK(entries[1]["latest"] == false);
  CHECK(entries[2]["removed"] == true);
  CHECK(run({"ls", "--versions", "s3://"}).exit_code == 2);
  CHECK(run({"ls", "--versions", s3("reports/*.txt")}).exit_code == 2);
}

TEST_CASE_FIXTURE(WithVersions, "an earlier version is read and copied by its id") {
  CHECK(run({"cat", "--version-id", "v1", s3("reports/a")}).out == "old!");
  CHECK(run({"cat", s3("reports/a")}).out == "new!");
  CHECK(run({"cat", "--version-id", "v9", s3("reports/a")}).exit_code == 3);
  std::filesystem::create_directory(path("there"));
  CHECK(run({"cp", "--version-id", "v1", s3("reports/a"), "down"}).exit_code == 0);
  CHECK(read("work/down") == "old!");
  CHECK(run({"cp", "--version-id", "v1", s3("reports/a"), url("there/")}).exit_code == 0);
  CHECK(read("there/a") == "old!");
  CHECK(run({"cp", "--version-id", "v1", s3("reports/a"), s3("reports/a")}).exit_code == 0);
  CHECK(contains(server.requests().back(), "old!"));
}

TEST_CASE_FIXTURE(WithVersions, "versions are removed for good, one by its id or all below a prefix") {
  CHECK(run({"rm", "-n", "--version-id", "v1", s3("reports/a")}).out.ends_with("/a (version v1)\n"));
  CHECK(removals().empty());
  CHECK(run({"rm", "--version-id", "v1", s3("reports/a")}).exit_code == 0);
  CHECK(removals() == std::vector<std::string>{"/reports/a?versionId=v1"});
  const auto outcome = run({"rm", "-r", "--versions", s3("reports")});
  CHECK(contains(outcome.out, "removed 4 versions; 0 failed\n"));
  CHECK(removals() == std::vector<std::string>{"/reports/a?versionId=v1", "/reports/a?versionId=v1",
                                               "/reports/a?versionId=v2", "/reports/gone?versionId=g1",
                                               "/reports/gone?versionId=m1"});
}

TEST_CASE_FIXTURE(WithVersions, "a version's id is of one object") {
  for (const Words& words : {Words{"cat", s3("reports/a"), s3("reports/b")},
                             {"cat", s3("reports/*")},
                             {"cp", s3("reports/*"), "."},
                             {"cp", "-r", s3("reports"), "."},
                             {"cp", "file", s3("reports/a")},
                             {"rm", s3("reports/a"), s3("reports/b")},
                             {"rm", "-r", s3("reports")}}) {
    Words whole = words;
    whole.insert(whole.begin() + 1, {"--version-id", "v1"});
    CAPTURE(whole);
    const auto outcome = run(whole);
    CHECK(contains(outcome.err, "--version-id is of one object\n"));
    CHECK(outcome.exit_code == 2);
  }
  CHECK(contains(run({"rm", "--versions", s3("reports/a")}).err, "--versions needs -r"));
  CHECK(removals().empty());
}
