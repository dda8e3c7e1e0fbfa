#include "sync/reporter.h"

#include "core/fail.h"

namespace cloudkit::inline v0 {
namespace {

constexpr int kMostUnavailable = 16;
constexpr auto kShownEvery = std::chrono::milliseconds(100);

Status status_of(const std::vector<SyncFailure>& failures) {
  return failures.empty() ? Status() : Status(failures.front().error);
}

}  // namespace

Status SyncReport::status() const { return status_of(failures); }
Status BackupReport::status() const { return status_of(failures); }
Status RestoreReport::status() const { return status_of(failures); }
Status VerifyReport::status() const { return status_of(failures); }
Status ShardReport::status() const { return status_of(failures); }
Status PruneReport::status() const { return status_of(failures); }

namespace syncing {

void Reporter::tell(SyncAction action, std::string_view key, std::uint64_t size, const Error* error) {
  if (!event_) return;
  const std::scoped_lock lock(mutex_);
  event_({action, std::string(key), size, error});
}

void Reporter::pass_over(std::string_view key, std::string_view what) {
  const Error error = core::unsupported(std::string(what) + " is no object");
  tell(SyncAction::skipped, key, 0, &error);
}

void Reporter::fail(std::string_view key, const Error& error) {
  {
    const std::scoped_lock lock(mutex_);
    ++failed_;
    if (failures_.size() < kMostReportedFailures) failures_.push_back({std::string(key), error});
  }
  tell(SyncAction::failed, key, 0, &error);
}

void Reporter::expect(std::uint64_t objects, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  state_.total_objects += objects;
  state_.total_bytes += bytes;
}

void Reporter::add(std::uint64_t objects, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  state_.objects += objects;
  state_.bytes += bytes;
  show(false);
}

void Reporter::finish() {
  const std::scoped_lock lock(mutex_);
  show(true);
}

void Reporter::show(bool always) {
  if (!progress_) return;
  const auto now = std::chrono::steady_clock::now();
  if (!always && now - shown_ < kShownEvery) return;
  shown_ = now;
  // What was sent twice counts twice.
  state_.total_bytes = std::max(state_.total_bytes, state_.bytes);
  progress_(state_);
}

std::uint64_t Reporter::failed() const {
  const std::scoped_lock lock(mutex_);
  return failed_;
}

std::vector<SyncFailure> Reporter::take_failures() {
  const std::scoped_lock lock(mutex_);
  return std::move(failures_);
}

bool ends_all(const Error& error, const Context& context) {
  switch (error.code) {
    case ErrorCode::timeout: return !context.check();
    case ErrorCode::cancelled:
    case ErrorCode::unauthenticated:
    case ErrorCode::throttled: return true;
    default: return error.service_code == "NoSuchBucket";
  }
}

bool Outage::is_total(const Status& status) noexcept {
  const bool nobody =
      !status && (status.error().code == ErrorCode::unavailable || status.error().code == ErrorCode::timeout);
  if (nobody) return ++in_a_row_ >= kMostUnavailable;
  in_a_row_ = 0;
  return false;
}

}  // namespace syncing
}  // namespace cloudkit::inline v0
