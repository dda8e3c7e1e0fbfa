#pragma once

#include <cloudkit/driver/http.h>

#include "http/curl_handle.h"
#include "http/progress_watch.h"
#include "http/response_reader.h"

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cloudkit::inline v0::http {

/// One request and its reply over one handle. libcurl moves the bytes; what they mean, when to
/// stop and what it came to is decided here.
class CurlTransfer {
 public:
  CurlTransfer(CurlHandle& handle, const Request& request, BodyReceiver* receiver, const Context& context,
               const TransportOptions& options);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  /// Once. Rethrows what the receiver or the source threw.
  Exchange run();

 private:
  // The largest body that libcurl sends together with the head, in one system call.
  static constexpr std::uint64_t kSingleSend = 64 * 1024 - 1;

  // What libcurl calls; `self` is this object.
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
  static int on_rewind(void* self, curl_off_t offset, int origin);
  static int on_ready_to_send(void* self, char* remote, char* local, int remote_port, int local_port);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  bool take_line(std::string_view line);
  bool begin_reply();
  bool take_body(Bytes chunk);
  bool keep_body(Bytes chunk, std::size_t limit);
  bool refuse_large_reply();
  std::optional<std::size_t> fill(std::span<char> out);
  Result<std::size_t> read_request_body(std::span<char> out) const;
  template <class Step>
  auto guarded(Step step) noexcept -> decltype(step());
  bool stop(Error reason);

  void set_request();
  void set_headers();
  void set_body();
  void set_callbacks();

  CURLcode perform();
  bool must_stop();
  CURLcode result_of_multi() const;
  Exchange conclude(CURLcode code);
  Status outcome(CURLcode code) const;
  bool is_cut_refusal(CURLcode code) const;

  bool streams() const noexcept { return receiver_ != nullptr && reader_.successful(); }
  Stage stage() const;
  Stage connect_stage() const;
  int proxy_reply() const;
  std::uint64_t bytes_sent() const;
  std::int64_t info(CURLINFO what) const;

  CurlHandle& handle_;
  const Request& request_;
  BodyReceiver* const receiver_;
  const Context& context_;
  const std::uint64_t body_size_;
  const std::optional<Bytes> memory_body_;  // The request's body, where all of it is in memory.

  ResponseReader reader_;
  ProgressWatch watch_;
  std::optional<Error> stopped_ = {};  // Why this side ended the exchange.
  std::exception_ptr thrown_ = {};
  std::string kept_body_ = {};
  std::uint64_t bytes_read_ = 0;  // Of the request's body.
  Stage connect_stage_ = Stage::resolving;
  bool opened_socket_ = false;
  int socket_ = -1;  // The last one that libcurl asked for; it owns it.
  int socket_error_ = 0;
  bool request_started_ = false;
  bool resend_refused_ = false;
  bool refused_by_proxy_ = false;
  bool truncated_ = false;
  bool body_delivered_ = false;
};

}  // namespace cloudkit::inline v0::http
