#pragma once

#include <cloudkit/driver/http.h>

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
  /// `ca_file` may be "": then libcurl's default. `use_proxy` lets libcurl read the variables.
  static Result<std::unique_ptr<CurlHandle>> create(const TransportOptions& options, const std::string& ca_file,
                                                    bool use_proxy);
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;
  ~CurlHandle();

  CURL* easy() const noexcept { return easy_; }
  CURLM* multi() const noexcept { return multi_; }
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
  CurlHandle();
  void set_constant_options(const TransportOptions& options);
  void set_protocols();
  void set_tls(const std::string& ca_file);

  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  CURLcode refused_ = CURLE_OK;
  HeaderLines headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_ = {};
};

}  // namespace cloudkit::inline v0::http
