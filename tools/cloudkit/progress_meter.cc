#include "progress_text.h"

#include <memory>

namespace cloudkit::tool {

void ProgressMeter::expect(std::uint64_t size) {
  const std::scoped_lock lock(mutex_);
  ++progress_.total_objects;
  progress_.total_bytes += size;
}

std::function<void(const TransferProgress&)> ProgressMeter::one() {
  if (!out_.shows_progress()) return {};
  return [this, last = std::make_shared<std::uint64_t>(0)](const TransferProgress& transfer) {
    const std::scoped_lock lock(mutex_);
    progress_.bytes += transfer.bytes - *last;
    *last = transfer.bytes;
    show();
  };
}

std::function<void(const TransferProgress&)> ProgressMeter::of_all() {
  return [this](const TransferProgress& transfer) {
    const std::scoped_lock lock(mutex_);
    progress_ = {transfer.bytes == transfer.total ? 1U : 0U, 1, transfer.bytes, transfer.total};
    show();
  };
}

void ProgressMeter::done() {
  const std::scoped_lock lock(mutex_);
  ++progress_.objects;
  show();
}

void ProgressMeter::show() {
  if (!out_.shows_progress()) return;
  constexpr std::chrono::milliseconds kPause{100};
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < kPause) return;
  shown_ = now;
  out_.progress(progress_text(progress_, std::chrono::duration_cast<std::chrono::milliseconds>(now - started_)));
}

}  // namespace cloudkit::tool
