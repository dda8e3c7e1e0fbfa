#pragma once

#include <cloudkit/error.h>

#include "http/progress_watch.h"

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
  int proxy_reply = 0;           ///< Status of a proxy that was asked for a tunnel.
};

/// Says it in cloudkit's words. libcurl's codes alone do not tell what is worth a retry: 56 is a
/// reset, but also a broken chunk; 27 is no memory, but also a header line that is too long.
Error to_error(const CurlFailure& failure);

}  // namespace cloudkit::inline v0::http
