#include "core/log.h"

#include "core/encode.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0 {
namespace {

constexpr std::array<std::string_view, 6> kNames{"trace", "debug", "info", "warn", "error", "off"};

void write_to_stderr(const LogRecord& record) {
  std::string line = "cloudkit ";
  line += kNames[static_cast<std::size_t>(record.level)];
  line += ": ";
  line += record.message;
  for (const LogField& field : record.fields) {
    line.append(" ").append(field.key).append("=").append(field.value);
  }
  core::mask_control_characters(line);
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

LogLevel level_from_environment(LogLevel otherwise) {
  const char* wanted = std::getenv("CLOUDKIT_LOG");
  for (std::size_t i = 0; wanted != nullptr && i < kNames.size(); ++i) {
    if (kNames[i] == wanted) return static_cast<LogLevel>(i);
  }
  return otherwise;
}

struct Log {
  std::mutex mutex;
  std::shared_ptr<const LogSink> fallback = std::make_shared<const LogSink>(write_to_stderr);
  LogLevel fallback_level = LogLevel::warn;
  std::shared_ptr<const LogSink> sink = fallback;
  std::atomic<LogLevel> level{level_from_environment(fallback_level)};
};

// Never destroyed: handles may be globals, and log while they end.
Log& instance() {
  static Log* const log = new Log;
  return *log;
}

}  // namespace

void set_log_sink(LogSink sink, LogLevel level) {
  Log& log = instance();
  auto wanted = sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr;
  {
    const std::scoped_lock lock(log.mutex);
    log.level = wanted != nullptr ? level : level_from_environment(log.fallback_level);
    if (wanted == nullptr) wanted = log.fallback;
    log.sink.swap(wanted);
  }
  // The old one ends here, outside of the lock: it may log.
}

void core::set_default_log_sink(void (*write)(const LogRecord&), LogLevel level) {
  Log& log = instance();
  const std::scoped_lock lock(log.mutex);
  const bool is_default = log.sink == log.fallback;
  log.fallback = std::make_shared<const LogSink>(write);
  log.fallback_level = level;
  if (!is_default) return;
  log.sink = log.fallback;
  log.level = level_from_environment(level);
}

bool core::log_enabled(LogLevel level) noexcept { return level >= instance().level.load(std::memory_order_relaxed); }

void core::log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  std::shared_ptr<const LogSink> sink;
  {
    const std::scoped_lock lock(instance().mutex);
    sink = instance().sink;
  }
  (*sink)(LogRecord{level, message, std::span<const LogField>(fields.begin(), fields.size())});
}

}  // namespace cloudkit::inline v0
