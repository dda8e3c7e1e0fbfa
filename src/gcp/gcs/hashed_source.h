#pragma once

#include "core/source_chunks.h"
#include "crypto/crc.h"

#include <cloudkit/io.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace cloudkit::inline v0::gcp::gcs {

/// The first `size` bytes of a source, and the CRC-32C of what was read of them: worked out while they are sent. To be
/// read by one thread, in order, from the start or from where it has been before.
class HashedSource final : public Source {
 public:
  HashedSource(const Source& source, std::uint64_t size) noexcept : source_(source), size_(size) {}

  std::uint64_t size() const noexcept override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - std::min(offset, size_)));
    auto count = source_.read_at(offset, out.first(wanted));
    if (!count || *count == 0 || offset > hashed_) return count;
    // What is sent again has been hashed.
    const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(hashed_ - offset, *count));
    crc_ = crypto::crc32c(crc_, {out.data() + known, *count - known});
    hashed_ += *count - known;
    return count;
  }
  std::optional<Bytes> contiguous() const override {
    const auto bytes = source_.contiguous();
    if (!bytes || bytes->size() < size_) return std::nullopt;
    return Bytes(bytes->data(), static_cast<std::size_t>(size_));
  }

  /// Of all its bytes; those that were never read here are read now. Errors: the source's.
  Result<std::uint32_t> crc32c() const {
    if (const auto bytes = contiguous()) return crypto::crc32c(0, bytes->view());
    std::string buffer(core::kChunkSize, '\0');
    while (hashed_ < size_) {
      const auto count = read_at(hashed_, buffer);
      if (!count) return count.error();
      if (*count == 0) return core::wrong_size(source_, "fewer");
    }
    return crc_;
  }

 private:
  const Source& source_;
  const std::uint64_t size_;
  mutable std::uint64_t hashed_ = 0;
  mutable std::uint32_t crc_ = 0;
};

}  // namespace cloudkit::inline v0::gcp::gcs
