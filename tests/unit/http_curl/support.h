#pragma once

#include <cloudkit/driver/http.h>

#include "faults/scripted_server.h"
#include "support/soon.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

/// What the transport's tests share.
namespace http_curl {

using namespace std::chrono_literals;
namespace http = cloudkit::http;

/// Limits that even a busy machine keeps; a test of one makes that one short.
inline http::TransportOptions test_options() {
  http::TransportOptions options;
  options.connect_timeout = options.first_byte_timeout = 30s;
  options.stall_timeout = 30s;
  return options;
}

inline http::Request request_to(std::string host, http::Method method = http::Method::get, std::string path = "/b/k") {
  http::Request request;
  request.method = method;
  request.scheme = "http";
  request.host = std::move(host);
  request.path = std::move(path);
  return request;
}

/// Sets a variable of the environment (null: removes it) for as long as it lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) {
    if (value != nullptr) {
      ::setenv(name_, value, 1);
    } else {
      ::unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> before_ = {};
};

/// The machine's own proxy must not decide a test.
struct NoProxyVariables {
  ScopedVariable https{"https_proxy", nullptr}, https_upper{"HTTPS_PROXY", nullptr};
  ScopedVariable http{"http_proxy", nullptr}, http_upper{"HTTP_PROXY", nullptr};
  ScopedVariable all{"all_proxy", nullptr}, all_upper{"ALL_PROXY", nullptr};
  ScopedVariable no{"no_proxy", nullptr}, no_upper{"NO_PROXY", nullptr};
};

/// Keeps what it is given.
class Collector final : public http::BodyReceiver {
 public:
  cloudkit::Status begin(const http::Response& head) override {
    ++begins;
    status = head.status;
    return begin_result;
  }
  cloudkit::Status write(cloudkit::Bytes chunk) override {
    body += chunk.view();
    if (on_write) on_write();
    return write_result;
  }

  int begins = 0;
  int status = 0;
  std::string body = {};
  cloudkit::Status begin_result = {};
  cloudkit::Status write_result = {};
  std::function<void()> on_write = {};
};

/// A source that is not in memory at once, and can go wrong at an offset.
class TestSource final : public cloudkit::Source {
 public:
  explicit TestSource(std::string data) : data_(std::move(data)), claimed_(data_.size()) {}

  std::uint64_t size() const noexcept override { return claimed_; }
  cloudkit::Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (failure && offset >= fail_at) return *failure;
    if (on_read) on_read();
    if (offset >= data_.size()) return std::size_t{0};
    const std::string_view part = std::string_view(data_).substr(static_cast<std::size_t>(offset), out.size());
    std::memcpy(out.data(), part.data(), part.size());
    return part.size();
  }

  /// As a file that was cut after its size had been read.
  void claim(std::uint64_t size) { claimed_ = size; }

  std::optional<cloudkit::Error> failure = {};
  std::uint64_t fail_at = 0;
  std::function<void()> on_read = {};

 private:
  std::string data_;
  std::uint64_t claimed_;
};

/// Bytes that differ along the way, so that a lost or repeated piece shows.
inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : out) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

inline std::string body_of(const std::string& raw_request) {
  const std::size_t end = raw_request.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : raw_request.substr(end + 4);
}

inline std::chrono::milliseconds elapsed_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

/// Cancels from another thread, once `reached`.
class CancelOnce {
 public:
  CancelOnce(const cloudkit::Context& context, std::function<bool()> reached)
      : thread_([context, reached = std::move(reached)] {
          CHECK(::test::soon(reached));
          context.cancel();
        }) {}
  CancelOnce(const CancelOnce&) = delete;
  CancelOnce& operator=(const CancelOnce&) = delete;
  ~CancelOnce() { thread_.join(); }

 private:
  std::thread thread_;
};

/// One GET with a transport of its own.
inline http::Exchange get(const std::string& host, http::BodyReceiver* receiver = nullptr) {
  return http::make_curl_transport(test_options())->send(request_to(host), receiver, {});
}

/// The same, from a server that answers by `script`.
inline http::Exchange get_from(faults::Script script, http::BodyReceiver* receiver = nullptr) {
  faults::ScriptedServer server;
  server.then(std::move(script));
  return get(server.host(), receiver);
}

inline void check_failure(const http::Exchange& exchange, cloudkit::ErrorCode code, bool retryable) {
  REQUIRE_FALSE(exchange.status);
  CAPTURE(exchange.status.error());
  CHECK(exchange.status.error().code == code);
  CHECK(exchange.status.error().retryable == retryable);
  CHECK_FALSE(exchange.status.error().message.empty());
}

}  // namespace http_curl
