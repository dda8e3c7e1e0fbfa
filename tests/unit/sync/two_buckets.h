#pragma once

#include "unit/sync/fixture.h"

#include <algorithm>
#include <string>

/// A source and a target in memory, and what a sync of them says.
namespace test {

struct TwoBuckets {
  cloudkit::ObjectStore store = cloudkit::memory::make_memory_store();
  cloudkit::Bucket from = store.create_bucket("from").value();
  cloudkit::Bucket to = store.create_bucket("to").value();
  cloudkit::SyncOptions options;
  Names events;

  TwoBuckets() {
    options.event = [this](const cloudkit::SyncEvent& event) {
      const char* const words[] = {"copied ", "linked ", "removed ", "skipped ", "failed "};
      events.push_back(words[static_cast<int>(event.action)] + event.key);
    };
  }
  cloudkit::SyncReport run() {
    events.clear();
    auto report = cloudkit::sync(from, to, options).value();
    std::sort(events.begin(), events.end());
    return report;
  }
  void fill(const cloudkit::Bucket& bucket, const Names& keys) {
    for (const std::string& key : keys) bucket.put(key, "bytes of " + key).value();
  }
};

}  // namespace test
