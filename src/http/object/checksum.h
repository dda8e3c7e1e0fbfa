#pragma once

#include "crypto/checksum.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Checksums as services write them: base64, the most significant byte first.
namespace cloudkit::inline v0::http {

/// Of bytes, or of a CRC that is known.
std::string crc32c_header(std::string_view data);
std::string crc32c_header(std::uint32_t crc);
std::optional<std::uint32_t> crc32c_of_header(std::string_view header);
/// Of the object that the parts make; "" unless each part has a checksum.
std::string joined_crc32c(const std::vector<UploadPart>& parts);

/// 4 or 8 bytes; nothing for any other text.
std::optional<std::uint64_t> checksum_of_header(std::string_view header, Checksum::Algorithm algorithm);

/// Errors: `data_loss` when the bytes are not those of `expected`.
Status check_checksum(const crypto::RunningChecksum& bytes, const Checksum& expected);

}  // namespace cloudkit::inline v0::http
