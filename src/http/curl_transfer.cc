#include "http/curl_transfer.h"

#include "core/context_wait.h"
#include "core/fail.h"
#include "core/sigpipe_guard.h"
#include "core/unique_fd.h"
#include "http/curl_errors.h"
#include "http/curl_global.h"
#include "http/request_check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloudkit::inline v0::http {
namespace {

using Clock = ProgressWatch::Clock;

// What is read of a failure: enough for any service's error document, little for a hostile one.
constexpr std::size_t kMaxFailureBody = 64 * 1024;
// Should a wake-up be lost for want of a descriptor, a cancel still ends within a second.
constexpr std::chrono::milliseconds kLongestPoll{500};
// After an address that failed libcurl waits for a timer of its own before it tries the next one,
// in 7.88 perhaps until the connect timeout: it has to be asked again.
constexpr std::chrono::milliseconds kConnectPoll{50};

std::optional<Bytes> body_in_memory(const Request& request) {
  return request.source == nullptr ? request.body : request.source->contiguous();
}

int open_socket(const curl_sockaddr& address) noexcept {
#ifdef SOCK_CLOEXEC
  return core::above_standard(::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol));
#else
  const int fd = core::above_standard(::socket(address.family, address.socktype, address.protocol));
  if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
#endif
}

}  // namespace

CurlTransfer::CurlTransfer(CurlHandle& handle, const Request& request, BodyReceiver* receiver, const Context& context,
                           const TransportOptions& options)
    : handle_(handle),
      request_(request),
      receiver_(receiver),
      context_(context),
      body_size_(request.body_size()),
      memory_body_(body_in_memory(request)),
      reader_(request.method),
      watch_(options, receiver != nullptr || body_size_ > kSingleSend, Clock::now(), request.thinking_time) {}

Exchange CurlTransfer::run() {
  set_request();
  set_headers();
  set_body();
  set_callbacks();
  if (handle_.refused() != CURLE_OK) {
    stop(core::unsupported(fmt::format("libcurl refuses the request: {}", curl_easy_strerror(handle_.refused()))));
    return conclude(handle_.refused());
  }
  return conclude(perform());
}

// ---- what libcurl calls ----

// An exception must not unwind libcurl's frames: it waits in `thrown_`.
template <class Step>
auto CurlTransfer::guarded(Step step) noexcept -> decltype(step()) {
  try {
    return step();
  } catch (...) {
    thrown_ = std::current_exception();
    return {};
  }
}

bool CurlTransfer::stop(Error reason) {
  if (!stopped_) stopped_ = std::move(reason);
  return false;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const bool goes_on = transfer.guarded([&] { return transfer.take_line({data, size * count}); });
  return goes_on ? size * count : 0;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const bool goes_on = transfer.guarded([&] { return transfer.take_body({data, size * count}); });
  return goes_on ? size * count : 0;
}

std::size_t CurlTransfer::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const auto filled = transfer.guarded([&] { return transfer.fill({out, size * count}); });
  return filled ? *filled : CURL_READFUNC_ABORT;
}

// One `send` is one request on the wire: what may be repeated, and when, is the client's to say.
// libcurl would repeat by itself when a kept connection dies; here and in the next two it is
// kept from that.
int CurlTransfer::on_rewind(void* self, curl_off_t, int) {
  static_cast<CurlTransfer*>(self)->resend_refused_ = true;
  return CURL_SEEKFUNC_FAIL;
}

