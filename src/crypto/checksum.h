#pragma once

#include <cloudkit/object_types.h>

#include <cstdint>
#include <string_view>

namespace cloudkit::inline v0::crypto {

/// A checksum of bytes that arrive piece by piece, of the kind that an object's `Checksum` is.
class RunningChecksum {
 public:
  RunningChecksum() = default;
  explicit RunningChecksum(Checksum::Algorithm algorithm) noexcept : algorithm_(algorithm) {}

  void update(std::string_view chunk) noexcept;
  /// As if the bytes of `next` had followed.
  void append(const RunningChecksum& next) noexcept;

  bool matches(const Checksum& expected) const noexcept;
  std::uint64_t value() const noexcept { return value_; }

 private:
  Checksum::Algorithm algorithm_ = Checksum::Algorithm::none;
  std::uint64_t value_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace cloudkit::inline v0::crypto
