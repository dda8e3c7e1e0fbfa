#include "faults/scripted_server.h"
#include "program.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

namespace {

struct Fixture {
  test::TemporaryDirectory directory;
  std::string home = directory.path();
  std::string files = home + "/files";
  Fixture() {
    std::filesystem::create_directories(files + "/below");
    std::ofstream(files + "/one.txt") << "twelve bytes";
    std::ofstream(files + "/below/two.txt") << "of two files";
  }
  examples::Outcome quickstart(const std::string& arguments) const {
    return examples::run(home, "", QUICKSTART_PROGRAM " " + arguments);
  }
};

bool has(const examples::Outcome& outcome, const std::string& text) {
  return outcome.output.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "each step says what it did, in less than 30 lines") {
  for (const std::string& url : {std::string("mem://quickstart"), "file://" + home + "/objects"}) {
    const auto outcome = quickstart(url + " " + files);
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(std::count(outcome.output.begin(), outcome.output.end(), '\n') < 30);
    CHECK(outcome.output.starts_with("cloudkit quickstart on " + url + "\n"));
    CHECK(has(outcome, "put            2 files, 24 bytes "));
    CHECK(has(outcome, "list           2 keys, 24 bytes, in byte order "));
    CHECK(has(outcome, "read a range   the first 12 of 12 bytes of "));
    CHECK(has(outcome, "download       2 files, every byte the same "));
    CHECK(has(outcome, "condition      a second \"only if absent\" put is refused "));
    CHECK(has(outcome, "remove         3 objects "));
    CHECK(has(outcome, "an error, on purpose:"));
    CHECK(has(outcome, "\n  hint: known are: "));
    CHECK(has(outcome, "\nnext: ./quickstart file:///tmp/objects\n"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a directory that is not there, or has no files, is an error with a hint") {
  const auto missing = quickstart("mem://quickstart " + home + "/nothing");
  CHECK(missing.output == "no files below " + home +
                              "/nothing: No such file or directory\n  hint: name a directory that has some: quickstart "
                              "mem://quickstart DIR\n");
  CHECK(missing.exit_code == 3);
  std::filesystem::create_directory(home + "/empty");
  const auto empty = quickstart("mem://quickstart " + home + "/empty");
  CHECK(empty.output.starts_with("no files below " + home + "/empty\n  hint: "));
  CHECK(empty.exit_code == 3);
}

TEST_CASE_FIXTURE(Fixture, "help is help, and no option is taken for a URL") {
  const auto help = quickstart("--help");
  CHECK(help.output.starts_with("usage: quickstart [URL] [DIR]\n"));
  CHECK(help.exit_code == 0);
  CHECK(quickstart("--nonsense").exit_code == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "files of any name do not meet the walk's own objects, and names that no store takes are told") {
  std::ofstream(files + "/lock") << "mine";
  std::ofstream(files + "/latin-\xe9") << "1";
  for (const std::string& url : {std::string("mem://quickstart"), "file://" + home + "/objects"}) {
    const auto outcome = quickstart(url + " " + files);
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
    CHECK(has(outcome, "put            3 files, 28 bytes, 1 names refused "));
    CHECK(has(outcome, "remove         4 objects "));
  }
}

TEST_CASE_FIXTURE(Fixture, "what was put is removed also after a failure and after SIGTERM") {
  for (const bool fails : {true, false}) {
    faults::ScriptedServer server;
    std::atomic<int> puts{0};
    std::atomic<int> removals{0};
    const auto put = faults::reply(200, "", "ETag: \"e\"\r\n");
    server.answer([&](const std::string& head) -> std::optional<faults::Script> {
      if (head.starts_with("PUT /bucket?") || head.starts_with("PUT /bucket ")) return put;
      if (head.starts_with("PUT ") && ++puts == 1) return put;
      if (head.starts_with("PUT ")) return fails ? faults::Script(faults::reply(403)) : faults::Script{faults::stall()};
      if (head.starts_with("DELETE ") && ++removals > 0) return faults::reply(204);
      const std::string prefix = head.substr(head.find("prefix=quickstart-") + 7, 30);
      return faults::reply(200, "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>" +
                                    prefix.substr(0, prefix.find_first_of("%& ")) +
                                    "/files/one.txt</Key><LastModified>2026-11-27T10:00:00.000Z</LastModified>"
                                    "<Size>12</Size></Contents></ListBucketResult>");
    });
    const auto outcome = examples::run_until_sigterm(
        home, "AWS_ACCESS_KEY_ID=AKIAFORQUICKSTART AWS_SECRET_ACCESS_KEY=cktest-quickstart-7d21 ",
        QUICKSTART_PROGRAM " 's3://bucket?endpoint=http://" + server.host() + "' " + files,
        [&](const std::string&) { return !fails && puts >= 2; });
    CHECK_MESSAGE(outcome.exit_code == (fails ? 4 : 130), outcome.output);
    CHECK(puts >= 2);
    CHECK(removals == 1);
    CHECK(has(outcome, "remove         1 objects "));
  }
}