int CurlTransfer::on_ready_to_send(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.resend_refused_ = transfer.request_started_;
  transfer.request_started_ = true;
  return transfer.resend_refused_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t CurlTransfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.request_started_) {
    transfer.resend_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  const int fd = open_socket(*address);
  if (fd < 0) transfer.socket_error_ = errno;
  transfer.opened_socket_ = true;
  transfer.socket_ = fd;
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

// ---- the reply ----

bool CurlTransfer::take_line(std::string_view line) {
  const bool head_was_complete = reader_.head_complete();
  if (auto status = reader_.read_line(line); !status) return stop(std::move(status).error());
  return head_was_complete || !reader_.head_complete() || begin_reply();
}

bool CurlTransfer::begin_reply() {
  if (reader_.response().status == 407 && handle_.proxy().used()) {
    refused_by_proxy_ = true;
    return stop(proxy_refusal(handle_.proxy(), 407, request_.host));
  }
  if (!reader_.successful()) return true;
  // libcurl takes the end of a TLS stream without close_notify for a proper one.
  if (reader_.ends_with_connection() && (receiver_ != nullptr || request_.scheme == "https")) {
    Error error = core::fail(
        ErrorCode::unavailable,
        fmt::format("the reply of {} does not say how long it is: a cut one would look whole", request_.host));
    error.retryable = true;
    return stop(std::move(error));
  }
  if (receiver_ != nullptr) {
    auto status = receiver_->begin(reader_.response());
    return status ? true : stop(std::move(status).error());
  }
  const std::uint64_t length = reader_.expected_body().value_or(0);
  if (length > request_.max_reply_size) return refuse_large_reply();
  kept_body_.reserve(static_cast<std::size_t>(length));
  return true;
}

bool CurlTransfer::take_body(Bytes chunk) {
  reader_.count_body(chunk.size());
  if (!streams()) return keep_body(chunk, reader_.successful() ? request_.max_reply_size : kMaxFailureBody);
  body_delivered_ = body_delivered_ || !chunk.empty();
  auto status = receiver_->write(chunk);
  return status ? true : stop(std::move(status).error());
}

bool CurlTransfer::keep_body(Bytes chunk, std::size_t limit) {
  const std::size_t room = limit - kept_body_.size();
  kept_body_.append(chunk.view().substr(0, room));
  if (chunk.size() <= room) return true;
  if (reader_.successful()) return refuse_large_reply();
  truncated_ = true;
  return false;
}

bool CurlTransfer::refuse_large_reply() {
  return stop(core::fail(ErrorCode::unknown, fmt::format("the reply of {} is larger than {} bytes", request_.host,
                                                         request_.max_reply_size)));
}

// ---- the request's body ----

Result<std::size_t> CurlTransfer::read_request_body(std::span<char> out) const {
  if (!memory_body_) return request_.source->read_at(bytes_read_, out);
  const auto part = memory_body_->view().substr(static_cast<std::size_t>(bytes_read_), out.size());
  std::memcpy(out.data(), part.data(), part.size());
  return part.size();
}

std::optional<std::size_t> CurlTransfer::fill(std::span<char> out) {
  const auto left = std::min<std::uint64_t>(out.size(), body_size_ - bytes_read_);
  if (left == 0) return 0;
  auto count = read_request_body(out.first(static_cast<std::size_t>(left)));
  if (!count) {
    stop(std::move(count).error());
    return std::nullopt;
  }
  if (*count == 0 || *count > left) {
    stop(core::fail(ErrorCode::io, fmt::format("the source ended after {} of {} bytes: it changed while it was sent",
                                               bytes_read_, body_size_)));
    return std::nullopt;
  }
  bytes_read_ += *count;
  return *count;
}

// ---- the loop ----

CURLcode CurlTransfer::perform() {
  std::optional<core::SigpipeGuard> guard;
  if (curl_runtime().may_raise_sigpipe) guard.emplace();
  std::vector<curl_waitfd> wake;
  for (const int fd : ContextAccess::wake_descriptors(context_)) wake.push_back({fd, CURL_WAIT_POLLIN, 0});

  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  CURLMcode multi_code = curl_multi_add_handle(handle_.multi(), handle_.easy());
  int running = 1;
  while (multi_code == CURLM_OK) {
    multi_code = curl_multi_perform(handle_.multi(), &running);
    if (multi_code == CURLM_OK && running == 0) {
      code = result_of_multi();
      break;
    }
    if (multi_code != CURLM_OK || must_stop()) break;
    const bool connecting = !request_started_ && connect_stage_ == Stage::connecting;
    const auto wait = std::min<Clock::duration>(context_.remaining(connecting ? kConnectPoll : kLongestPoll),
                                                watch_.due() - Clock::now());
    // One millisecond more, so that the wait does not end a moment too early and spin.
    const auto wait_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
    multi_code = curl_multi_poll(handle_.multi(), wake.data(), static_cast<unsigned>(wake.size()), std::max(wait_ms, 0),
                                 nullptr);
  }
  if (multi_code != CURLM_OK) {
    stop(core::fail(ErrorCode::unavailable, fmt::format("libcurl failed: {}", curl_multi_strerror(multi_code))));
  }
  // Mid-transfer this closes the connection.
  curl_multi_remove_handle(handle_.multi(), handle_.easy());
  return code;
}

bool CurlTransfer::must_stop() {
  if (!request_started_) connect_stage_ = connect_stage();
  const Stage now_at = stage();
  if (auto status = context_.check(); !status) {
    Error error = std::move(status).error();
    error.message += " while " + describe(now_at, request_.host, handle_.proxy().host);
    return !stop(std::move(error));
  }
  const std::uint64_t moved = bytes_sent() + reader_.head_bytes() + reader_.body_bytes();
  if (!watch_.overdue(now_at, moved, Clock::now())) return false;
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(watch_.limit());
  Error error = core::fail(
      ErrorCode::timeout, fmt::format("{} for {} ms while {}", now_at == Stage::waiting ? "no answer" : "too few bytes",
                                      limit.count(), describe(now_at, request_.host, handle_.proxy().host)));
  error.retryable = true;
  return !stop(std::move(error));
}

CURLcode CurlTransfer::result_of_multi() const {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_.multi(), &left)) {
    if (message->msg == CURLMSG_DONE && message->easy_handle == handle_.easy()) return message->data.result;
  }
  return CURLE_FAILED_INIT;
}

