#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_types.h>

#include <chrono>
#include <span>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Which operation lists objects.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
enum class Listing { v2, v1 };

/// One request's limits, where a row does not say others:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
inline constexpr std::uint64_t kMaxSingleRequest = std::uint64_t{5} << 30;
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
inline constexpr std::size_t kMaxKeySize = 1024;
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
inline constexpr std::size_t kMaxKeysPerRemoval = 1000;

/// A copy, or what puts the parts of an upload together, is answered when it is done, after minutes
/// perhaps: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
inline constexpr std::chrono::minutes kThinkingTime{15};

/// How servers that say they speak S3 differ, as far as it decides where requests go and what may be sent. What is not
/// documented is not there: a condition must never be dropped, a header never break a request.
/// That a listing is not URL-encoded when asked for it is no quirk: the reply says so itself.
struct Quirks {
  S3Server server = S3Server::generic;
  std::string_view name = {};  ///< In URLs: "?server=r2".

  // Where it is.
  std::string_view endpoint = {};        ///< "https://s3.{region}.example", also {account}. Empty: it must be named.
  std::string_view domain = {};          ///< Hosts of the vendor: an endpoint below it is this server.
  std::string_view region = {};          ///< When none is configured, and what create-bucket does not name.
  std::string_view signing_region = {};  ///< Empty: the region.
  Addressing addressing = Addressing::path;

  // What it takes, and what it honours.
  bool put_if_absent = false;
  bool put_if_match = false;
  bool conditional_get = false;
  bool remove_if_match = false;
  std::string_view copy_if_absent = {};  ///< The header that says so with "*". Empty: none does.
  std::string_view copy_if_match = {};   ///< Of the destination: the header that says so. Empty: none does.
  bool bare_tag_on_put = false;          ///< If-Match of a put takes the ETag only without its quotes.
  bool location_constraint = false;      ///< create-bucket names the region.
  bool unsigned_payload = false;         ///< Takes UNSIGNED-PAYLOAD for a body.
  bool crc32c_header = false;            ///< Checks x-amz-checksum-crc32c on put, returns it on get.
  bool crc32c_trailer = false;           ///< Takes a body in chunks, with that as a trailer.
  bool encryption_headers = false;       ///< Encrypts as x-amz-server-side-encryption says, or refuses.
  bool complete_if_absent = false;       ///< The end of an upload in parts honours the condition.
  bool complete_if_match = false;
  bool copy_part = false;           ///< Has UploadPartCopy.
  bool copy_part_if_match = false;  ///< UploadPartCopy honours the pin on its source.
  bool encoded_uploads = false;     ///< ListMultipartUploads says so when it encodes keys; some do it silently.
  bool copy_loses_tags = false;     ///< Where it has attributes of its own: https://github.com/ceph/ceph/pull/70051
  bool loses_upload_tags = false;   ///< Of CreateMultipartUpload: https://tracker.ceph.com/issues/53016
  bool unpacks_gzip = false;        ///< What is stored as Content-Encoding gzip, for who does not accept gzip.
  Listing listing = Listing::v2;
  bool encoded_listing = true;  ///< encoding-type=url may be asked for.
  bool key_climbs_out = true;   ///< As in `Capabilities`.

  // How much.
  std::uint64_t max_put = kMaxSingleRequest;
  std::uint64_t max_copy = kMaxSingleRequest;
  UploadLimits uploads = {};
};

/// All rows, `generic` last.
std::span<const Quirks> all_quirks() noexcept;
const Quirks& quirks_of(S3Server server) noexcept;
/// The server whose vendor's domain the host lies in, else `generic`.
const Quirks& quirks_of_host(std::string_view host) noexcept;

/// The row as if the server honoured every condition that callers can ask for.
Quirks without_caution(Quirks row) noexcept;

Capabilities capabilities_of(const Quirks& quirks, bool anonymous) noexcept;

}  // namespace cloudkit::inline v0::aws::s3
