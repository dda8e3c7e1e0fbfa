#pragma once

#include "core/time.h"

/// When these tests are.
inline const cloudkit::core::TimePoint kNow = cloudkit::core::parse_rfc3339("2026-11-23T01:00:00Z").value();
