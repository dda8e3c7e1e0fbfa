#include "core/cron.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

core::Cron parsed(std::string_view line) {
  auto cron = core::parse_cron(line);
  INFO(line);
  REQUIRE(cron);
  return *cron;
}

Error refused(std::string_view line) {
  auto cron = core::parse_cron(line);
  INFO(line);
  REQUIRE(!cron);
  CHECK(cron.error().code == ErrorCode::invalid_argument);
  return cron.error();
}

}  // namespace

TEST_CASE("lines of cron, and the shortest lines that are the same") {
  const struct {
    const char* line;
    const char* same;
  } cases[] = {
      {"* * * * *", "* * * * *"},
      {"0 1 * * *", "0 1 * * *"},
      {"  00\t01  *  * * ", "0 1 * * *"},
      {"*/15 * * * *", "0-59/15 * * * *"},
      {"0,15,30,45 * * * *", "0-59/15 * * * *"},
      {"*/40 * * * *", "0,40 * * * *"},
      {"5-20/5,1 * * * *", "1,5,10,15,20 * * * *"},
      {"0 9-17 * * mon-fri", "0 9-17 * * 1-5"},
      {"0 0 * JAN,Mar,dec *", "0 0 * 1,3,12 *"},
      {"0 0 * jan-mar/2 *", "0 0 * 1,3 *"},
      {"0 0 1 1 *", "0 0 1 1 *"},
      {"0 0 * * 7", "0 0 * * 0"},
      {"0 0 * * 0", "0 0 * * 0"},
      {"0 0 * * 5-7", "0 0 * * 0,5,6"},
      {"0 0 * * sat-sun", "0 0 * * 0,6"},
      {"0 0 * * mon-sun", "0 0 * * 0-6"},
      {"0 0 * * sun-sun", "0 0 * * 0"},
      {"0 0 * * sun-mon", "0 0 * * 0,1"},
      {"0 0 * * */2", "0 0 * * 0-6/2"},
      {"0 0 1-31 * *", "0 0 1-31 * *"},
      {"0 0 13 * 5", "0 0 13 * 5"},
      {"59 23 31 12 6", "59 23 31 12 6"},
      {"0-59 0-23 * 1-12 *", "* * * * *"},
      {"1,1,1,2-2 * * * *", "1,2 * * * *"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.line);
    CHECK(core::to_string(parsed(each.line)) == each.same);
    CHECK(parsed(each.same) == parsed(each.line));
  }
}

TEST_CASE("what is no line of cron is refused with the field and the rule") {
  const struct {
    const char* line;
    const char* message;
  } cases[] = {
      {"", "cron \"\": 0 fields where five are needed: minute, hour, day of month, month, day of week"},
      {"0 1 * *", "cron \"0 1 * *\": 4 fields where five are needed: minute, hour, day of month, month, day of week"},
      {"60 * * * *", "cron \"60 * * * *\": minute: 60 is not in 0 to 59"},
      {"-1 * * * *", "cron \"-1 * * * *\": minute: \"\" is no number"},
      {"* 24 * * *", "cron \"* 24 * * *\": hour: 24 is not in 0 to 23"},
      {"* * 0 * *", "cron \"* * 0 * *\": day of month: 0 is not in 1 to 31"},
      {"* * 32 * *", "cron \"* * 32 * *\": day of month: 32 is not in 1 to 31"},
      {"* * * 13 *", "cron \"* * * 13 *\": month: 13 is not in 1 to 12"},
      {"* * * * 8", "cron \"* * * * 8\": day of week: 8 is not in 0 to 7"},
      {"* * * * monday", "cron \"* * * * monday\": day of week: \"monday\" is neither a number nor one of sun to sat"},
      {"* * * mon *", "cron \"* * * mon *\": month: \"mon\" is neither a number nor one of jan to dec"},
      {"30-10 * * * *", "cron \"30-10 * * * *\": minute: the range 30 to 10 runs backwards"},
      {"* * * * 5-0", "cron \"* * * * 5-0\": day of week: the range 5 to 0 runs backwards"},
      {"* * * * fri-mon", "cron \"* * * * fri-mon\": day of week: the range 5 to 1 runs backwards"},
      {"*/0 * * * *", "cron \"*/0 * * * *\": minute: the step \"0\" is not in 1 to 59"},
      {"*/60 * * * *", "cron \"*/60 * * * *\": minute: the step \"60\" is not in 1 to 59"},
      {"*/ * * * *", "cron \"*/ * * * *\": minute: the step \"\" is not in 1 to 59"},
      {"*/5/5 * * * *", "cron \"*/5/5 * * * *\": minute: the step \"5/5\" is not in 1 to 59"},
      {"5/15 * * * *", "cron \"5/15 * * * *\": minute: \"5/15\" has a step but no range"},
      {"1, * * * *", "cron \"1, * * * *\": minute: \"\" is no number"},
      {"1,,2 * * * *", "cron \"1,,2 * * * *\": minute: \"\" is no number"},
      {"1-2-3 * * * *", "cron \"1-2-3 * * * *\": minute: \"2-3\" is no number"},
      {"+1 * * * *", "cron \"+1 * * * *\": minute: \"+1\" is no number"},
      {"1.5 * * * *", "cron \"1.5 * * * *\": minute: \"1.5\" is no number"},
      {"** * * * *", "cron \"** * * * *\": minute: \"**\" is no number"},
      {"99999999999 * * * *", "cron \"99999999999 * * * *\": minute: \"99999999999\" is no number"},
      {"0 0 */2 * 1",
       "cron \"0 0 */2 * 1\": day of month and day of week: crons disagree whether one or both must match "
       "where one is */n or a list with *"},
      {"0 0 *,1 * 1",
       "cron \"0 0 *,1 * 1\": day of month and day of week: crons disagree whether one or both must match "
       "where one is */n or a list with *"},
      {"0 0 1 * 1,*",
       "cron \"0 0 1 * 1,*\": day of month and day of week: crons disagree whether one or both must match "
       "where one is */n or a list with *"},
  };
  for (const auto& [line, message] : cases) CHECK(refused(line).message == message);
}

