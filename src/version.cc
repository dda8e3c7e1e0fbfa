#include <cloudkit/version.h>

#include "crypto/digest.h"
#include "http/curl_global.h"

namespace cloudkit::inline v0 {

std::string_view version() noexcept { return CLOUDKIT_VERSION; }

std::vector<LibraryVersion> library_versions() {
  const http::CurlRuntime& curl = http::curl_runtime();
  return {{"libcurl", curl.version}, {"libcurl-tls", curl.tls_library}, {"libcrypto", crypto::library_version()}};
}

}  // namespace cloudkit::inline v0
