#include "http/curl_transfer.h"

#include <algorithm>

// What a request asks of its handle.
namespace cloudkit::inline v0::http {
namespace {

// Measured: above 256 KiB nothing is gained, below 64 KiB a stream costs more.
constexpr long kStreamBuffer = 256 * 1024;
constexpr long kSmallBuffer = 64 * 1024;
constexpr long kLeastBuffer = 1024;  // https://curl.se/libcurl/c/CURLOPT_BUFFERSIZE.html

long buffer_size(const BodyReceiver* receiver) {
  if (receiver == nullptr) return kSmallBuffer;
  return static_cast<long>(std::clamp<std::size_t>(receiver->most_at_once(), kLeastBuffer, kStreamBuffer));
}

}  // namespace

void CurlTransfer::set_request() {
  const std::string url = request_.scheme + "://" + request_.host + encode_target(request_);
  handle_.clear_error_text();
  handle_.set(CURLOPT_URL, url.c_str());
  handle_.set(CURLOPT_BUFFERSIZE, buffer_size(receiver_));
}

void CurlTransfer::set_headers() {
  HeaderLines& lines = handle_.headers();
  lines.clear();
  for (const Header& header : request_.headers) lines.add(header.name, header.value);
  // Only what the request names, and signed, goes out. Waiting for "100 Continue" would cost
  // each upload a round trip.
  for (const char* name : {"Accept", "Content-Type", "Expect"}) {
    if (!request_.headers.contains(name)) lines.suppress(name);
  }
  handle_.set(CURLOPT_HTTPHEADER, lines.list());
}

void CurlTransfer::set_body() {
  // First back to a plain GET, whatever the handle did last: CVE-2022-32221 and CVE-2023-28322
  // came of an upload's settings that outlived it.
  handle_.set(CURLOPT_UPLOAD, 0L);
  handle_.set(CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
  handle_.set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
  handle_.set(CURLOPT_HTTPGET, 1L);
  if (request_.method == Method::head) {
    handle_.set(CURLOPT_NOBODY, 1L);
    return;
  }
  const bool sends_length = request_.method == Method::put || request_.method == Method::post || body_size_ > 0;
  if (sends_length && memory_body_ && body_size_ <= kSingleSend) {
    handle_.set(CURLOPT_POST, 1L);
    handle_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_size_));
    handle_.set(CURLOPT_POSTFIELDS, body_size_ == 0 ? "" : memory_body_->data());
  } else if (sends_length) {
    handle_.set(CURLOPT_UPLOAD, 1L);
    handle_.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_size_));
  }
  handle_.set(CURLOPT_CUSTOMREQUEST, std::string(to_string(request_.method)).c_str());
}

void CurlTransfer::set_callbacks() {
  handle_.set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  handle_.set(CURLOPT_HEADERDATA, this);
  handle_.set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  handle_.set(CURLOPT_WRITEDATA, this);
  handle_.set(CURLOPT_READFUNCTION, &CurlTransfer::on_read);
  handle_.set(CURLOPT_READDATA, this);
  handle_.set(CURLOPT_SEEKFUNCTION, &CurlTransfer::on_rewind);
  handle_.set(CURLOPT_SEEKDATA, this);
  handle_.set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_ready_to_send);
  handle_.set(CURLOPT_PREREQDATA, this);
  handle_.set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
  handle_.set(CURLOPT_OPENSOCKETDATA, this);
}

}  // namespace cloudkit::inline v0::http
