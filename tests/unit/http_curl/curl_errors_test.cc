#include "http/curl_errors.h"

#include <doctest/doctest.h>

namespace http = cloudkit::http;
using cloudkit::ErrorCode;

namespace {

cloudkit::Error error_of(int code, http::Stage stage) {
  http::CurlFailure failure;
  failure.code = static_cast<CURLcode>(code);
  failure.stage = stage;
  failure.host = "host";
  return http::to_error(failure);
}

}  // namespace

TEST_CASE("what newer versions of libcurl refuse themselves is a malformed reply, as before") {
  constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, from 8.6 on, instead of CURLE_OUT_OF_MEMORY.
  for (const int code : {kTooLarge, static_cast<int>(CURLE_OUT_OF_MEMORY)}) {
    const auto error = error_of(code, http::Stage::waiting);
    CHECK(error.code == ErrorCode::unknown);
    CHECK(error.message == "a header line in the reply of host is too long");
    CHECK(!error.retryable);
    CHECK(error_of(code, http::Stage::sending).code == ErrorCode::unavailable);
  }
  const auto encoded = error_of(CURLE_BAD_CONTENT_ENCODING, http::Stage::waiting);
  CHECK(encoded.code == ErrorCode::unknown);
  CHECK(encoded.message.starts_with("malformed reply of host: a Transfer-Encoding that nobody asked for"));
}
