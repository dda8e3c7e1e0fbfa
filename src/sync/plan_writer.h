#pragma once

#include "core/run_aside.h"
#include "sync/manifest.h"

#include <chrono>
#include <functional>
#include <future>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// Has one batch of entries worked on, by a thread of its own, while the next one is gathered, and writes them down in
/// their order. For one thread at a time.
class PlanWriter {
 public:
  static constexpr std::size_t kBatch = 500;
  /// While the last batch is worked on still.
  static constexpr std::size_t kLargestBatch = 2 * kBatch;
  using Work = std::function<Status(std::vector<Entry>&)>;

  /// Without `work` they are only written.
  PlanWriter(ManifestWriter& plan, Work work) : plan_(plan), work_(std::move(work)) {}

  /// Errors, of earlier entries too: those of `work`; `io`, ….
  Status add(Entry&& entry) {
    gathered_.push_back(std::move(entry));
    const bool waits = gathered_.size() < kBatch || (gathered_.size() < kLargestBatch && is_working());
    return waits ? Status() : hand_over();
  }
  Status finish(bool sync) {
    Status done = hand_over();
    if (done) done = hand_over();  // Now the last batch is worked on, and then written.
    return done ? plan_.finish(sync) : done;
  }

 private:
  bool is_working() const {
    return working_.valid() && working_.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }

  Status hand_over() {
    if (working_.valid()) {
      if (auto status = working_.get(); !status) return status;
    }
    worked_on_.swap(gathered_);
    if (work_ && !worked_on_.empty()) working_ = core::run_aside([this] { return work_(worked_on_); });
    for (const Entry& entry : gathered_) {
      if (auto status = plan_.add(entry); !status) return status;
    }
    gathered_.clear();
    return {};
  }

  ManifestWriter& plan_;
  const Work work_;
  std::vector<Entry> gathered_;
  std::vector<Entry> worked_on_;
  std::future<Status> working_;  // Last, so that its thread ends first.
};

}  // namespace cloudkit::inline v0::syncing
