#pragma once

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::http {

/// Hands all on, and knows whether the object has begun: what fails then may be the receiver's own error, and no other
/// object may be read into it.
class BegunReceiver final : public ObjectReceiver {
 public:
  explicit BegunReceiver(ObjectReceiver& receiver) : receiver_(receiver) {}

  Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
    begun_ = true;
    return receiver_.begin(info, offset, length);
  }
  Status write(Bytes chunk) override { return receiver_.write(chunk); }
  std::size_t most_at_once() const noexcept override { return receiver_.most_at_once(); }
  bool begun() const noexcept { return begun_; }

 private:
  ObjectReceiver& receiver_;
  bool begun_ = false;
};

}  // namespace cloudkit::inline v0::http
