#include "object_store/transfer/download.h"

#include "core/fail.h"
#include "crypto/checksum.h"
#include "object_store/fetch.h"
#include "object_store/transfer/crew.h"
#include "object_store/transfer/plan.h"
#include "object_store/transfer/progress.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cloudkit::inline v0::object_store {
namespace {

// Below this a second connection takes longer to open than its share of the bytes to arrive.
constexpr std::uint64_t kWorthSplitting = std::uint64_t{16} << 20;

// The parts between the stream from the beginning and the workers from the end.
class Divide {
 public:
  explicit Divide(std::uint64_t parts) : back_(parts) {}

  // The first part that the workers have not taken, for the stream.
  std::optional<std::uint64_t> take_front() {
    const std::scoped_lock lock(mutex_);
    return front_ < back_ ? std::optional(front_++) : std::nullopt;
  }
  std::optional<std::uint64_t> take_back() {
    const std::scoped_lock lock(mutex_);
    return front_ < back_ ? std::optional(--back_) : std::nullopt;
  }

 private:
  std::mutex mutex_;
  std::uint64_t front_ = 0;
  std::uint64_t back_;
};

class Download {
 public:
  Download(BucketDriver& driver, std::string_view key, const GetOptions& options, PendingFile& file)
      : driver_(driver), key_(key), options_(options), file_(file) {}

  Result<ObjectInfo> run();

 private:
  Status begin(const ObjectInfo& info, std::uint64_t length);
  bool is_worth_splitting(std::uint64_t length) const;
  Status split(std::uint64_t length);
  Status take_front_bytes(Bytes chunk);
  Result<std::uint64_t> fetch_part(std::uint64_t index, const Context& context);
  Status check_whole() const;

  BucketDriver& driver_;
  const std::string_view key_;
  const GetOptions& options_;
  PendingFile& file_;

  // Known from the first reply on.
  ObjectInfo info_;
  std::uint64_t base_ = 0;  // Where the asked range begins in the object.
  PartPlan plan_;
  std::unique_ptr<ProgressMeter> progress_;
  crypto::RunningChecksum front_;
  std::uint64_t front_offset_ = 0;

