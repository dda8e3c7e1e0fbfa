#pragma once

#include <cloudkit/log.h>

#include <cstdlib>

/// Keeps the log of tests that provoke many failures off the screen, unless somebody asks for it:
/// ./check does, to look for secrets in it.
inline void quiet_log() {
  if (std::getenv("CLOUDKIT_LOG") == nullptr) {
    cloudkit::set_log_sink([](const cloudkit::LogRecord&) {}, cloudkit::LogLevel::off);
  }
}
