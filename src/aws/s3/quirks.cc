#include "aws/s3/quirks.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

// Conditions, also at the end of an upload in parts:
//   https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
//   on delete: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
//   on copy: If-Match and If-None-Match of https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
// Checksums: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
// Region: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
constexpr Quirks kAws = {
    .put_if_absent = true,
    .put_if_match = true,
    .conditional_get = true,
    .remove_if_match = true,
    .copy_if_absent = true,
    .copy_if_match = true,
    .bare_tag_on_put = false,
    .location_constraint = true,
    .unsigned_payload = true,
    .crc32c_header = true,
    .encryption_headers = true,
    .complete_if_absent = true,
    .complete_if_match = true,
    .copy_part = true,
    .copy_part_if_match = true,
    .encoded_uploads = true,
};

// https://docs.ceph.com/en/latest/radosgw/s3/objectops/ and, by trial, radosgw 16.2: a put takes
// If-Match unquoted only; a delete, a copy of a part and the end of an upload ignore it; LocationConstraint names a
// zone group, not a region; it encodes the keys of uploads without saying so:
// https://docs.ceph.com/en/latest/radosgw/s3/bucketops/ Encryption, or a refusal of what it is not set up for:
// https://docs.ceph.com/en/latest/radosgw/encryption/
constexpr Quirks kCeph = {
    .put_if_absent = true,
    .put_if_match = true,
    .conditional_get = true,
    .remove_if_match = false,
    .copy_if_absent = false,
    .copy_if_match = false,
    .bare_tag_on_put = true,
    .location_constraint = false,
    .unsigned_payload = true,
    .crc32c_header = false,
    .encryption_headers = true,
    .complete_if_absent = false,
    .complete_if_match = false,
    .copy_part = true,
    .copy_part_if_match = false,
    .encoded_uploads = false,
};

// What is safe to say of a server that nobody named. Sending it a checksum header broke many:
// https://github.com/aws/aws-cli/issues/9214. At the end of an upload many ignore conditions that
// they honour on put: https://github.com/ministackorg/ministack/pull/1435
constexpr Quirks kGeneric = {
    .put_if_absent = true,
    .put_if_match = true,
    .conditional_get = true,
    .remove_if_match = false,
    .copy_if_absent = false,
    .copy_if_match = false,
    .bare_tag_on_put = false,
    .location_constraint = true,
    .unsigned_payload = true,
    .crc32c_header = false,
    .encryption_headers = false,
    .complete_if_absent = false,
    .complete_if_match = false,
    .copy_part = true,
    .copy_part_if_match = false,
    .encoded_uploads = false,
};

}  // namespace

const Quirks& quirks_of(S3Server server) noexcept {
  switch (server) {
    case S3Server::aws: return kAws;
    case S3Server::ceph: return kCeph;
    case S3Server::generic: break;
  }
  return kGeneric;
}

Capabilities capabilities_of(const Quirks& quirks, bool anonymous) noexcept {
  Capabilities capabilities;
  capabilities.put_if_absent = quirks.put_if_absent;
  capabilities.put_if_match = quirks.put_if_match;
  capabilities.conditional_get = quirks.conditional_get;
  capabilities.remove_if_match = quirks.remove_if_match;
  capabilities.copy_if_absent = quirks.copy_if_absent;
  capabilities.presign = !anonymous;
  capabilities.storage_class = true;
  capabilities.max_key_size = kMaxKeySize;
  capabilities.max_segment_size = kMaxKeySize;
  capabilities.tags = true;  // A server without tags or versions says so itself.
  capabilities.versions = true;
  capabilities.set_metadata = true;
  capabilities.set_metadata_if_match = quirks.copy_if_match;
  capabilities.max_remove_many = kMaxKeysPerRemoval;
  capabilities.max_put_size = kMaxSingleRequest;
  capabilities.max_copy_size = kMaxSingleRequest;
  capabilities.uploads = true;
  capabilities.upload_if_absent = quirks.complete_if_absent;
  capabilities.upload_if_match = quirks.complete_if_match;
  capabilities.copy_part = quirks.copy_part;
  return capabilities;
}

}  // namespace cloudkit::inline v0::aws::s3
