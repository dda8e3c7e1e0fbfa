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
  fixture.then(200, R"({"events":[)" + event(6, 60021) + "]}");
  CHECK(texts(next()) == "line 6;");
  fixture.then(200, R"({"events":[]})");
  CHECK(texts(next()).empty());
  CHECK(fixture.sent == std::vector<std::string>{group + "5}", group + R"(5,"nextToken":"t1"})", group + "5}",
                                                 group + "5}", group + "5}", group + "50021}"});
}

TEST_CASE("a line that arrives after younger ones is shown all the same, and none twice") {
  Fixture fixture;
  LogPageRequest request;
  request.name = "hello";
  const auto next = [&](const std::string& events, const std::string& token = "") {
    fixture.then(200, R"({"events":[)" + events + "]" + (token.empty() ? "" : R"(,"nextToken":")" + token + '"') + "}");
    auto page = fixture.driver->logs_page(request).value();
    request.page_token = page.next_page_token;
    return texts(page);
  };
  CHECK(next(event(1, 100'000) + "," + event(2, 105'000)) == "line 1;line 2;");
  CHECK(next(event(1, 100'000) + "," + event(3, 101'000) + "," + event(2, 105'000)) == "line 3;");
  CHECK(fixture.sent.back().ends_with(R"("startTime":95000})"));
  // Also when a page before it brought much younger ones.
  CHECK(next(event(4, 200'000), "t1") == "line 4;");
  CHECK(next(event(1, 100'000) + "," + event(5, 102'000) + "," + event(2, 105'000)) == "line 5;");
  CHECK(next(event(4, 200'000)).empty());
  CHECK(fixture.sent.back().ends_with(R"("startTime":190000})"));
}

TEST_CASE("where the log is a flood, the token stays small, and no line comes twice") {
  Fixture fixture;
  LogPageRequest request;
  request.name = "hello";
  int made = 0;
  const auto ask = [&](int from, int to, bool more) {
    std::string events;
    for (int id = from; id < to; ++id) events += (id == from ? "" : ",") + event(id, 100'000 + id);
    fixture.then(200, R"({"events":[)" + events + "]" + (more ? R"(,"nextToken":"t"})" : "}"));
    const auto page = fixture.driver->logs_page(request).value();
    request.page_token = page.next_page_token;
    CHECK(request.page_token.size() < 100'000);
    made += static_cast<int>(page.events.size());
  };
  ask(0, 3000, true);
  ask(3000, 6000, false);
  CHECK(made == 6000);
  CHECK(fixture.sent.back().find(R"("startTime":0)") != std::string::npos);
  ask(4000, 6010, false);  // As the token says.
  CHECK(fixture.sent.back().ends_with(R"("startTime":104000})"));
  CHECK(made == 6010);
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
