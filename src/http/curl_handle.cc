#include "http/curl_handle.h"

#include "core/fail.h"
#include "core/sigpipe_guard.h"
#include "http/curl_global.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::http {
namespace {

// Measured: what is read, checksummed and sent while it is in the processor's second cache costs an eighth less than
// a megabyte at a time, and that a sixth less than the default 64 KiB.
constexpr long kUploadBuffer = 256L << 10;

}  // namespace

void HeaderLines::clear() noexcept {
  text_.clear();
  nodes_.clear();
}

void HeaderLines::add(std::string_view name, std::string_view value) {
  text_ += name;
  // libcurl's way to write a header without a value: https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
  text_ += value.empty() ? std::string_view(";") : std::string_view(": ");
  text_ += value;
  text_ += '\0';
}

void HeaderLines::suppress(std::string_view name) {
  text_ += name;
  text_ += ':';
  text_ += '\0';
}

curl_slist* HeaderLines::list() {
  nodes_.clear();
  for (std::size_t begin = 0; begin < text_.size(); begin = text_.find('\0', begin) + 1) {
    nodes_.push_back({text_.data() + begin, nullptr});
  }
  for (std::size_t i = 1; i < nodes_.size(); ++i) nodes_[i - 1].next = &nodes_[i];
  return nodes_.empty() ? nullptr : nodes_.data();
}

CurlHandle::CurlHandle(Proxy proxy) : easy_(curl_easy_init()), multi_(curl_multi_init()), proxy_(std::move(proxy)) {}

CurlHandle::~CurlHandle() {
  std::optional<core::SigpipeGuard> guard;
  if (curl_runtime().may_raise_sigpipe) guard.emplace();
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

Result<std::unique_ptr<CurlHandle>> CurlHandle::create(const TransportOptions& options, const TlsFiles& tls,
                                                       Proxy proxy) {
  std::unique_ptr<CurlHandle> handle(new CurlHandle(std::move(proxy)));
  if (handle->easy_ == nullptr || handle->multi_ == nullptr) {
    Error error = core::fail(ErrorCode::io, "libcurl cannot make a handle: no memory or no file descriptors left");
    error.retryable = true;
    return error;
  }
  handle->set_constant_options(options);
  handle->set_protocols();
  handle->set_tls(tls);
  handle->set_proxy(tls);
  if (handle->refused_ != CURLE_OK) {
    return core::unsupported(fmt::format("this libcurl refuses an option: {}", curl_easy_strerror(handle->refused_)));
  }
  return handle;
}

void CurlHandle::set_constant_options(const TransportOptions& options) {
  // One request at a time has one connection to keep.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 0L);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(options.connect_timeout.count(), 1)));
  if (options.max_idle.count() > 0) {
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.max_idle.count()));
  } else {
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  // Not in every build: whether they are taken does not matter.
  curl_easy_setopt(easy_, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  // Else a cancelled request waits for getaddrinfo, which nothing can interrupt.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
#endif
}

void CurlHandle::set_protocols() {
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

void CurlHandle::set_tls(const TlsFiles& tls) {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tls.ca_file.empty()) set(CURLOPT_CAINFO, tls.ca_file.c_str());
  if (tls.client_certificate.empty()) return;
  set(CURLOPT_SSLCERT, tls.client_certificate.c_str());
  set(CURLOPT_SSLKEY, tls.client_key.c_str());
  // Without it OpenSSL would ask at the terminal for the password of an encrypted key.
  set(CURLOPT_KEYPASSWD, "");
}

// An empty CURLOPT_PROXY, unlike none, keeps libcurl from reading the variables itself. User and
// password go their own way, so that no text of libcurl's can quote them.
void CurlHandle::set_proxy(const TlsFiles& tls) {
  set(CURLOPT_PROXY, proxy_.used() ? fmt::format("{}://{}", proxy_.scheme, proxy_.host).c_str() : "");
  set(CURLOPT_NOPROXY, "");
  if (!proxy_.user.empty() || !proxy_.password.empty()) {
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_PROXYUSERNAME, proxy_.user.c_str());
    set(CURLOPT_PROXYPASSWORD, proxy_.password.c_str());
  }
  if (proxy_.scheme != "https") return;
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!tls.ca_file.empty()) set(CURLOPT_PROXY_CAINFO, tls.ca_file.c_str());
}

}  // namespace cloudkit::inline v0::http
