#pragma once

#include "gcp/gcs/bucket_driver.h"
#include "gcp/gcs/protocol_put.h"
#include "gcp/gcs/store_driver.h"
#include "support/driver_io.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <cloudkit/gcp.h>

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloudkit::testing {

using ::test::MemorySource;
using ::test::Received;
using ::test::StringSource;

class TestToken final : public gcp::Identity {
 public:
  Result<AccessToken> get(const Context&) override {
    return AccessToken{fmt::format("cktest-token-{}", 10 + renewed), std::nullopt, "the test"};
  }
  void invalidate(const AccessToken&) override { ++renewed; }
  Result<std::string> project(const Context&) override { return std::string("of-identity"); }
  int renewed = 0;
};

/// What goes out, without the token. The request's body must still live.
inline constexpr std::size_t kUnit = gcp::gcs::kChunkUnit;

inline std::string text_of(const http::Request& request) {
  std::string out =
      fmt::format("{} {}://{}{}\n", to_string(request.method), request.scheme, request.host, encode_target(request));
  for (const http::Header& header : request.headers) {
    if (header.name != "authorization" && header.name != "Authorization") {
      out += fmt::format("{}: {}\n", header.name, header.value);
    }
  }
  if (!request.body.empty()) out += fmt::format("\n{}", request.body.view());
  return out;
}

/// Keeps what is sent while its body lives, and answers as `then`.
inline ScriptedTransport::Step keeping(std::string& text, ScriptedTransport::Step then) {
  return [&text, then](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    text = text_of(request);
    if (request.source != nullptr) {
      std::string body(static_cast<std::size_t>(request.source->size()), '\0');
      std::size_t filled = 0;
      while (filled < body.size()) {
        const auto count = request.source->read_at(filled, std::span(body).subspan(filled));
        if (!count || *count == 0) break;
        filled += *count;
      }
      text += '\n' + body;
    }
    return then(request, receiver, context);
  };
}

/// An object as the service describes it. `more` begins with a comma.
inline std::string resource(std::string_view name, std::string_view size = "5", std::string_view more = "") {
  return fmt::format(R"({{"name":"{}","generation":"1700000000000001","metageneration":"1","size":"{}",)"
                     R"("updated":"2026-01-01T00:00:00.000Z"{}}})",
                     name, size, more);
}

inline std::string refusal(int code, std::string_view reason, std::string_view message) {
  return fmt::format(R"({{"error":{{"code":{},"message":"{}","errors":[{{"domain":"global","reason":"{}"}}]}}}})", code,
                     message, reason);
}

/// What comes before the bytes of an object.
inline std::vector<http::Header> media_headers(std::string_view size, std::vector<http::Header> more = {}) {
  std::vector<http::Header> headers = {{"content-length", std::string(size)},
                                       {"content-type", "text/plain"},
                                       {"x-goog-generation", "1700000000000001"},
                                       {"last-modified", "Thu, 01 Jan 2026 00:00:00 GMT"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

/// A store whose service is a script.
struct Fixture {
  Fixture() : Fixture(gcp::GcsOptions{}) {}
  explicit Fixture(gcp::GcsOptions options) {
    quiet_log();
    if (!options.anonymous && options.identity == nullptr) options.identity = token;
    auth::Surroundings surroundings;
    surroundings.environment.variable = [this](std::string_view name) -> std::optional<std::string> {
      const auto it = variables.find(std::string(name));
      if (it == variables.end()) return std::nullopt;
      return it->second;
    };
    surroundings.environment.read_file = [](const std::string&) -> Result<std::optional<std::string>> {
      return std::optional<std::string>();
    };
    surroundings.transport = transport;
    surroundings.hooks.now = [] { return std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}; };
    surroundings.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status{}; };
    surroundings.hooks.jitter = [] { return 1.0; };
    client = std::make_shared<gcp::gcs::GcsClient>(std::move(options), std::move(surroundings));
    store = std::make_shared<gcp::gcs::GcsStoreDriver>(client);
    bucket = std::make_shared<gcp::gcs::GcsBucketDriver>(client, "reports");
  }

  std::string sent(std::size_t index) const {
    http::Request request = transport->sent().at(index);
    request.body = {};  // Its owner may be gone.
    return text_of(request);
  }

  std::map<std::string, std::string> variables;
  std::shared_ptr<TestToken> token = std::make_shared<TestToken>();
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  std::shared_ptr<gcp::gcs::GcsClient> client;
  std::shared_ptr<gcp::gcs::GcsStoreDriver> store;
  std::shared_ptr<gcp::gcs::GcsBucketDriver> bucket;
};

}  // namespace cloudkit::testing
