#include "aws/logs/protocol.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace std::chrono_literals;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;

namespace {

std::string event(int id, int time) {
  return fmt::format(R"({{"eventId":"e{}","timestamp":{},"message":"line {}\r\n"}})", id, time, id);
}

std::string texts(const LogPage& page) {
  std::string all;
  for (const LogEvent& logged : page.events) all += logged.text + ";";
  return all;
}

}  // namespace

TEST_CASE("logs go on by the service's token, and after the last page by time without what was seen") {
  Fixture fixture;
  LogPageRequest request;
  request.name = "hello";
  request.since = std::chrono::system_clock::time_point(5ms);
  const auto next = [&] {
    auto page = fixture.driver->logs_page(request).value();
    request.page_token = page.next_page_token;
    return page;
  };
  fixture.then(200, R"({"events":[)" + event(1, 10) + "," + event(2, 20) + R"(],"nextToken":"t1"})");
  LogPage page = next();
  CHECK(texts(page) == "line 1;line 2;");
  CHECK(page.events.at(1).time == std::chrono::system_clock::time_point(20ms));
  CHECK_FALSE(page.at_end);
  fixture.then(200, R"({"events":[)" + event(3, 20) + "]}");
  page = next();
  CHECK(texts(page) == "line 3;");
  CHECK(page.at_end);
  fixture.then(200,
               R"({"events":[)" + event(2, 20) + "," + event(3, 20) + "," + event(4, 20) + "," + event(5, 21) + "]}");
  CHECK(texts(next()) == "line 4;line 5;");
  fixture.then(200, R"({"events":[)" + event(5, 21) + "]}");
  CHECK(texts(next()).empty());
  const std::string group = R"(POST logs/ {"logGroupName":"/aws/lambda/hello","startTime":)";
  CHECK(fixture.sent ==
        std::vector<std::string>{group + "5}", group + R"(5,"nextToken":"t1"})", group + "20}", group + "21}"});
}

TEST_CASE("a function that has logged nothing has an empty page, and what it logs later is found") {
  Fixture fixture;
  fixture.then(400, "{}", error_type("ResourceNotFoundException"));
  LogPageRequest request;
  request.name = "hello";
  const auto page = fixture.driver->logs_page(request);
  REQUIRE(page);
  CHECK(page->events.empty());
  CHECK(page->at_end);
  CHECK_FALSE(page->next_page_token.empty());
  CHECK(fixture.sent.at(0) == R"(POST logs/ {"logGroupName":"/aws/lambda/hello","startTime":0})");
}

TEST_CASE("a time that no clock can hold is the last or the first that one can") {
  Fixture fixture;
  fixture.then(200, R"({"events":[{"timestamp":9000000000000000000,"message":"m","eventId":"1"}]})");
  fixture.then(200, R"({"events":[{"timestamp":-9000000000000000000,"message":"m","eventId":"2"}]})");
  LogPageRequest request;
  request.name = "hello";
  const auto late = fixture.driver->logs_page(request).value().events.at(0).time;
  const auto early = fixture.driver->logs_page(request).value().events.at(0).time;
  using Time = std::chrono::system_clock::time_point;
  CHECK(Time::max() - late < std::chrono::milliseconds(1));
  CHECK(early - Time::min() < std::chrono::milliseconds(1));
}

TEST_CASE("a token that nobody wrote is refused") {
  Fixture fixture;
  LogPageRequest request;
  request.name = "hello";
  request.page_token = "made up";
  CHECK(fixture.driver->logs_page(request).error().code == ErrorCode::invalid_argument);
}
