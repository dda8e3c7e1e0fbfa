#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/object_types.h>

namespace cloudkit::inline v0::aws::s3 {

/// How servers that say they speak S3 differ, as far as it decides what may be sent to them.
/// That a listing is not URL-encoded when asked for it is no quirk: the reply says so itself.
struct Quirks {
  bool put_if_absent = false;
  bool put_if_match = false;
  bool conditional_get = false;
  bool remove_if_match = false;
  bool copy_if_absent = false;
  bool copy_if_match = false;        ///< Of the destination.
  bool bare_tag_on_put = false;      ///< If-Match of a put takes the ETag only without its quotes.
  bool location_constraint = false;  ///< create-bucket names the region, where it is not us-east-1.
  bool unsigned_payload = false;     ///< Takes UNSIGNED-PAYLOAD for a body.
  bool crc32c_header = false;        ///< Checks x-amz-checksum-crc32c on put, returns it on get.
  bool encryption_headers = false;   ///< Encrypts as x-amz-server-side-encryption says, or refuses.
  bool complete_if_absent = false;   ///< The end of an upload in parts honours the condition.
  bool complete_if_match = false;
  bool copy_part = false;           ///< Has UploadPartCopy.
  bool copy_part_if_match = false;  ///< UploadPartCopy honours the pin on its source.
  bool encoded_uploads = false;     ///< ListMultipartUploads says so when it encodes keys; some do it silently.
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  bool equal_parts = false;
  std::uint64_t min_part = std::uint64_t{5} << 20;
  std::uint64_t max_part = std::uint64_t{5} << 30;
  std::uint64_t max_parts = 10'000;
};

const Quirks& quirks_of(S3Server server) noexcept;

/// One request's limits are the same everywhere so far:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
inline constexpr std::uint64_t kMaxSingleRequest = std::uint64_t{5} << 30;
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
inline constexpr std::size_t kMaxKeySize = 1024;
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
inline constexpr std::size_t kMaxKeysPerRemoval = 1000;

Capabilities capabilities_of(const Quirks& quirks, bool anonymous) noexcept;

}  // namespace cloudkit::inline v0::aws::s3
