#pragma once

#include <cloudkit/testing/conformance.h>

/// A plain HTTP client that shares nothing with the library: the curl program. Errors: `io`,
/// `unavailable` when there is no reply or no curl.
cloudkit::Result<cloudkit::testing::FetchReply> curl_fetch(const std::string& method, const std::string& url,
                                                           const cloudkit::testing::FetchHeaders& headers,
                                                           const std::string& body);