TEST_CASE("what other dialects say has a hint") {
  CHECK(refused("@daily").hint == "write 0 0 * * *");
  CHECK(refused("@hourly").hint == "write 0 * * * *");
  CHECK(refused("5/15 * * * *").hint == "write 5-59/15");
  CHECK(refused("@reboot").hint == "0 1 * * * is every day at one");
  for (const char* line : {"0 1 * * ?", "0 1 L * *", "0 1 15W * *", "0 1 * * 5#2", "cron(0 1 * * ? *)"}) {
    CHECK(refused(line).hint.find("another dialect of cron") != std::string::npos);
  }
}

TEST_CASE("a hostile line is refused in one short line of text") {
  const Error huge = refused(std::string(1 << 20, '*'));
  CHECK(huge.message.size() < 200);
  CHECK(refused("\n\x01 * * * *").message.find('\n') == std::string::npos);
  CHECK(refused(std::string("0 1 * *\0*", 9)).message.find('\0') == std::string::npos);
}

TEST_CASE("two restricted day fields fire on either, one decides alone") {
  const core::Cron either = parsed("0 0 13 * 5");
  CHECK(either.fires_on(1, 13, 2));
  CHECK(either.fires_on(1, 14, 5));
  CHECK(!either.fires_on(1, 14, 6));
  const core::Cron fridays = parsed("0 0 * * 5");
  CHECK(fridays.fires_on(1, 13, 5));
  CHECK(!fridays.fires_on(1, 13, 2));
  const core::Cron thirteenth = parsed("0 0 13 2 *");
  CHECK(thirteenth.fires_on(2, 13, 2));
  CHECK(!thirteenth.fires_on(1, 13, 2));
  CHECK(!thirteenth.fires_on(2, 14, 5));
}

TEST_CASE("EventBridge's form, and back") {
  const struct {
    const char* line;
    const char* aws;
  } cases[] = {
      {"0 1 * * *", "cron(0 1 * * ? *)"},
      {"* * * * *", "cron(* * * * ? *)"},
      {"*/15 * * * *", "cron(0/15 * * * ? *)"},
      {"5-59/20 * * * *", "cron(5/20 * * * ? *)"},
      {"0 9-17 * * mon-fri", "cron(0 9-17 ? * 2-6 *)"},
      {"0 0 * * 0", "cron(0 0 ? * 1 *)"},
      {"0 0 * * 7", "cron(0 0 ? * 1 *)"},
      {"0 0 * * 6", "cron(0 0 ? * 7 *)"},
      {"0 0 * * sat-sun", "cron(0 0 ? * 1,7 *)"},
      {"0 0 * * */2", "cron(0 0 ? * 1,3,5,7 *)"},
      {"0 0 1 jan,jul *", "cron(0 0 1 1,7 ? *)"},
      {"0 12 */10 * *", "cron(0 12 1/10 * ? *)"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.line);
    CHECK(core::to_aws_cron(parsed(each.line)).value() == each.aws);
    CHECK(core::from_aws_cron(each.aws).value() == parsed(each.line));
  }
  CHECK(core::from_aws_cron("cron(0 10 ? JAN-MAR MON-FRI *)").value() == parsed("0 10 * 1-3 1-5"));
}

TEST_CASE("what EventBridge cannot say") {
  const auto both = core::to_aws_cron(parsed("0 0 13 * 5"));
  REQUIRE(!both);
  CHECK(both.error().code == ErrorCode::unsupported);
  CHECK(both.error().message == "cron \"0 0 13 * 5\": EventBridge takes a day of month or a day of week, never both");

  // Irregular on purpose: what is regular is written as ranges and steps.
  const auto longer = core::to_aws_cron(
      parsed("0,2,5,7,10,12,15,17,20,22,25,27,30,32,35,37,40,42,45,47,50,52,55,57 0,2,5,7,9,10,12,13,15,17,18,20,22 "
             "1,3,4,6,8,9,11,13,14,16,18,19,21,23,24,26,28,29,31 1,3,4,6,8,9,11 *"));
  REQUIRE(longer);
  CHECK(longer->size() < 256);
}

TEST_CASE("of what EventBridge says only what five fields can say is read") {
  for (const char* other :
       {"", "cron(", "cron()", "rate(5 minutes)", "at(2026-01-01T00:00:00)", "cron(0 1 * * ?)", "cron(0 1 * * ? 2027)",
        "cron(0 1 L * ? *)", "cron(0 1 ? * 6#3 *)", "cron(0 1 ? * 0 *)", "cron(0 1 3W * ? *)", "cron(0 25 * * ? *)"}) {
    const auto cron = core::from_aws_cron(other);
    CAPTURE(other);
    REQUIRE(!cron);
    CHECK(cron.error().code == ErrorCode::unsupported);
  }
}
