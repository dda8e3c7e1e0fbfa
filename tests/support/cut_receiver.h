#pragma once

#include <cloudkit/driver/http.h>

#include <algorithm>
#include <cstdint>

namespace test {

/// Ends an exchange in the middle, as a connection does that breaks.
class CutReceiver final : public cloudkit::http::BodyReceiver {
 public:
  CutReceiver(cloudkit::http::BodyReceiver& inner, std::uint64_t bytes) : inner_(inner), left_(bytes) {}
  cloudkit::Status begin(const cloudkit::http::Response& head) override { return inner_.begin(head); }
  cloudkit::Status write(cloudkit::Bytes chunk) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), left_));
    left_ -= count;
    if (count == chunk.size()) return inner_.write(chunk);
    if (auto written = inner_.write({chunk.data(), count}); !written) return written;
    cloudkit::Error error(cloudkit::ErrorCode::unavailable, "the connection was cut");
    error.retryable = true;
    return error;
  }

 private:
  cloudkit::http::BodyReceiver& inner_;
  std::uint64_t left_;
};

}  // namespace test
