#pragma once

#include "core/fail.h"
#include "memory/store_driver.h"
#include "support/forwarding_bucket.h"
#include "support/varied_bytes.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace cloudkit::test {

inline const std::string kTenThousandBytes = ::test::varied_bytes(10'000);

/// A memory bucket behind a network, of which some gets go as a test tells.
class HangingBucket final : public ForwardingBucket {
 public:
  using Get = std::function<Result<ObjectInfo>(const GetOptions&, ObjectReceiver&)>;

  HangingBucket() : ForwardingBucket(make_inner()) {}

  Capabilities capabilities() const override {
    Capabilities able = inner_->capabilities();
    able.remote = remote;
    able.conditional_get = conditional_gets;
    return able;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    ++gets;
    if (each) return each(options, receiver);
    // Nobody knows which of them begins first.
    Get& step = std::this_thread::get_id() == reader_ ? first_ : second_;
    if (const Get now = std::exchange(step, {})) return now(options, receiver);
    return inner_->get(key, options, receiver);
  }

  /// For the next read by this thread, and the request beside it.
  void then(Get first, Get second = {}) {
    first_ = std::move(first);
    second_ = std::move(second);
  }
  Get serves() {
    return [this](const GetOptions& options, ObjectReceiver& receiver) { return inner_->get("k", options, receiver); };
  }
  /// Until it is cancelled.
  Get hangs() {
    return [this](const GetOptions& options, ObjectReceiver&) -> Result<ObjectInfo> {
      auto waited = options.context.wait_for(std::chrono::seconds(60));
      if (!waited && waited.error().code == ErrorCode::cancelled) ++cancelled;
      if (waited) return core::fail(ErrorCode::timeout, "nobody cancelled it");
      return waited.error();
    };
  }
  /// After so many bytes.
  Get hangs_after(std::size_t bytes) {
    return [this, bytes](const GetOptions& options, ObjectReceiver& receiver) -> Result<ObjectInfo> {
      const auto info = head("k", {}).value();
      if (auto begun = receiver.begin(info, 0, kTenThousandBytes.size()); !begun) return begun.error();
      if (auto written = receiver.write(Bytes(kTenThousandBytes.data(), bytes)); !written) return written.error();
      return hangs()(options, receiver);
    };
  }
  /// Once the second one is there.
  Get waits_for_second(Get then) {
    return [this, then](const GetOptions& options, ObjectReceiver& receiver) {
      while (gets < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return then(options, receiver);
    };
  }

  bool remote = true;
  bool conditional_gets = true;
  Get each = {};  // For all gets, instead of those.
  std::atomic<int> gets{0};
  std::atomic<int> cancelled{0};

 private:
  static std::shared_ptr<BucketDriver> make_inner() {
    memory::MemoryStoreDriver store;
    if (!store.create_bucket("b", {})) std::abort();
    return store.bucket("b").value();
  }

  const std::thread::id reader_ = std::this_thread::get_id();
  Get first_;
  Get second_;
};

}  // namespace cloudkit::test
