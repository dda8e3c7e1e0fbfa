#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

/// What travels with the bytes that are sent, so that the service refuses others.
namespace cloudkit::inline v0::azure::blob {

/// CRC-64 costs next to nothing, MD5 as much as the transfer; but emulators know the older of the two only.
enum class Digests { crc64, md5 };
/// CRC-64 is for the hosts of Azure's clouds.
Digests digests_of_host(std::string_view host) noexcept;

/// A header, in which the service returns what it has stored.
struct Digest {
  std::string_view header = {};
  std::string value = {};  ///< Empty: none.

  void add_to(http::Headers& headers) const;
  /// Errors: `data_loss`, and that it may have happened.
  Status check_stored(const http::Response& response) const;
};

/// Azure's CRC-64 has NVMe's polynomial, and is written with its lowest byte first.
/// https://github.com/Azure/azure-sdk-for-cpp/blob/main/sdk/storage/azure-storage-common/src/crypt.cpp
Digest digest_of(std::string_view data, Digests digests);
/// Of all that the source holds, which is read for it. Errors: the source's.
Result<Digest> digest_of(const Source& source, Digests digests, const Context& context);

}  // namespace cloudkit::inline v0::azure::blob
