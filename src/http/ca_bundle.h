#pragma once

#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::http {

/// The file of trusted certificates: `option`, else the one that AWS_CA_BUNDLE, CURL_CA_BUNDLE
/// or SSL_CERT_FILE names, else `built_in` where it exists, else the first of the places where
/// systems keep theirs; "" when there is none. Errors: `invalid_argument` when a file was named
/// that cannot be read, since another one in its place would trust what it should not.
Result<std::string> find_ca_bundle(const std::string& option, const std::string& built_in);

}  // namespace cloudkit::inline v0::http
