#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/testing/function_conformance.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace test {

/// Lambda as it is where moto is at once what it will be: what services take their time for, on the way to a server
/// that takes none. Thread-safe.
class SlowLambda final : public cloudkit::http::Transport {
 public:
  void delay(const cloudkit::testing::ServiceDelays& delays) {
    const std::scoped_lock lock(mutex_);
    delays_ = delays;
    late_ = pending_ = 0;
  }

  /// Nothing is left of what calls were to meet.
  bool is_spent() const {
    const std::scoped_lock lock(mutex_);
    return delays_.update_conflicts == 0 && delays_.unknown_identities == 0 && late_ == 0 && pending_ == 0;
  }

  cloudkit::http::Exchange send(const cloudkit::http::Request& request, cloudkit::http::BodyReceiver* receiver,
                                const cloudkit::Context& context) override {
    using cloudkit::http::Method;
    std::unique_lock lock(mutex_);
    const std::string_view path = request.path;
    const bool creates = request.method == Method::post && path == kFunctions;
    const bool updates = request.method == Method::put && path.starts_with(kFunctions) &&
                         (path.ends_with("/code") || path.ends_with("/configuration"));
    const bool looks = request.method == Method::get && path.starts_with(kFunctions) &&
                       path.size() > kFunctions.size() &&
                       path.find('/', kFunctions.size() + 1) == std::string_view::npos;
    if (creates && take(delays_.unknown_identities)) {
      return refusal(400, "InvalidParameterValueException",
                     "The role defined for the function cannot be assumed by Lambda.");
    }
    if (updates && take(delays_.update_conflicts)) {
      return refusal(409, "ResourceConflictException",
                     "The operation cannot be performed at this time. An update is in progress");
    }
    if (looks && take(late_)) return refusal(404, "ResourceNotFoundException", "Function not found");
    lock.unlock();
    cloudkit::http::Exchange exchange = inner_->send(request, receiver, context);
    lock.lock();
    if (exchange.response.status / 100 != 2) return exchange;
    if (creates || updates) {
      pending_ = delays_.pending_looks;
      is_new_ = creates;
    }
    if (creates) late_ = delays_.late_looks;
    if (looks && take(pending_)) {
      replace(exchange.response.body, is_new_ ? R"("State": "Active")" : R"("LastUpdateStatus": "Successful")",
              is_new_ ? R"("State": "Pending")" : R"("LastUpdateStatus": "InProgress")");
    }
    return exchange;
  }

 private:
  static constexpr std::string_view kFunctions = "/2015-03-31/functions";

  static bool take(int& left) {
    if (left == 0) return false;
    --left;
    return true;
  }

  static void replace(std::string& text, std::string_view old, std::string_view by) {
    const auto at = text.find(old);
    if (at != std::string::npos) text.replace(at, old.size(), by);
  }

  static cloudkit::http::Exchange refusal(int status, std::string code, const std::string& message) {
    cloudkit::http::Exchange exchange;
    exchange.request_sent = exchange.reply_started = true;
    exchange.response.status = status;
    exchange.response.headers.add("x-amzn-errortype", std::move(code));
    exchange.response.body = R"({"Message":")" + message + "\"}";
    return exchange;
  }

  const std::shared_ptr<cloudkit::http::Transport> inner_ = cloudkit::http::make_curl_transport();
  mutable std::mutex mutex_;
  cloudkit::testing::ServiceDelays delays_;
  int late_ = 0;
  int pending_ = 0;
  bool is_new_ = false;
};

}  // namespace test
