#pragma once

#include <cloudkit/driver/http.h>

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::testing {

/// A service in memory: it answers each attempt with the next step of its script, and
/// remembers what was sent. Thread-safe.
class ScriptedTransport final : public http::Transport {
 public:
  using Step = std::function<http::Exchange(const http::Request&, http::BodyReceiver*, const Context&)>;

  ScriptedTransport() = default;
  /// The same answer for ever.
  explicit ScriptedTransport(Step always) : always_(std::move(always)) {}

  ScriptedTransport& then(Step step, int times = 1) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < times; ++i) steps_.push_back(step);
    return *this;
  }

  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override {
    Step step;
    {
      const std::scoped_lock lock(mutex_);
      sent_.push_back(request);
      if (!steps_.empty()) {
        step = std::move(steps_.front());
        steps_.pop_front();
      } else {
        step = always_;
      }
    }
    if (step) return step(request, receiver, context);
    Error error;
    error.message = "the script has no answer left";
    http::Exchange exchange;
    exchange.status = std::move(error);
    return exchange;
  }

  /// The requests of all attempts; their bodies are views.
  std::vector<http::Request> sent() const {
    const std::scoped_lock lock(mutex_);
    return sent_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  Step always_;
  std::vector<http::Request> sent_;
};

/// A whole reply. A receiver gets the body of a 2xx, in one piece.
inline ScriptedTransport::Step reply(int status, std::vector<http::Header> headers = {}, std::string body = {}) {
  return [=](const http::Request&, http::BodyReceiver* receiver, const Context&) {
    http::Exchange exchange;
    exchange.request_sent = exchange.reply_started = true;
    exchange.response.status = status;
    for (const http::Header& header : headers) exchange.response.headers.add(header.name, header.value);
    if (receiver == nullptr || status / 100 != 2) {
      exchange.response.body = body;
      return exchange;
    }
    exchange.status = receiver->begin(exchange.response);
    if (exchange.status && !body.empty()) {
      exchange.body_delivered = true;
      exchange.status = receiver->write(body);
    }
    return exchange;
  };
}

/// An attempt without a whole reply. The default: reset after the request, on a new connection.
struct Broken {
  ErrorCode code = ErrorCode::unavailable;
  bool retryable = true;
  bool request_sent = true;
  bool reply_started = false;
  bool body_delivered = false;
  bool connection_reused = false;
};

inline ScriptedTransport::Step broken(Broken how = {}) {
  return [=](const http::Request&, http::BodyReceiver*, const Context&) {
    Error error;
    error.code = how.code;
    error.message = "connection reset";
    error.retryable = how.retryable;
    http::Exchange exchange;
    exchange.status = std::move(error);
    exchange.request_sent = how.request_sent;
    exchange.reply_started = how.reply_started;
    exchange.body_delivered = how.body_delivered;
    exchange.connection_reused = how.connection_reused;
    return exchange;
  };
}

}  // namespace cloudkit::testing
