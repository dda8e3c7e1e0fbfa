#pragma once

#include "core/time.h"
#include "http/classify.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <memory>
#include <vector>

namespace cloudkit::testing {

/// A client whose time passes only by waiting, whose jitter is 1, and whose service is a script.
struct ClientFixture {
  std::shared_ptr<ScriptedTransport> service = std::make_shared<ScriptedTransport>();
  core::TimePoint time = core::parse_http_date("Mon, 23 Nov 2026 01:00:00 GMT").value();
  std::vector<std::chrono::milliseconds> waits = {};
  http::ClientOptions options = {};

  ClientFixture() {
    quiet_log();
    options.transport = service;
    options.hooks.now = [this] { return time; };
    options.hooks.jitter = [] { return 1.0; };
    options.hooks.wait = [this](const Context& context, std::chrono::milliseconds duration) {
      waits.push_back(duration);
      time += duration;
      return context.check();
    };
    // The service's code stands in a header here, as bodies are each service's own affair.
    options.classifier = [](const http::Request&, const http::Response& reply, bool) -> std::optional<http::Failure> {
      const auto code = reply.headers.get("code");
      if (reply.status / 100 == 2 && code.empty()) return std::nullopt;
      return http::classify(code, reply.status);
    };
  }
  ~ClientFixture() { set_log_sink({}); }
  // The hooks point here.
  ClientFixture(const ClientFixture&) = delete;
  ClientFixture& operator=(const ClientFixture&) = delete;

  static http::Request request(http::Method method = http::Method::get) {
    http::Request request;
    request.method = method;
    request.host = "s3.test";
    request.path = "/bucket/key";
    request.query = {{"X-Amz-Signature", "canary"}};
    return request;
  }

  Result<http::Response> send(http::Request what = request(), const Context& context = {},
                              http::BodyReceiver* receiver = nullptr) {
    if (client_ == nullptr) client_ = std::make_unique<http::Client>(options);
    return client_->send(std::move(what), context, receiver);
  }
  http::Client& client() { return *client_; }
  std::size_t sent() const { return service->sent().size(); }

 private:
  std::unique_ptr<http::Client> client_ = {};
};

}  // namespace cloudkit::testing
