#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/testing/conformance.h>

#include <atomic>
#include <memory>
#include <string>

namespace live {

namespace http = cloudkit::http;

/// How S3 and its like charge requests: A to change or list, B to read, removing is free.
/// https://aws.amazon.com/s3/pricing/
enum class PriceClass { a, b, free };
PriceClass class_of(const http::Request& request);

/// What was sent, and what it may cost. Thread-safe.
class Meter {
 public:
  explicit Meter(long max_requests) : max_requests_(max_requests) {}

  /// False when the cap is reached: then the request must not be sent.
  bool count(PriceClass price);
  void count_bytes(std::uint64_t sent, std::uint64_t received);
  /// From now on the cap does not hold: what was made has to be removed.
  void begin_cleanup() { in_cleanup_ = true; }

  long requests() const { return a_ + b_ + free_; }
  bool exhausted() const { return exhausted_; }
  /// "12 requests (A …), 0.1 MB sent, …" and "cost: at most …", a line each.
  std::string report() const;
  /// What the cap allows, if all of it were of the dearest kind.
  std::string worst_case() const;

 private:
  const long max_requests_;
  std::atomic<bool> in_cleanup_{false};
  std::atomic<bool> exhausted_{false};
  std::atomic<long> a_{0}, b_{0}, free_{0};
  std::atomic<std::uint64_t> sent_{0}, received_{0};
};

/// Every request of the suite goes through here.
class MeteredTransport final : public http::Transport {
 public:
  MeteredTransport(std::shared_ptr<http::Transport> inner, std::shared_ptr<Meter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}

  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver,
                      const cloudkit::Context& context) override;

 private:
  const std::shared_ptr<http::Transport> inner_;
  const std::shared_ptr<Meter> meter_;
};

/// But for those of presigned URLs.
cloudkit::testing::Fetch metered(cloudkit::testing::Fetch fetch, std::shared_ptr<Meter> meter);

}  // namespace live
