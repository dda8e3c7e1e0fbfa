#pragma once

#include "core/time.h"
#include "support/fake_environment.h"

#include <string>
#include <utility>

/// When these tests are.
inline const cloudkit::core::TimePoint kNow = cloudkit::core::parse_rfc3339("2026-11-23T01:00:00Z").value();

/// With profile files.
struct ProfileEnvironment : cloudkit::testing::FakeEnvironment {
  void config(std::string text) { files["/home/ada/.aws/config"] = std::move(text); }
  void credentials(std::string text) { files["/home/ada/.aws/credentials"] = std::move(text); }
};
