#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"
#include "http/object/checksum.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>
#include <vector>

/// S3's requests about uploads in parts, and what their replies mean: pure functions. Replies are
/// successes; failures are the classifier's.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
namespace cloudkit::inline v0::aws::s3 {

UploadLimits upload_limits_of(const Quirks& quirks) noexcept;

/// Errors of all requests: `invalid_argument` for what no request can say, `unsupported` for a
/// condition that the server does not honour: that is said before any part is sent.
Result<http::Request> begin_upload_request(const Target& target, std::string_view key, const PutOptions& options,
                                           const Quirks& quirks);
Result<UploadId> parse_begin_upload(const http::Response& response);

/// `crc32c` is the part's x-amz-checksum-crc32c, or "".
Result<http::Request> put_part_request(const Target& target, const PutPartRequest& part, const Source& source,
                                       std::string_view crc32c, const Quirks& quirks);
/// Errors: `data_loss` when the service got other bytes than were sent.
Result<UploadPart> parse_put_part(int number, std::uint64_t size, std::string_view crc32c,
                                  const http::Response& response);

struct PartSource {
  std::string_view bucket = {};
  std::string_view key = {};
  ByteRange range = {};
  std::string_view token = {};  ///< The copy fails when the source has another one.
};
Result<http::Request> copy_part_request(const Target& target, const PutPartRequest& part, const PartSource& source,
                                        const Quirks& quirks);
Result<UploadPart> parse_copy_part(int number, std::uint64_t size, const http::Response& response);

/// The document that names the parts, of which the request holds a view. Errors:
/// `invalid_argument` for no part, or parts that are not by ascending number.
Result<std::string> complete_upload_body(const std::vector<UploadPart>& parts, const Quirks& quirks);
/// The CRC-32C of all parts together, as x-amz-checksum-crc32c, where all have one; else "".
using http::joined_crc32c;
struct CompleteDetails {
  std::string_view body = {};
  std::string_view crc32c = {};  ///< Of the whole object, or "".
  Condition condition = {};
};
Result<http::Request> complete_upload_request(const Target& target, std::string_view key, const UploadId& upload,
                                              const CompleteDetails& details, const Quirks& quirks);
/// Without a size, which S3 does not say, and without a token where the reply has no ETag, as
/// radosgw 16.2's. Errors: `unknown`; then it may have happened.
Result<ObjectInfo> parse_complete_upload(std::string_view key, const http::Response& response);

Result<http::Request> abort_upload_request(const Target& target, std::string_view key, const UploadId& upload);

/// `after`: the last number of the page before, else 0.
Result<http::Request> list_parts_request(const Target& target, std::string_view key, const UploadId& upload, int after);
struct PartsPage {
  std::vector<UploadPart> parts = {};
  int next = 0;  ///< Where the next page goes on, or 0.
};
/// Errors: `unknown` for a page that cannot be understood whole, or after which there would be no end.
Result<PartsPage> parse_list_parts(int after, const http::Response& response);

/// Errors: `invalid_argument` for a page token that is not one.
Result<http::Request> list_uploads_request(const Target& target, std::string_view prefix, std::string_view page_token,
                                           const Quirks& quirks);
/// Errors: as `parse_list_parts`.
Result<UploadPage> parse_list_uploads(std::string_view page_token, const http::Response& response);

}  // namespace cloudkit::inline v0::aws::s3
