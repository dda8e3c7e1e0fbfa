#pragma once

#include "support/conformance.h"

#include <cloudkit/testing/compute_conformance.h>

/// As `run_object_store_suite`.
inline void run_compute_suite(const cloudkit::testing::ComputeHarness& harness) {
  run_suite(cloudkit::testing::compute_cases(), harness);
}
