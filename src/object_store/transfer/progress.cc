#include "object_store/transfer/progress.h"

namespace cloudkit::inline v0::object_store {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

}  // namespace

void ProgressMeter::add(std::uint64_t bytes) {
  if (!report_) return;
  const std::scoped_lock lock(mutex_);
  bytes_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  // The last one is `finish`'s, whatever the clock says.
  if (now - last_ >= kBetweenReports && bytes_ < total_ && bytes_ >= told_) report_locked(now);
}

void ProgressMeter::restart() {
  const std::scoped_lock lock(mutex_);
  bytes_ = 0;
}

void ProgressMeter::expect(std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  total_ = total;
}

void ProgressMeter::finish() {
  if (!report_) return;
  const std::scoped_lock lock(mutex_);
  bytes_ = total_;
  report_locked(std::chrono::steady_clock::now());
}

void ProgressMeter::report_locked(std::chrono::steady_clock::time_point now) {
  last_ = now;
  told_ = bytes_;
  report_({bytes_, total_});
}

}  // namespace cloudkit::inline v0::object_store
