#pragma once

#include "aws/s3/quirks.h"
#include "http/object/checksum.h"

#include <cloudkit/driver/http.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Hashes that travel with a body.
namespace cloudkit::inline v0::aws::s3 {

/// Sets x-amz-content-sha256, which every signed request needs, unless a trailer has set it: "UNSIGNED-PAYLOAD" where
/// that is allowed, else the hash of the body, which costs a pass over it. Errors: `io` of the source, `cancelled`,
/// `timeout`.
Status set_payload_hash(http::Request& request, bool may_be_unsigned, const Context& context);

/// Whether the service says that it has stored what was sent, where it says so. Errors: `data_loss`.
Status check_stored(std::string_view what, std::string_view crc32c, const http::Response& response);

/// The value of x-amz-checksum-crc32c, and back.
using http::crc32c_header;
using http::crc32c_of_header;
/// Of all that the source holds, which is read for it; "" where the server takes none. Errors: the source's.
Result<std::string> crc32c_for(const Quirks& quirks, const Source& source, const Context& context);

/// The checksum in a reply's headers, if it is one of the whole object that cloudkit knows. Errors:
/// `unknown` for one that is none.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
Result<Checksum> read_checksum(const http::Headers& headers);

}  // namespace cloudkit::inline v0::aws::s3
