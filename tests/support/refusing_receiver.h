#pragma once

#include <cloudkit/driver/object_store.h>

namespace test {

/// Whose own preconditions fail: at once, or at the first bytes.
class RefusingReceiver final : public cloudkit::ObjectReceiver {
 public:
  explicit RefusingReceiver(bool at_once) : at_once_(at_once) {}
  cloudkit::Status begin(const cloudkit::ObjectInfo&, std::uint64_t, std::uint64_t) override {
    ++begins;
    return at_once_ ? refusal() : cloudkit::Status{};
  }
  cloudkit::Status write(cloudkit::Bytes) override { return refusal(); }

  int begins = 0;

 private:
  static cloudkit::Status refusal() {
    return cloudkit::Error{cloudkit::ErrorCode::precondition_failed, "the sink does not want it"};
  }
  const bool at_once_;
};

}  // namespace test
