#include "crypto/checksum.h"

#include "crypto/crc.h"

namespace cloudkit::inline v0::crypto {

using Algorithm = Checksum::Algorithm;

void RunningChecksum::update(std::string_view chunk) noexcept {
  size_ += chunk.size();
  if (algorithm_ == Algorithm::crc32c) value_ = crc32c(static_cast<std::uint32_t>(value_), chunk);
  if (algorithm_ == Algorithm::crc64nvme) value_ = crc64nvme(value_, chunk);
}

void RunningChecksum::append(const RunningChecksum& next) noexcept {
  size_ += next.size_;
  if (algorithm_ == Algorithm::crc32c) {
    value_ = crc32c_combine(static_cast<std::uint32_t>(value_), static_cast<std::uint32_t>(next.value_), next.size_);
  }
  if (algorithm_ == Algorithm::crc64nvme) value_ = crc64nvme_combine(value_, next.value_, next.size_);
}

bool RunningChecksum::matches(const Checksum& expected) const noexcept {
  return expected.algorithm == Algorithm::none || (expected.algorithm == algorithm_ && expected.value == value_);
}

}  // namespace cloudkit::inline v0::crypto
