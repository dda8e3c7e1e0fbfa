#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"
#include "http/object/get_receiver.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string_view>

/// S3's requests about one object, and what their replies mean: pure functions. Replies are
/// successes; failures are the classifier's.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
namespace cloudkit::inline v0::aws::s3 {

/// Errors of all requests: `invalid_argument` for what no request can say, `unsupported` for a
/// condition that the server does not honour.
Result<http::Request> put_request(const Target& target, std::string_view key, const Source& source,
                                  std::string_view crc32c, const PutOptions& options, const Quirks& quirks);
/// `crc32c`: of what was sent. Errors: `unknown` when the reply does not tell the new token, `data_loss` when it tells
/// another checksum; then the put may have happened.
Result<ObjectInfo> parse_put(std::string_view key, std::uint64_t size, std::string_view crc32c,
                             const http::Response& response);

Result<http::Request> get_request(const Target& target, std::string_view key, const GetOptions& options,
                                  const Quirks& quirks);
Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response);

Result<http::Request> head_request(const Target& target, std::string_view key, const HeadOptions& options,
                                   const Condition& condition, const Quirks& quirks);
Result<ObjectInfo> parse_head(std::string_view key, const http::Response& response);

Result<http::Request> remove_request(const Target& target, std::string_view key, const Condition& condition,
                                     const Quirks& quirks);

/// Where a website redirects to instead of giving the object.
inline constexpr std::string_view kRedirect = "x-amz-website-redirect-location";

struct CopyDetails {
  std::string_view source_bucket = {};
  std::string_view source_key = {};
  std::string_view source_token = {};      ///< The copy fails when the source has another one.
  const ObjectInfo* attributes = nullptr;  ///< Instead of the source's: content and metadata.
  Condition condition = {};                ///< Of the destination: `absent` or `match`.
  std::string_view storage_class = {};
  // Of the source, by its HEAD: what `ObjectInfo` has no member for.
  std::string_view expires = {};   ///< Said with `attributes`; else S3 takes it along.
  std::string_view redirect = {};  ///< Of a website. It is the key's: only for a copy of an object onto itself.
};
Result<http::Request> copy_request(const Target& target, std::string_view key, const CopyDetails& details,
                                   const Quirks& quirks);
struct CopyReply {
  std::string token = {};
  TimePoint modified = {};
  std::string version_id = {};
};
Result<CopyReply> parse_copy(const http::Response& response);

/// What a URL to hand out stands for, not yet signed.
Result<http::Request> presign_request(const Target& target, std::string_view key, const PresignOptions& options);

}  // namespace cloudkit::inline v0::aws::s3
