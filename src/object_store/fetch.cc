#include "object_store/fetch.h"

#include "core/bandwidth.h"
#include "core/fail.h"
#include "object_store/hedged_get.h"
#include "object_store/waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr int kMaxFruitlessResumes = 3;
constexpr const char* kChanged = "the object changed while it was read";

class Delivery final : public ObjectReceiver {
 public:
  Delivery(const FetchTarget& target, const GetOptions& options)
      : target_(target), context_(options.context), limit_(options.transfer.bandwidth) {}

  Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
    if (started_) return check_resumed(info, offset, length);
    if (auto status = remember(target_.begin(info, length)); !status) return status;
    started_ = true;
    token_ = info.token;
    offset_ = offset;
    left_ = length;
    return {};
  }

  Status write(Bytes chunk) override {
    if (auto status = remember(context_.check()); !status) return status;
    if (chunk.size() > left_) return core::fail(ErrorCode::data_loss, "more bytes arrived than were announced");
    while (!chunk.empty()) {
      const Bytes piece(chunk.data(), std::min(chunk.size(), most_at_once()));
      if (auto status = take(piece); !status) return status;
      chunk = Bytes(chunk.data() + piece.size(), chunk.size() - piece.size());
    }
    return {};
  }

  std::size_t most_at_once() const noexcept override { return BandwidthAccess::piece(limit_); }

  bool started() const { return started_; }
  bool refused() const { return refused_; }
  const std::string& token() const { return token_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t left() const { return left_; }

 private:
  Status take(Bytes piece) {
    if (auto status = remember(BandwidthAccess::wait_for(limit_, piece.size(), context_)); !status) return status;
    if (auto status = remember(target_.write(piece)); !status) return status;
    offset_ += piece.size();
    left_ -= piece.size();
    return {};
  }

  // An error of the target is the caller's: a resume would only meet it again.
  Status remember(Status status) {
    if (!status) refused_ = true;
    return status;
  }

  Status check_resumed(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) const {
    if (info.token != token_) {
      return core::fail(ErrorCode::precondition_failed, kChanged);
    }
    if (offset != offset_ || length != left_) {
      return core::fail(ErrorCode::data_loss, fmt::format("asked for {} bytes from {} on, but {} from {} on came",
                                                          left_, offset_, length, offset));
    }
    return {};
  }

  const FetchTarget& target_;
  const Context& context_;
  const BandwidthLimit& limit_;
  std::string token_;
  std::uint64_t offset_ = 0;
  std::uint64_t left_ = 0;
  bool started_ = false;
  bool refused_ = false;
};

bool can_resume(const Error& error, const Delivery& delivery) {
  return error.retryable && delivery.started() && !delivery.refused() && delivery.left() > 0 &&
         !delivery.token().empty();
}

// What a resume cannot mend: bytes that came wrong, or an end that is missing after all of them came.
bool is_spoilt(const Error& error, const Delivery& delivery) {
  if (!delivery.started() || delivery.refused()) return false;
  return error.code == ErrorCode::data_loss || (error.retryable && delivery.left() == 0);
}

// From the first byte to the last, with resumes.
Result<ObjectInfo> fetch_through(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                 Delivery& delivery) {
  GetOptions request = options;
  int attempts = 0;
  int fruitless = 0;
  bool resumed = false;
  while (true) {
    const std::uint64_t left_before = delivery.left();
    auto result = hedged_get(driver, key, request, delivery);
    if (result) {
      // The service's is of the whole object, and what came before the break was compared with nothing.
      if (resumed) result->checksum = {};
      if (delivery.left() == 0) return result;
      return core::fail(ErrorCode::data_loss, fmt::format("{} bytes are missing at the end", delivery.left()));
    }
    Error error = std::move(result).error();
    const bool tried_again = error.attempts > 1;
    attempts += error.attempts;
    error.attempts = attempts;
    fruitless = delivery.started() && delivery.left() == left_before ? fruitless + 1 : 0;
    // What the backend has asked for again and again in vain is not asked for a multiple of that.
    const bool hopeless = fruitless > kMaxFruitlessResumes || (fruitless > 0 && tried_again);
    if (hopeless || !can_resume(error, delivery)) {
      const bool pinned = request.condition.kind() == Condition::Kind::match && delivery.started();
      if (error.code == ErrorCode::precondition_failed && pinned) error.message = kChanged;
      return error;
    }
    if (auto status = options.context.wait_for(kFirstWait * (1 << fruitless)); !status) return status.error();
    resumed = true;
    request.range = ByteRange{delivery.offset(), delivery.left(), false};
    // Where there is no such condition, the token that comes tells, too.
    request.condition = driver.capabilities().conditional_get ? Condition::match(delivery.token()) : Condition();
  }
}

}  // namespace

Result<ObjectInfo> fetch(BucketDriver& driver, std::string_view key, const GetOptions& options,
                         const FetchTarget& target) {
  Delivery first(target, options);
  auto result = fetch_through(driver, key, options, first);
  if (result || !target.restart || !is_spoilt(result.error(), first)) return result;
  const int attempts = result.error().attempts;
  target.restart();
  if (auto status = options.context.wait_for(kFirstWait); !status) return status.error();
  Delivery second(target, options);
  result = fetch_through(driver, key, options, second);
  if (!result) result.error().attempts += attempts;
  return result;
}

Status fetch_range(BucketDriver& driver, std::string_view key, GetOptions options, const ObjectInfo& pinned,
                   const ByteRange& range, FetchTarget target) {
  options.range = range;
  options.condition = driver.capabilities().conditional_get ? Condition::match(pinned.token) : Condition();
  target.begin = [&](const ObjectInfo& info, std::uint64_t length) -> Status {
    // A server that ignores If-Match gives itself away.
    if (info.token != pinned.token) return core::fail(ErrorCode::precondition_failed, {});
    if (length == range.length) return {};
    return core::fail(ErrorCode::data_loss, fmt::format("asked for {} bytes, {} were announced", range.length, length));
  };
  auto fetched = fetch(driver, key, options, target);
  if (fetched) return {};
  Error error = std::move(fetched).error();
  if (error.code == ErrorCode::precondition_failed) error.message = kChanged;
  return error;
}

Error wrong_checksum(std::string hint) {
  return core::fail(ErrorCode::data_loss, "the bytes do not have the checksum that the service keeps for them",
                    std::move(hint));
}

}  // namespace cloudkit::inline v0::object_store
