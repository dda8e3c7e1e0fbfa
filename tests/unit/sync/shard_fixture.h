#pragma once

#include "support/forwarding_bucket.h"
#include "unit/sync/fixture.h"

#include <functional>
#include <memory>
#include <set>
#include <string>

/// Sixty objects, three shards, and a source that misbehaves.
namespace test {

// Its puts and gets fail or do something first.
struct Moody final : cloudkit::ForwardingBucket {
  Moody() : cloudkit::ForwardingBucket(memory_driver()) {}
  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override {
    if (before_get) before_get(key);
    if (!gone.empty() && key.starts_with(gone)) return cloudkit::Error(cloudkit::ErrorCode::unavailable, "gone");
    if (failing.count(std::string(key)) != 0) return cloudkit::Error(cloudkit::ErrorCode::permission_denied, "no");
    return cloudkit::ForwardingBucket::get(key, options, receiver);
  }
  std::function<void(std::string_view)> before_get;
  cloudkit::Result<cloudkit::ObjectInfo> put(std::string_view key, const cloudkit::Source& source,
                                             const cloudkit::PutOptions& options) override {
    if (!full.empty() && key.ends_with(full)) return cloudkit::Error(cloudkit::ErrorCode::unavailable, "gone");
    return cloudkit::ForwardingBucket::put(key, source, options);
  }
  std::set<std::string> failing;
  std::string gone;
  std::string full;
};

struct WithShards {
  cloudkit::ObjectStore store = cloudkit::memory::make_memory_store();
  const std::shared_ptr<Moody> driver = std::make_shared<Moody>();
  cloudkit::Bucket from{driver};
  cloudkit::Bucket to = store.create_bucket("backups").value().below("reports").value();
  cloudkit::ShardOptions options;

  WithShards() {
    options.run = "nightly-1";
    options.shards = 3;
    options.transfer.workers = 2;
    for (int i = 0; i < 60; ++i) from.put("k" + std::to_string(100 + i), "bytes " + std::to_string(i)).value();
  }
  cloudkit::Result<cloudkit::ShardReport> shard(int number) {
    options.shard = number;
    return cloudkit::backup_shard(from, to, options);
  }
  cloudkit::ShardReport done(int number) {
    auto report = shard(number).value();
    REQUIRE(report.status());
    REQUIRE(report.done);
    return report;
  }
  void finish(int number) { CHECK(done(number).done); }
  // All of them, one after the other.
  std::string all() {
    cloudkit::ShardReport last;
    for (int i = 1; i <= options.shards; ++i) {
      last = done(i);
      CHECK(last.finished == (i == options.shards));
    }
    return last.snapshot;
  }
  void check_whole(std::uint64_t objects) const {
    for (const bool quick : {true, false}) {
      const auto verified = cloudkit::verify(to, {.quick = quick}).value();
      for (const auto& failure : verified.failures) FAIL_CHECK(failure.error.to_string());
      CHECK(verified.objects == objects);
    }
  }
  cloudkit::Bucket restored(const std::string& name) const {
    const cloudkit::Bucket back = store.create_bucket(name).value();
    CHECK(cloudkit::restore(to, back).value().status());
    return back;
  }
};

}  // namespace test
