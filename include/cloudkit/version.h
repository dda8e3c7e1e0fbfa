#pragma once

#include <cloudkit/export.h>

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

/// Of the library that runs, which may be another than the one compiled against: "0.1.0".
CLOUDKIT_API std::string_view version() noexcept;

/// Of a library below this one.
struct LibraryVersion {
  std::string name = {};     ///< "libcurl".
  std::string version = {};  ///< As it tells it itself: "7.88.1".
};

/// What the library runs on: libcurl, the TLS library that libcurl uses, and OpenSSL's libcrypto.
CLOUDKIT_API std::vector<LibraryVersion> library_versions();

}  // namespace cloudkit::inline v0
