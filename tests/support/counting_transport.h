#pragma once

#include "support/cut_receiver.h"

#include <cloudkit/driver/http.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace test {

/// The real transport, which counts requests and breaks a reply when it is told to.
class CountingTransport final : public cloudkit::http::Transport {
 public:
  cloudkit::http::Exchange send(const cloudkit::http::Request& request, cloudkit::http::BodyReceiver* receiver,
                                const cloudkit::Context& context) override {
    ++count;
    sent_bytes += request.body_size();
    auto exchange = pass_on(request, receiver, context);
    if (seen) seen(request, exchange);
    return exchange;
  }
  std::atomic<long> count{0};
  std::atomic<std::uint64_t> sent_bytes{0};
  std::atomic<std::uint64_t> cut_after{UINT64_MAX};
  /// Told of each exchange, from any thread.
  std::function<void(const cloudkit::http::Request&, const cloudkit::http::Exchange&)> seen;

 private:
  cloudkit::http::Exchange pass_on(const cloudkit::http::Request& request, cloudkit::http::BodyReceiver* receiver,
                                   const cloudkit::Context& context) {
    if (receiver == nullptr) return inner_->send(request, receiver, context);
    CutReceiver cut(*receiver, cut_after.exchange(UINT64_MAX));
    return inner_->send(request, &cut, context);
  }

  const std::shared_ptr<cloudkit::http::Transport> inner_ = cloudkit::http::make_curl_transport();
};

}  // namespace test