std::int64_t CurlTransfer::info(CURLINFO what) const {
  curl_off_t value = 0;
  curl_easy_getinfo(handle_.easy(), what, &value);
  return value;
}

std::uint64_t CurlTransfer::bytes_sent() const {
  return body_size_ == 0 ? 0 : static_cast<std::uint64_t>(info(CURLINFO_SIZE_UPLOAD_T));
}

Stage CurlTransfer::stage() const {
  if (reader_.head_complete()) return Stage::receiving;
  if (request_started_) return bytes_sent() < body_size_ ? Stage::sending : Stage::waiting;
  return connect_stage_;
}

Stage CurlTransfer::connect_stage() const {
  if (socket_ < 0) return Stage::resolving;
  // Before the request is sent there is nothing to do on a connected socket but to shake hands.
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return Stage::connecting;
  if (handle_.proxy().tunnels(request_.scheme) && proxy_reply() / 100 != 2) return Stage::tunneling;
  return request_.scheme == "https" ? Stage::securing : Stage::connecting;
}

int CurlTransfer::proxy_reply() const {
  long status = 0;
  curl_easy_getinfo(handle_.easy(), CURLINFO_HTTP_CONNECTCODE, &status);
  return static_cast<int>(status);
}

// ---- the outcome ----

Status CurlTransfer::outcome(CURLcode code) const {
  if (stopped_) return *stopped_;
  if (truncated_) return {};
  if (resend_refused_ && !reader_.head_complete()) {
    Error error =
        core::fail(ErrorCode::unavailable, fmt::format("{} closed a kept connection without a reply", request_.host));
    error.retryable = true;
    return error;
  }
  const bool failure_is_known = reader_.head_complete() && !reader_.successful();
  if (failure_is_known && (resend_refused_ || is_cut_refusal(code))) return {};
  if (code == CURLE_OK) {
    if (auto status = reader_.finish(); !status) return status;
    if (!reader_.successful() || bytes_sent() == body_size_) return {};
    Error error = core::fail(ErrorCode::unavailable, fmt::format("{} claims success after {} of {} bytes",
                                                                 request_.host, bytes_sent(), body_size_));
    error.retryable = true;
    return error;
  }
  CurlFailure failure;
  failure.code = code;
  failure.stage = stage();
  failure.host = request_.host;
  failure.host_is_loopback = is_loopback(request_.host);
  failure.detail = handle_.error_text();
  long value = 0;
  curl_easy_getinfo(handle_.easy(), CURLINFO_OS_ERRNO, &value);
  failure.os_error = socket_error_ != 0 ? socket_error_ : static_cast<int>(value);
  failure.proxy = handle_.proxy();
  failure.proxy_reply = proxy_reply();
  // A SOCKS proxy has no status, but a code of libcurl's own.
  const bool asks_for_tunnel = failure.proxy.scheme.starts_with("http") && request_.scheme == "https";
  failure.reached_host = !asks_for_tunnel || request_started_ || failure.proxy_reply / 100 == 2;
  return to_error(failure);
}

// Who refuses an upload may close while it comes, and the end of the line takes the rest of the refusal along. Its
// status says enough. Not so 400 and 409: with them only the body tells what is worth another try.
bool CurlTransfer::is_cut_refusal(CURLcode code) const {
  const int status = reader_.response().status;
  const bool line_broke = code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_PARTIAL_FILE;
  return line_broke && status > 400 && status != 409;
}

Exchange CurlTransfer::conclude(CURLcode code) {
  if (thrown_) std::rethrow_exception(thrown_);
  Exchange exchange;
  exchange.status = outcome(code);
  exchange.response = reader_.take_response();
  exchange.response.body = std::move(kept_body_);
  exchange.request_sent = request_started_ && !refused_by_proxy_;
  exchange.reply_started = reader_.started();
  exchange.body_delivered = body_delivered_;
  exchange.connection_reused = request_started_ && !opened_socket_;
  return exchange;
}

}  // namespace cloudkit::inline v0::http
