#include <cloudkit/cloud_init.h>
#include <doctest/doctest.h>

#include <random>

using namespace cloudkit;

TEST_CASE("a report names the steps, in whatever output it stands") {
  const auto report = parse_report(
      "Welcome!\nok, that is not a step\nok neither\n"
      "cloudkit: 5 steps\r\n"
      "ok package nginx\r\n"
      "changed file /etc/a b\n"
      "skipped service x: no systemctl: none\n"
      "failed command y: exit code 1; a: b\n"
      "noise\n"
      "cloudkit: 1 ok, 1 changed, 1 skipped, 1 failed, 1 not run\n"
      "ok what comes behind it\n");
  REQUIRE(report);
  CHECK(report->ok == std::vector<std::string>{"package nginx"});
  CHECK(report->changed == std::vector<std::string>{"file /etc/a b"});
  CHECK(report->skipped == std::vector<StepProblem>{{"service x", "no systemctl: none"}});
  CHECK(report->failed == std::vector<StepProblem>{{"command y", "exit code 1; a: b"}});
  CHECK(report->not_run == 1);
  CHECK(!report->succeeded());
}

TEST_CASE("of several reports the last one counts: a console keeps them all") {
  const std::string once = "cloudkit: 1 steps\nok a\ncloudkit: 1 ok, 0 changed, 0 skipped, 0 failed, 0 not run\n";
  const auto report =
      parse_report(once + "cloudkit: 1 steps\nchanged a\ncloudkit: 0 ok, 1 changed, 0 skipped, 0 failed, 0 not run");
  REQUIRE(report);
  CHECK(report->changed.size() == 1);
  CHECK(report->ok.empty());
  CHECK(!parse_report(once + "cloudkit: 1 steps\nchanged a\n"));
}

TEST_CASE("a report that is cut is no report") {
  for (const std::string_view output :
       {"", "ok a\n", "ok a\ncloudkit: 1 ok, 0 changed, 0 skipped, 0 failed, 0 not run\n",
        "cloudkit: 0 steps\ncloudkit: 0 ok, 0 changed, 0 skipped, 0 failed, 99999999999999999999 not run\n",
        "cloudkit: 2 steps\nok a\n", "cloudkit: 2 steps\nok a\nok b\ncloudkit: 2 ok, 0 changed",
        "cloudkit: 2 ok, 0 changed, 0 skipped, 0 failed, 0 not\n",
        "cloudkit: x ok, 0 changed, 0 skipped, 0 failed, 0 not run\n"}) {
    const auto report = parse_report(output);
    REQUIRE(!report);
    CHECK(report.error().code == ErrorCode::data_loss);
    CHECK(report.error().message == "the steps' report has no beginning or no end");
    CHECK(report.error().hint == "the script was stopped, or its output was cut; run it again");
  }
  const auto mixed =
      parse_report("cloudkit: 2 steps\nok a\ncloudkit: 2 ok, 0 changed, 0 skipped, 0 failed, 0 not run\n");
  REQUIRE(!mixed);
  CHECK(mixed.error().message == "the steps' report counts other steps than it has");
}

TEST_CASE("whatever a machine says, a report is whole or refused") {
  const std::string whole =
      "cloudkit: 4 steps\nok a\nchanged b: c\nskipped d: e\nfailed f: g: h\n"
      "cloudkit: 1 ok, 1 changed, 1 skipped, 1 failed, 0 not run\n";
  REQUIRE(parse_report(whole));
  std::minstd_rand random(26);
  for (int i = 0; i < 20000; ++i) {
    std::string text = whole + whole;
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text.resize(at); break;
        case 1: text.erase(at, random() % 40); break;
        default: text[at] = static_cast<char>(random() % 256);
      }
      if (text.empty()) break;
    }
    const auto report = parse_report(text);
    if (!report) CHECK(report.error().code == ErrorCode::data_loss);
    if (report) CHECK((report->not_run >= 0 && report->not_run <= 1'000'000));
  }
}
