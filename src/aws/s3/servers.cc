// The table of servers that speak S3: all that cloudkit knows of them, and where it is written.
#include "aws/s3/quirks.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
// Where a page writes GB, the smaller one is meant here: what is cut off would be refused anyway.
constexpr std::uint64_t kGB = 1'000'000'000;
constexpr std::uint64_t kMaxParts = 10'000;

constexpr UploadLimits parts(std::uint64_t smallest, std::uint64_t largest) {
  return {.min_part = smallest, .max_part = largest, .max_parts = kMaxParts};
}

constexpr UploadLimits equal_parts(std::uint64_t smallest, std::uint64_t largest) {
  UploadLimits limits = parts(smallest, largest);
  limits.equal_parts = true;
  return limits;
}

constexpr Quirks kServers[] = {
    // Endpoints: src/aws/s3/endpoint.cc.
    // Conditions, also at the end of an upload in parts:
    //   https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
    //   on delete: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    //   on copy: If-Match and If-None-Match of https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    // Checksums: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    //   as trailers: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    // Region: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    // Parts: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    // Keys with "..": https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    {
        .server = S3Server::aws,
        .name = "aws",
        .region = "us-east-1",
        .addressing = Addressing::automatic,
        .put_if_absent = true,
        .put_if_match = true,
        .conditional_get = true,
        .remove_if_match = true,
        .copy_if_absent = "if-none-match",
        .copy_if_match = "if-match",
        .location_constraint = true,
        .unsigned_payload = true,
        .crc32c_header = true,
        .crc32c_trailer = true,
        .encryption_headers = true,
        .complete_if_absent = true,
        .complete_if_match = true,
        .copy_part = true,
        .copy_part_if_match = true,
        .encoded_uploads = true,
        .key_climbs_out = false,
        .uploads = parts(5 * kMiB, 5 * kGiB),
    },
    // https://docs.ceph.com/en/latest/radosgw/s3/objectops/ and, by trial, radosgw 16.2: a put takes If-Match unquoted
    // only; a delete, a copy of a part and the end of an upload ignore it; a copy with other metadata has no tags,
    // whatever x-amz-tagging-directive says; LocationConstraint names a zone group, not a region; it encodes the keys
    // of uploads without saying so:
    // https://docs.ceph.com/en/latest/radosgw/s3/bucketops/ Encryption, or a refusal of what it is not set up for:
    // https://docs.ceph.com/en/latest/radosgw/encryption/
    {
        .server = S3Server::ceph,
        .name = "ceph",
        .region = "us-east-1",
        .put_if_absent = true,
        .put_if_match = true,
        .conditional_get = true,
        .bare_tag_on_put = true,
        .unsigned_payload = true,
        .encryption_headers = true,
        .copy_part = true,
        .copy_loses_tags = true,
        .loses_upload_tags = true,
        .uploads = parts(5 * kMiB, 5 * kGiB),
    },
    // Conditions: https://blog.min.io/leading-the-way-minios-conditional-write-feature-for-modern-data-workloads/
    // Parts: https://docs.min.io/community/minio-object-store/operations/concepts/thresholds.html (a single put may be
    // larger). It is one region: to name another than its own is an error, to name none is not.
    // Payloads: https://github.com/minio/minio/pull/2038
    {
        .server = S3Server::minio,
        .name = "minio",
        .region = "us-east-1",
        .put_if_absent = true,
        .put_if_match = true,
        .conditional_get = true,
        .unsigned_payload = true,
        .uploads = parts(5 * kMiB, 5 * kGiB),
    },
    // Endpoint, region: https://developers.cloudflare.com/r2/api/s3/api/
    // Conditions: https://developers.cloudflare.com/r2/api/s3/conditional-operations/
    // Limits: https://developers.cloudflare.com/r2/platform/limits/ (5 MiB less than 5 GiB)
    // Parts, all but the last of one size: https://developers.cloudflare.com/r2/objects/multipart-objects/
    // Payloads: https://developers.cloudflare.com/r2/examples/aws/aws-sdk-net/
    {
        .server = S3Server::r2,
        .name = "r2",
        .endpoint = "https://{account}.r2.cloudflarestorage.com",
        .domain = "r2.cloudflarestorage.com",
        .region = "auto",
        .signing_region = "auto",
        .put_if_absent = true,
        .put_if_match = true,
        .conditional_get = true,
        .copy_if_absent = "cf-copy-destination-if-none-match",
        .copy_if_match = "cf-copy-destination-if-match",
        .unsigned_payload = true,
        .copy_part = true,
        .max_put = 5 * kGiB - 5 * kMiB,
        .max_copy = 5 * kGiB - 5 * kMiB,
        .uploads = equal_parts(5 * kMiB, 5 * kGiB - 5 * kMiB),
    },
    // Endpoint, and that an account has one region:
    // https://www.backblaze.com/apidocs/introduction-to-the-s3-compatible-api
    // Conditions, of reads only: https://www.backblaze.com/apidocs/s3-get-object
    // Parts: https://www.backblaze.com/docs/cloud-storage-large-files
    // Checksum headers are refused: https://www.backblaze.com/docs/cloud-storage-s3-compatible-api
    {
        .server = S3Server::b2,
        .name = "b2",
        .endpoint = "https://s3.{region}.backblazeb2.com",
        .domain = "backblazeb2.com",
        .conditional_get = true,
        .max_put = 5 * kGB,
        .max_copy = 5 * kGB,
        .uploads = parts(5 * kMiB, 5 * kGB),
    },
    // Endpoint: https://docs.wasabi.com/docs/service-urls-for-wasabis-storage-regions
    // The rest is said to be as on S3, and nothing of conditional writes: https://docs.wasabi.com/apidocs/wasabi-api
    {
        .server = S3Server::wasabi,
        .name = "wasabi",
        .endpoint = "https://s3.{region}.wasabisys.com",
        .domain = "wasabisys.com",
        .region = "us-east-1",
        .conditional_get = true,
        .location_constraint = true,
        .max_put = 5 * kGB,
        .max_copy = 5 * kGB,
        .uploads = parts(5 * kMiB, 5 * kGB),
    },
    // Endpoint: https://docs.digitalocean.com/reference/api/spaces/
    // No condition is documented: https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/
    // Limits: https://docs.digitalocean.com/products/spaces/details/limits/
    {
        .server = S3Server::spaces,
        .name = "spaces",
        .endpoint = "https://{region}.digitaloceanspaces.com",
        .domain = "digitaloceanspaces.com",
        .max_put = 5 * kGB,
        .max_copy = 5 * kGB,
        .uploads = parts(5 * kMiB, 5 * kGB),
    },
    // Endpoint, and signing for any region: https://cloud.google.com/storage/docs/interoperability
    // Conditions of reads; those of writes go by generation, and no x-goog header goes with the x-amz ones of S3:
    // https://cloud.google.com/storage/docs/request-preconditions
    // Location: https://cloud.google.com/storage/docs/xml-api/put-bucket-create
    // Parts: https://cloud.google.com/storage/quotas#requests
    // Unpacks: https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding
    {
        .server = S3Server::gcs,
        .name = "gcs",
        .endpoint = "https://storage.googleapis.com",
        .domain = "storage.googleapis.com",
        .region = "auto",
        .signing_region = "auto",
        .conditional_get = true,
        .location_constraint = true,
        .unpacks_gzip = true,
        .uploads = parts(5 * kMiB, 5 * kGiB),
    },
    // Endpoint: https://www.alibabacloud.com/help/en/oss/developer-reference/use-amazon-s3-sdks-to-access-oss
    // Virtual hosts only: https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3
    // Conditions of reads: https://www.alibabacloud.com/help/en/oss/developer-reference/getobject
    // Parts: https://www.alibabacloud.com/help/en/oss/developer-reference/uploadpart
    {
        .server = S3Server::oss,
        .name = "oss",
        .endpoint = "https://s3.oss-{region}.aliyuncs.com",
        .domain = "aliyuncs.com",
        .addressing = Addressing::virtual_host,
        .conditional_get = true,
        .max_put = 5 * kGB,
        .max_copy = kGB,
        .uploads = parts(100 * kKiB, 5 * kGB),
    },
    // Endpoint: https://www.tencentcloud.com/document/product/436/32537
    // Virtual hosts only: https://www.tencentcloud.com/document/product/436/57456
    // Listing by marker: https://www.tencentcloud.com/document/product/436/30614
    // Conditions of reads: https://www.tencentcloud.com/document/product/436/7753
    // Parts: https://www.tencentcloud.com/document/product/436/7750
    {
        .server = S3Server::cos,
        .name = "cos",
        .endpoint = "https://cos.{region}.myqcloud.com",
        .domain = "myqcloud.com",
        .addressing = Addressing::virtual_host,
        .conditional_get = true,
        .listing = Listing::v1,
        .max_put = 5 * kGB,
        .max_copy = 5 * kGB,
        .uploads = parts(kMiB, 5 * kGB),
    },
    // Endpoint: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0005.html
    // Listing by marker: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0022.html; with encoding-type the
    // marker of a parallel file system stands still: https://github.com/rclone/rclone,
    // backend/s3/provider/HuaweiOBS.yaml
    // Conditions of reads: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0083.html
    // Location: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0021.html
    // Parts: https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0099.html
    {
        .server = S3Server::obs,
        .name = "obs",
        .endpoint = "https://obs.{region}.myhuaweicloud.com",
        .domain = "myhuaweicloud.com",
        .addressing = Addressing::virtual_host,
        .conditional_get = true,
        .location_constraint = true,
        .listing = Listing::v1,
        .encoded_listing = false,
        .max_put = 5 * kGB,
        .max_copy = 5 * kGB,
        .uploads = parts(100 * kKiB, 5 * kGB),
    },
    // What is safe to say of a server that nobody named. Sending it a checksum header broke many:
    // https://github.com/aws/aws-cli/issues/9214. At the end of an upload many ignore conditions that they honour on
    // put:
    // https://github.com/ministackorg/ministack/pull/1435
    {
        .server = S3Server::generic,
        .name = "generic",
        .region = "us-east-1",
        .put_if_absent = true,
        .put_if_match = true,
        .conditional_get = true,
        .location_constraint = true,
        .unsigned_payload = true,
        .copy_part = true,
        .uploads = parts(5 * kMiB, 5 * kGiB),
    },
};

}  // namespace

std::span<const Quirks> all_quirks() noexcept { return kServers; }

}  // namespace cloudkit::inline v0::aws::s3
