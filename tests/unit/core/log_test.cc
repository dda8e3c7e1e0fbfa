#include "core/log.h"

#include "support/redirected.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace cloudkit;

TEST_CASE("a sink gets what reaches its level, with fields") {
  std::vector<std::string> lines;
  set_log_sink(
      [&](const LogRecord& record) {
        std::string line(record.message);
        for (const auto& field : record.fields) line.append(" ").append(field.key).append("=").append(field.value);
        lines.push_back(line);
      },
      LogLevel::info);
  CHECK(core::log_enabled(LogLevel::info));
  CHECK_FALSE(core::log_enabled(LogLevel::debug));
  core::log(LogLevel::debug, "too quiet");
  core::log(LogLevel::warn, "retry", {{"host", "h"}, {"attempt", "2"}});
  set_log_sink({});
  core::log(LogLevel::debug, "not seen");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "retry host=h attempt=2");
}

TEST_CASE("a sink may log as it ends") {
  struct Closing {
    ~Closing() { core::log(LogLevel::error, "the sink is closed"); }
  };
  std::vector<std::string> lines;
  set_log_sink([closing = std::make_shared<Closing>()](const LogRecord&) {});
  set_log_sink([&lines](const LogRecord& record) { lines.emplace_back(record.message); });
  CHECK(lines == std::vector<std::string>{"the sink is closed"});
  set_log_sink({});
}

TEST_CASE("what is logged on stderr is one line, whatever a server said") {
  if (std::getenv("CLOUDKIT_LOG") != nullptr) return;  // The level would be another.
  set_log_sink({});
  ::test::Redirected redirected;
  core::log(LogLevel::warn, "refused\nby", {{"error", "denied\ncloudkit error: forged\x1B[2J"}, {"key", "m\xC3\xBC"}});
  redirected.restore();
  CHECK(redirected.error() == "cloudkit warn: refused?by error=denied?cloudkit error: forged?[2J key=m\xC3\xBC\n");
}
