#pragma once

#include <cloudkit/http_options.h>
#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::http {

/// Whom this side trusts, and how it proves who it is itself.
struct TlsFiles {
  std::string ca_file = {};             ///< "": libcurl's default.
  std::string client_certificate = {};  ///< "": none.
  std::string client_key = {};
};

/// The file of trusted certificates: `option`, else the one that AWS_CA_BUNDLE, CURL_CA_BUNDLE
/// or SSL_CERT_FILE names, else `built_in` where it exists, else the first of the places where
/// systems keep theirs; "" when there is none. Errors: `invalid_argument` when a file was named
/// that cannot be read, since another one in its place would trust what it should not.
Result<std::string> find_ca_bundle(const std::string& option, const std::string& built_in);

/// Errors: `invalid_argument` for a named file that cannot be read, and for a key without its
/// certificate.
Result<TlsFiles> find_tls_files(const TransportOptions& options, const std::string& built_in_ca);

}  // namespace cloudkit::inline v0::http
