#pragma once

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

/// Hashes that travel with a body.
namespace cloudkit::inline v0::aws::s3 {

/// Sets x-amz-content-sha256, which every signed request needs: "UNSIGNED-PAYLOAD" where that is
/// allowed, else the hash of the body, which costs a pass over it. Errors: `io` of the source,
/// `cancelled`, `timeout`.
Status set_payload_hash(http::Request& request, bool may_be_unsigned, const Context& context);

/// The value of x-amz-checksum-crc32c.
std::string crc32c_header(std::string_view data);

/// Checks bytes, as they arrive, against the checksum in a reply's headers, if it is one of the
/// whole object that cloudkit knows.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
class ChecksumCheck {
 public:
  ChecksumCheck() = default;
  explicit ChecksumCheck(const http::Response& head);
  void update(std::string_view chunk) noexcept;
  /// Errors: `data_loss`.
  Status finish() const;

 private:
  enum class Kind { none, crc32c, crc64nvme };
  Kind kind_ = Kind::none;
  std::string expected_ = {};
  std::uint64_t crc_ = 0;
};

}  // namespace cloudkit::inline v0::aws::s3
