#include "support/contains.h"

#include <cloudkit/stack_types.h>
#include <doctest/doctest.h>

using namespace cloudkit;
using ::test::contains;

namespace {

StackPlan plan() {
  StackPlan made;
  made.stack = "web";
  made.lineage = "0011";
  made.serial = 3;
  made.declaration = "abc";
  made.outputs = {{"ip", "(known after apply)"}};
  made.outputs_change = true;
  made.steps.resize(4);
  made.steps[0].address = "key.k";
  made.steps[1] = {
      StackAction::create, "bucket.logs", "", "it is gone", {{"name", std::nullopt, "\"logs\"", false, false}}};
  made.steps[2] = {StackAction::update, "firewall.ssh", "sg-1", "", {{"rules", "[]", "[1]", false, true}}};
  made.steps[3] = {
      StackAction::replace,
      "instance.web",
      "i-1",
      "",
      {{"type", "\"a\x1b[31m\"", "\"b\"", true, false}, {"user_data", "(secret)", std::nullopt, true, false}}};
  return made;
}

}  // namespace

TEST_CASE("a plan as people read it") {
  CHECK(plan().to_text() ==
        "  + create bucket.logs: it is gone\n"
        "      name: \"logs\"\n"
        "  ~ update firewall.ssh (sg-1)\n"
        "      rules: [] -> [1]  # changed by somebody else\n"
        "-/+ replace instance.web (i-1)\n"
        "      type: \"a?[31m\" -> \"b\"  # forces replacement\n"
        "      user_data: (secret) -> (none)  # forces replacement\n"
        "outputs:\n"
        "      ip: (known after apply)\n"
        "Plan: 1 to create, 1 to update, 1 to replace, 0 to remove, 1 unchanged.\n");
  CHECK(contains(plan().to_text(true), "\x1b[32m  + create bucket.logs: it is gone\x1b[0m\n"));
  StackPlan nothing;
  nothing.stack = "web";
  nothing.steps.resize(1);
  CHECK(nothing.to_text() == "No changes: web is as declared.\n");
  CHECK_FALSE(nothing.has_changes());
  StackPlan end;
  end.stack = "web";
  end.destroy = true;
  CHECK(end.to_text() == "Nothing to remove: web has nothing.\n");
}

TEST_CASE("no control character of a service's reaches a terminal, in no part of a plan") {
  StackPlan made = plan();
  made.steps[1].address = "bucket.\x1b[1m";
  made.steps[1].reason = "why\x1b[2m\xC2\x9B";
  made.steps[1].changes[0].attribute = "tags.\x1b]0;title\x07";
  made.steps[1].changes[0].after =
      "\xC2\x9B"
      "31m \xC2\xA7 \xC3\xA4\xC2";
  made.steps[2].changes[0].after =
      "\xC2\x9B"
      "31m \xC2\xA7 \xC3\xA4";
  made.outputs = {{"ip\x1b[3m", "\x7f"}};
  made.protection = {{"key.\x1b[4m", true}};
  const std::string text = made.to_text();
  CHECK(contains(text, "  + create bucket.?[1m: why?[2m?\n      tags.?]0;title?: ??31m ?? ???\n"));
  CHECK(contains(text, "rules: [] -> ?31m § ä  #"));
  CHECK(contains(text, "  ~ protect key.?[4m\noutputs:\n      ip?[3m: ?\n"));
  CHECK_FALSE(contains(text, "\x1b"));
}

TEST_CASE("long values are cut between characters") {
  StackPlan made = plan();
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  made.steps[1].changes[0].after = umlauts;
  const std::string text = made.to_text();
  CHECK(contains(text, umlauts.substr(0, 160) + "…\n"));
}

TEST_CASE("a plan that is kept is the same one") {
  const StackPlan made = plan();
  const std::string json = made.to_json().value();
  const StackPlan read = StackPlan::from_json(json).value();
  CHECK(read.to_json().value() == json);
  CHECK(read.steps == made.steps);
  CHECK(read.outputs == made.outputs);
  CHECK(read.serial == 3);
  CHECK(read.has_changes());
  CHECK(contains(json, R"("has_changes":true)"));
}

TEST_CASE("what is no plan is refused") {
  for (const char* text : {"", "[]", "{}", R"({"format":1})", R"({"format":1,"steps":[{"action":"burn"}]})"}) {
    CAPTURE(text);
    const auto read = StackPlan::from_json(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == ErrorCode::invalid_argument);
    CHECK(contains(read.error().message, "that is no plan of a stack: "));
  }
  CHECK(contains(StackPlan::from_json(R"({"format":2,"steps":[]})").error().message, "the plan has format 2"));
}

TEST_CASE("a report's status is its first failure, with its address") {
  StackReport report;
  report.steps.push_back({StackPhase::done, StackAction::create, "key.k", "k", {}});
  CHECK(report.status().has_value());
  report.steps.push_back({StackPhase::failed, StackAction::update, "key.l", "", Error(ErrorCode::conflict, "no")});
  CHECK(report.status().error().to_string() == "conflict: key.l: no");
  CHECK(report.count(StackAction::create) == 1);
  CHECK(report.count(StackAction::update) == 0);
  CHECK(report.count(StackAction::update, StackPhase::failed) == 1);
}
