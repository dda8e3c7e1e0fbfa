#include "serve/log_format.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/log.h"
#include "core/time.h"
#include "serve/environment.h"
#include "serve/failure.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

constexpr std::array<std::string_view, 6> kLevels{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

void write_json_line(const LogRecord& record) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  codec::JsonWriter json;
  json.begin_object().name("timestamp").string(core::format_rfc3339(now));
  json.name("level").string(kLevels[static_cast<std::size_t>(record.level)]);
  json.name("message").string(as_utf8(record.message));
  for (const LogField& field : record.fields) {
    if (!field.value.empty()) json.name(as_utf8(field.key)).string(as_utf8(field.value));
  }
  if (auto line = json.end_object().finish()) {
    *line += '\n';
    std::fputs(line->c_str(), stderr);
  }
}

}  // namespace

void choose_log_format() {
  if (!core::equals_ignoring_case(environment("AWS_LAMBDA_LOG_FORMAT"), "JSON")) return;
  LogLevel level = LogLevel::info;
  const std::string wanted = environment("AWS_LAMBDA_LOG_LEVEL");
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (core::equals_ignoring_case(wanted, kLevels[i])) level = static_cast<LogLevel>(i);
  }
  core::set_default_log_sink(write_json_line, level);
}

}  // namespace cloudkit::inline v0::serving
