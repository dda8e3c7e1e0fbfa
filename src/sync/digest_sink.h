#pragma once

#include "core/encode.h"
#include "crypto/digest.h"

#include <cloudkit/io.h>

#include <cstdint>
#include <string>

namespace cloudkit::inline v0::syncing {

/// The SHA-256 of what is written into it.
class DigestSink final : public Sink {
 public:
  Status write(Bytes chunk) override {
    digest_.update(chunk.view());
    size_ += chunk.size();
    return {};
  }
  std::uint64_t size() const noexcept { return size_; }
  /// In hexadecimal digits, once.
  std::string finish() { return core::hex_encode(digest_.finish()); }

 private:
  crypto::Sha256 digest_;
  std::uint64_t size_ = 0;
};

}  // namespace cloudkit::inline v0::syncing
