#pragma once

#include "azure/blob/bucket_driver.h"
#include "azure/blob/client.h"
#include "azure/blob/store_driver.h"
#include "support/driver_io.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace cloudkit::testing {

using ::test::MemorySource;
using ::test::Received;
using ::test::StringSource;

/// What goes out, without the signature and what it needs. The request's body must still live.
inline std::string text_of(const http::Request& request) {
  std::string out =
      fmt::format("{} {}://{}{}\n", to_string(request.method), request.scheme, request.host, encode_target(request));
  for (const http::Header& header : request.headers) {
    const bool is_known = header.name == "Authorization" || header.name == "x-ms-date" || header.name == "x-ms-version";
    if (!is_known) out += fmt::format("{}: {}\n", header.name, header.value);
  }
  if (!request.body.empty()) out += fmt::format("\n{}", request.body.view());
  return out;
}

/// An account whose service is a script.
struct BlobFixture {
  BlobFixture() : BlobFixture(with_key()) {}
  explicit BlobFixture(azure::BlobOptions options) {
    quiet_log();
    auth::Surroundings surroundings;
    surroundings.environment.variable = [](std::string_view) { return std::optional<std::string>(); };
    surroundings.environment.read_file = [](const std::string&) -> Result<std::optional<std::string>> {
      return std::optional<std::string>();
    };
    surroundings.transport = transport;
    surroundings.hooks.now = [] { return std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}; };
    surroundings.hooks.wait = [this](const Context&, std::chrono::milliseconds duration) {
      waits.push_back(duration);
      return Status{};
    };
    surroundings.hooks.jitter = [] { return 1.0; };
    client = std::make_shared<azure::blob::BlobClient>(std::move(options), std::move(surroundings));
    store = std::make_shared<azure::blob::BlobStoreDriver>(client);
    bucket = std::make_shared<azure::blob::BlobBucketDriver>(client, "reports");
  }

  static azure::BlobOptions with_key() {
    azure::BlobOptions options;
    options.account = "acc";
    options.account_key = "Y2t0ZXN0LWJsb2ItMQ==";  // cktest-blob-1
    return options;
  }

  std::vector<std::string> sent() const {
    std::vector<std::string> texts;
    for (http::Request request : transport->sent()) {
      request.body = {};  // Its owner may be gone.
      texts.push_back(text_of(request));
    }
    return texts;
  }

  std::vector<std::chrono::milliseconds> waits;  // Between attempts.
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  std::shared_ptr<azure::blob::BlobClient> client;
  std::shared_ptr<azure::blob::BlobStoreDriver> store;
  std::shared_ptr<azure::blob::BlobBucketDriver> bucket;
};

/// As Azure sends it: with a byte order mark.
inline std::string error_body(std::string_view code, std::string_view more = {}) {
  return fmt::format(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>said {}\n"
      "RequestId:4ZF\nTime:2026-11-26T00:00:00Z</Message>{}</Error>",
      code, code, more);
}
inline ScriptedTransport::Step refused(int status, std::string code) {
  return reply(status, {{"x-ms-error-code", code}, {"x-ms-request-id", "4ZF"}}, error_body(code));
}

inline const std::string kBase = "https://acc.blob.core.windows.net/reports";

}  // namespace cloudkit::testing