  // Only when it is split.
  std::optional<Divide> divide_;
  std::unique_ptr<Crew> crew_;
  std::uint64_t front_limit_ = 0;  // The end of the parts that the stream has taken.
  bool met_ = false;
  std::vector<crypto::RunningChecksum> parts_;  // By index; of no bytes where the stream was.
};

Result<ObjectInfo> Download::run() {
  FetchTarget target;
  target.begin = [&](const ObjectInfo& info, std::uint64_t length) { return begin(info, length); };
  target.write = [&](Bytes chunk) { return take_front_bytes(chunk); };
  auto streamed = [&] {
    try {
      return fetch(driver_, key_, options_, target);
    } catch (...) {
      if (crew_) crew_->stop();
      throw;
    }
  }();
  if (!streamed && !met_) {
    if (crew_) crew_->stop();
    return std::move(streamed).error();
  }
  if (crew_) {
    if (auto done = crew_->run(); !done) return std::move(done).error();
    if (auto intact = check_whole(); !intact) return std::move(intact).error();
  }
  progress_->finish();
  return info_;
}

Status Download::begin(const ObjectInfo& info, std::uint64_t length) {
  info_ = info;
  const ByteRange range = options_.range.value_or(ByteRange{});
  base_ = range.from_end ? info.size - length : range.offset;
  progress_ = std::make_unique<ProgressMeter>(options_.transfer, length);
  front_limit_ = length;
  return is_worth_splitting(length) ? split(length) : Status{};
}

bool Download::is_worth_splitting(std::uint64_t length) const {
  const Capabilities capabilities = driver_.capabilities();
  const std::uint64_t asked = options_.transfer.part_size;
  return capabilities.remote && capabilities.conditional_get && !info_.token.empty() &&
         workers_for(options_.transfer.workers) > 1 && (asked != 0 ? length > asked : length >= kWorthSplitting);
}

Status Download::split(std::uint64_t length) {
  const auto plan = plan_parts(length, options_.transfer.part_size, {});
  if (!plan) return plan.error();
  plan_ = *plan;
  if (auto reserved = file_.reserve(length); !reserved) return reserved;
  // The algorithm is `none` for a range: the checksum is the whole object's.
  if (length == info_.size) front_ = crypto::RunningChecksum(info_.checksum.algorithm);
  parts_.assign(static_cast<std::size_t>(plan_.count()), front_);
  divide_.emplace(plan_.count());
  divide_->take_front();
  front_limit_ = plan_.part(0).size;
  crew_ = std::make_unique<Crew>(
      workers_for(options_.transfer.workers), options_.context, [this] { return divide_->take_back(); },
      [this](std::uint64_t index, const Context& context) { return fetch_part(index, context); });
  crew_->start();
  return {};
}

// The stream goes on until it comes to a part that a worker has taken.
Status Download::take_front_bytes(Bytes chunk) {
  if (crew_ && crew_->failed()) {
    met_ = true;  // The crew knows why.
    return core::fail(ErrorCode::cancelled, "another part failed");
  }
  std::size_t used = 0;
  while (used < chunk.size()) {
    if (front_offset_ == front_limit_) {
      const auto index = divide_ ? divide_->take_front() : std::nullopt;
      if (!index) break;
      front_limit_ += plan_.part(*index).size;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size() - used, front_limit_ - front_offset_));
    const Bytes piece(chunk.data() + used, count);
    if (auto written = file_.write_at(front_offset_, piece); !written) return written;
    front_.update(piece.view());
    progress_->add(count);
    front_offset_ += count;
    used += count;
  }
  if (used == chunk.size()) return {};
  met_ = true;
  return core::fail(ErrorCode::cancelled, "the rest is read by others");
}

Result<std::uint64_t> Download::fetch_part(std::uint64_t index, const Context& context) {
  const Part part = plan_.part(index);
  GetOptions options = options_;
  options.range = ByteRange{base_ + part.offset, part.size, false};
  options.condition = Condition::match(info_.token);
  options.context = context;
  crypto::RunningChecksum checksum = parts_[index];
  std::uint64_t offset = part.offset;
  FetchTarget target;
  target.begin = [&](const ObjectInfo& info, std::uint64_t length) -> Status {
    // A server that ignores If-Match gives itself away.
    if (info.token != info_.token) return core::fail(ErrorCode::precondition_failed, {});
    if (length == part.size) return {};
    return core::fail(ErrorCode::data_loss, fmt::format("asked for {} bytes, {} were announced", part.size, length));
  };
  target.write = [&](Bytes chunk) -> Status {
    if (auto written = file_.write_at(offset, chunk); !written) return written;
    checksum.update(chunk.view());
    progress_->add(chunk.size());
    offset += chunk.size();
    return {};
  };
  auto fetched = fetch(driver_, key_, options, target);
  if (!fetched) {
    Error error = std::move(fetched).error();
    if (error.code == ErrorCode::precondition_failed) error.message = "the object changed while it was read";
    return error;
  }
  parts_[index] = checksum;
  return part.size;
}

Status Download::check_whole() const {
  crypto::RunningChecksum whole = front_;
  for (const crypto::RunningChecksum& part : parts_) whole.append(part);
  if (plan_.size != info_.size || whole.matches(info_.checksum)) return {};
  return core::fail(ErrorCode::data_loss, "the bytes do not have the checksum that the service keeps for them",
                    "nothing was published; try again");
}

}  // namespace

Result<ObjectInfo> download(BucketDriver& driver, std::string_view key, const GetOptions& options, PendingFile& file) {
  return Download(driver, key, options, file).run();
}

}  // namespace cloudkit::inline v0::object_store
