#pragma once

#include <cloudkit/driver/http.h>

#include "http/proxy.h"
#include "http/tls_files.h"

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::http {

/// The header lines of one request, as libcurl wants them; keeps its memory for the next one.
class HeaderLines {
 public:
  void clear() noexcept;
  void add(std::string_view name, std::string_view value);
  /// Keeps libcurl from sending a header of its own.
  void suppress(std::string_view name);
  /// Valid until the next call of another member; null when empty.
  curl_slist* list();

 private:
  std::string text_;  // Lines, each with a NUL at its end.
  std::vector<curl_slist> nodes_;
};

/// An easy handle with a multi handle of its own, which keeps its one connection. All options
/// that are the same for every request to a host are set here, once: setting them again costs a
/// fifth of a small request. Used by one thread at a time.
class CurlHandle {
 public:
  static Result<std::unique_ptr<CurlHandle>> create(const TransportOptions& options, const TlsFiles& tls, Proxy proxy);
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;
  ~CurlHandle();

  CURL* easy() const noexcept { return easy_; }
  CURLM* multi() const noexcept { return multi_; }
  const Proxy& proxy() const noexcept { return proxy_; }
  HeaderLines& headers() noexcept { return headers_; }
  std::string_view error_text() const noexcept { return error_text_.data(); }
  void clear_error_text() noexcept { error_text_.front() = '\0'; }

  /// Remembers the first option that libcurl refused.
  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    if (code != CURLE_OK && refused_ == CURLE_OK) refused_ = code;
  }
  CURLcode refused() const noexcept { return refused_; }

 private:
  explicit CurlHandle(Proxy proxy);
  void set_constant_options(const TransportOptions& options);
  void set_protocols();
  void set_tls(const TlsFiles& tls);
  void set_proxy(const TlsFiles& tls);

  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  CURLcode refused_ = CURLE_OK;
  const Proxy proxy_;
  HeaderLines headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_ = {};
};

}  // namespace cloudkit::inline v0::http
