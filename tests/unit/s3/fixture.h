#pragma once

#include "aws/s3/bucket_driver.h"
#include "aws/s3/client.h"
#include "aws/s3/store_driver.h"
#include "support/driver_io.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <cloudkit/aws.h>

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloudkit::testing {

using aws::S3Options;
using aws::S3Server;

/// The keys of AWS's published examples.
class ExampleKeys final : public CredentialSource {
 public:
  Result<Credentials> get(const Context&) override {
    Credentials keys;
    keys.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    keys.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    return keys;
  }
};

using ::test::MemorySource;
using ::test::Received;
using ::test::StringSource;

/// All of a source, some bytes at a time, as a transport would.
inline Result<std::string> read_all(const Source& source, std::size_t at_once) {
  std::string all;
  while (all.size() < source.size()) {
    std::string buffer(at_once, '\0');
    const auto count = source.read_at(all.size(), buffer);
    if (!count) return count.error();
    if (*count == 0) break;
    all.append(buffer, 0, *count);
  }
  return all;
}

/// Reads the body, as a transport does, before it goes on as `then`.
inline ScriptedTransport::Step taking(std::string& body, ScriptedTransport::Step then) {
  return [&body, then](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    const auto sent = request.source == nullptr ? std::string(request.body.view()) : read_all(*request.source, 7);
    if (!sent) {
      http::Exchange failed;
      failed.status = sent.error();
      return failed;
    }
    body = *sent;
    return then(request, receiver, context);
  };
}

/// What goes out, without the signature and what it needs. The request's body must still live.
inline std::string text_of(const http::Request& request) {
  std::string out =
      fmt::format("{} {}://{}{}\n", to_string(request.method), request.scheme, request.host, encode_target(request));
  for (const http::Header& header : request.headers) {
    const bool is_signing = header.name == "authorization" || header.name == "Authorization" ||
                            header.name == "x-amz-date" || header.name == "x-amz-content-sha256";
    if (!is_signing) out += fmt::format("{}: {}\n", header.name, header.value);
  }
  if (!request.body.empty()) out += fmt::format("\n{}", request.body.view());
  return out;
}

/// At the time of `Fixture`.
inline std::string signed_region(const http::Request& request) {
  const std::string text(request.headers.get("authorization"));
  const std::size_t begin = text.find("/20130524/") + 10;
  return text.substr(begin, text.find('/', begin) - begin);
}

/// A store whose service is a script.
struct Fixture {
  Fixture() : Fixture(in_region("us-west-2")) {}
  explicit Fixture(S3Options options) {
    if (!options.anonymous && options.credentials == nullptr) options.credentials = std::make_shared<ExampleKeys>();
    quiet_log();
    aws::s3::ClientParts parts;
    parts.transport = transport;
    parts.environment = &environment;
    parts.hooks.now = [] { return std::chrono::sys_days{std::chrono::year{2013} / 5 / 24}; };
    parts.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status{}; };
    parts.hooks.jitter = [] { return 1.0; };
    client = std::make_shared<aws::s3::S3Client>(std::move(options), std::move(parts));
    store = std::make_shared<aws::s3::S3StoreDriver>(client);
    bucket = std::make_shared<aws::s3::S3BucketDriver>(client, "reports");
  }

  static S3Options in_region(std::string region) {
    S3Options options;
    options.region = std::move(region);
    return options;
  }
  static S3Options at(std::string endpoint, std::optional<S3Server> server = {}) {
    S3Options options;
    options.endpoint = std::move(endpoint);
    options.server = server;
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

  std::map<std::string, std::string> variables;
  aws::Environment environment{
      [this](std::string_view name) -> std::optional<std::string> {
        const auto it = variables.find(std::string(name));
        if (it == variables.end()) return std::nullopt;
        return it->second;
      },
      [](const std::string&) -> Result<std::optional<std::string>> { return std::optional<std::string>(); }};
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  std::shared_ptr<aws::s3::S3Client> client;
  std::shared_ptr<aws::s3::S3StoreDriver> store;
  std::shared_ptr<aws::s3::S3BucketDriver> bucket;
};

/// A bucket by path, at a server that is not AWS's.
inline const aws::s3::Target kTarget{"https", "objects.example", "/reports"};
inline const aws::s3::Quirks& kAws = aws::s3::quirks_of(S3Server::aws);

/// What a copy answers.
inline const std::string kCopied =
    "<CopyObjectResult><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;def&quot;</ETag>"
    "</CopyObjectResult>";

inline http::Response ok(std::string body, const std::vector<http::Header>& headers = {}) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  for (const http::Header& header : headers) response.headers.add(header.name, header.value);
  return response;
}

template <class T>
std::string why(const Result<T>& result) {
  return result ? "a success" : result.error().message;
}

inline std::string error_body(std::string_view code, std::string_view more = {}) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>said {}</Message>{}"
      "<RequestId>4ZF</RequestId></Error>",
      code, code, more);
}

}  // namespace cloudkit::testing
