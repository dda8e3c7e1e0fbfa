#pragma once

#include <cloudkit/io.h>

#include <algorithm>

namespace cloudkit::inline v0::core {

/// Some bytes of another source, which must outlive it.
class PartSource final : public Source {
 public:
  PartSource(const Source& whole, std::uint64_t offset, std::uint64_t size) noexcept
      : whole_(whole), offset_(offset), size_(size) {}

  std::uint64_t size() const noexcept override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const std::uint64_t left = size_ - std::min(offset, size_);
    return whole_.read_at(offset_ + offset,
                          out.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()))));
  }
  std::optional<Bytes> contiguous() const override {
    const auto bytes = whole_.contiguous();
    if (!bytes || offset_ + size_ > bytes->size()) return std::nullopt;
    return Bytes(bytes->data() + offset_, static_cast<std::size_t>(size_));
  }

 private:
  const Source& whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace cloudkit::inline v0::core
