#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/object_headers.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <string_view>

/// What the requests about one object have in common: their form, and conditions on the way out
/// and back.
namespace cloudkit::inline v0::aws::s3 {

/// Errors: `invalid_argument` for an empty key, which would make it a request about the bucket:
/// DELETE above all.
Result<http::Request> object_request(http::Method method, const Target& target, std::string_view key);

/// "BUCKET/KEY", of an access point "ARN/object/KEY", as x-amz-copy-source wants it: percent-encoded itself.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
std::string copy_source(std::string_view bucket, std::string_view key);

Status add_if_match(http::Request& request, std::string_view header, std::string_view token, Quotes quotes);

/// Which conditions a server honours on one kind of write, and how it wants the ETag.
struct Honoured {
  bool absent = false;
  bool match = false;
  Quotes quotes = Quotes::with;
  std::string_view absent_header = "if-none-match";
  std::string_view match_header = "if-match";
};
/// Errors: `unsupported`, `invalid_argument`.
Status check_write_condition(const Condition& condition, const Honoured& honoured);
/// What must not be there yet, or must still be the same. A request with a condition is not
/// repeated blindly: it could meet its own success and call it a failure.
Status add_write_condition(http::Request& request, const Condition& condition, const Honoured& honoured);
Status add_read_condition(http::Request& request, const Condition& condition);
Error not_honoured(std::string_view what);
Error too_large_to_copy(std::uint64_t size, const Quirks& quirks);

/// A 404 by which S3 says that there is no such object, and not a proxy that there is no such page.
bool object_is_missing(const Error& error);
/// AWS answers a condition on an object that is not there with 404, others with 412. For the
/// caller both say that the condition did not hold.
Error normalised(Error error, const Condition& condition);
/// The caller of a copy set no condition: it was the pin that did not hold.
Error unpinned(Error error);

}  // namespace cloudkit::inline v0::aws::s3
