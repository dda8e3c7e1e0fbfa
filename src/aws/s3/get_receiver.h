#pragma once

#include "aws/s3/payload.h"
#include "aws/s3/protocol_objects.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <utility>

namespace cloudkit::inline v0::aws::s3 {

/// Hands the reply to a get on, checked: condition, range, length, checksum. The attempts of one call may
/// each begin a reply, but the object's receiver begins once: with the first byte that is kept.
class GetReceiver final : public http::BodyReceiver {
 public:
  GetReceiver(std::string_view key, std::optional<ByteRange> range, Condition condition, ObjectReceiver& receiver)
      : key_(key), range_(range), condition_(std::move(condition)), receiver_(receiver) {}

  Status begin(const http::Response& head) override;
  Status write(Bytes chunk) override;
  std::size_t most_at_once() const noexcept override { return receiver_.most_at_once(); }
  /// Once, after the last byte. Errors: `unavailable` when some are missing, `data_loss`.
  Result<ObjectInfo> finish();

 private:
  Status start();

  const std::string key_;
  const std::optional<ByteRange> range_;
  const Condition condition_;
  ObjectReceiver& receiver_;
  GetHead head_;
  Checksum expected_;
  crypto::RunningChecksum actual_;
  std::uint64_t delivered_ = 0;
  bool started_ = false;
};

}  // namespace cloudkit::inline v0::aws::s3
