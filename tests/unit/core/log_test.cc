#include "core/log.h"

#include <doctest/doctest.h>

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
