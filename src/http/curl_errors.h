#pragma once

#include <cloudkit/error.h>

#include "http/progress_watch.h"
#include "http/proxy.h"

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// What is known when libcurl gave up.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  Stage stage = Stage::connecting;
  std::string host = {};
  bool host_is_loopback = false;
  std::string_view detail = {};  ///< libcurl's own text.
  int os_error = 0;              ///< errno of the last connect.
  Proxy proxy = {};
  bool reached_host = true;  ///< Else a proxy was asked for a tunnel, and there is none yet.
  int proxy_reply = 0;       ///< Its status; 0 without one.
};

/// Says it in cloudkit's words. libcurl's codes alone do not tell what is worth a retry: 56 is a
/// reset, but also a broken chunk; 27 is no memory, but also a header line that is too long.
Error to_error(const CurlFailure& failure);
/// A proxy answered for itself when it was asked for `host`.
Error proxy_refusal(const Proxy& proxy, int status, std::string_view host);

}  // namespace cloudkit::inline v0::http
