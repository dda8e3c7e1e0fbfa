#pragma once

#include "crypto/checksum.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <functional>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::http {

/// What a reply to a get says before its bytes.
struct GetHead {
  ObjectInfo info = {};
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Hands the reply to a get on, checked: condition, range, length, checksum. The attempts of one call may
/// each begin a reply, but the object's receiver begins once: with the first byte that is kept.
class GetReceiver final : public BodyReceiver {
 public:
  /// Reads a service's headers; a reply to another range than was asked for is its error.
  using Parse = std::function<Result<GetHead>(const Response&)>;

  GetReceiver(Parse parse, std::optional<ByteRange> range, Condition condition, ObjectReceiver& receiver)
      : parse_(std::move(parse)), range_(range), condition_(std::move(condition)), receiver_(receiver) {}

  Status begin(const Response& head) override;
  Status write(Bytes chunk) override;
  std::size_t most_at_once() const noexcept override { return receiver_.most_at_once(); }
  /// Once, after the last byte. Errors: `unavailable` when some are missing, `data_loss`.
  Result<ObjectInfo> finish();

 private:
  Status start();

  const Parse parse_;
  const std::optional<ByteRange> range_;
  const Condition condition_;
  ObjectReceiver& receiver_;
  GetHead head_;
  Checksum expected_;
  crypto::RunningChecksum actual_;
  std::uint64_t delivered_ = 0;
  bool started_ = false;
};

/// `unavailable`, retryable: what was read is no longer what a look has found.
Error replaced_meanwhile();

/// A get that ends up with no bytes: because none were asked for, or because the object that `info` describes has none.
/// Errors: as of `get`; `unavailable` when there are bytes now.
Result<ObjectInfo> deliver_nothing(ObjectInfo info, const GetOptions& options, ObjectReceiver& receiver);

}  // namespace cloudkit::inline v0::http
