#pragma once

#include <cloudkit/driver/object_store.h>
#include <cloudkit/open.h>

#include <memory>
#include <string>

/// The driver of mem://NAME, whose bucket is made when it is not there.
inline std::shared_ptr<cloudkit::BucketDriver> memory(const char* name, bool versioned = false) {
  auto location = cloudkit::Registry::global().bucket(std::string("mem://") + name).value();
  (void)location.store->create_bucket(location.bucket, {.versioned = versioned});
  return location.store->bucket(location.bucket).value();
}
