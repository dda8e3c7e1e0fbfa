#pragma once

#include "memory/store_driver.h"

#include <doctest/doctest.h>

#include <memory>

namespace test {

/// A store with one bucket.
struct Fixture {
  explicit Fixture(cloudkit::UploadLimits limits = {}) : store(limits) {
    REQUIRE(store.create_bucket("b", {}).has_value());
  }
  cloudkit::memory::MemoryStoreDriver store;
  std::shared_ptr<cloudkit::BucketDriver> bucket = store.bucket("b").value();
};

}  // namespace test
