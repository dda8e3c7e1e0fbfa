#pragma once

#include "aws/s3/endpoint.h"
#include "aws/s3/quirks.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
namespace cloudkit::inline v0::aws::s3 {

/// Whether every reader of the document gets the same key out of it. XML 1.0 cannot write most
/// control characters, and readers trim and fold white space: they would remove another object.
/// https://www.w3.org/TR/xml/#charsets
bool can_be_named_in_xml(std::string_view key) noexcept;

std::string remove_many_body(std::span<const std::string> keys);
/// `body` must outlive the request.
http::Request remove_many_request(const Target& target, std::string_view body, const Quirks& quirks);
/// The keys that were not removed. Errors: `unknown` when the reply names a key that was not asked
/// for; then nobody knows what was removed.
Result<std::vector<RemoveFailure>> parse_remove_many(std::span<const std::string> keys, const http::Response& response);

}  // namespace cloudkit::inline v0::aws::s3
