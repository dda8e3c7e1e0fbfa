#pragma once

#include "support/conformance.h"

#include <cloudkit/testing/function_conformance.h>

/// As `run_object_store_suite`.
inline void run_function_runtime_suite(const cloudkit::testing::FunctionRuntimeHarness& harness) {
  run_suite(cloudkit::testing::function_runtime_cases(), harness);
}
