#pragma once

#include "gcp/gcs/settings.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <chrono>
#include <string>
#include <string_view>

/// What the requests have in common: their form, and conditions on the way out and back.
namespace cloudkit::inline v0::gcp::gcs {

/// A rewrite may take half a minute a step: https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
inline constexpr std::chrono::minutes kThinkingTime{5};

/// What is read of an object: without the rest, such as its access control list, a reply is half as long.
inline constexpr std::string_view kObjectFields =
    "name,generation,metageneration,size,updated,crc32c,contentType,cacheControl,contentEncoding,contentDisposition,"
    "contentLanguage,storageClass,metadata";

/// "/storage/v1/b/BUCKET", with "/o/KEY". A name is one segment, in which `/` is "%2F".
std::string bucket_path(std::string_view bucket);
std::string object_path(std::string_view bucket, std::string_view key);

/// `path` is encoded, and goes below the endpoint's own.
http::Request api_request(http::Method method, const Target& target, std::string_view path);
/// The same, answered by a whole JSON document.
http::Request document_request(http::Method method, const Target& target, std::string_view path);
/// About an object, answered by its description, of which `kObjectFields` are asked for. Errors: `invalid_argument` for
/// a key that would make it a request about something else, or that the service cannot hold.
Result<http::Request> object_request(http::Method method, const Target& target, std::string_view bucket,
                                     std::string_view key);
/// By the XML API, which says all of an object in the headers before its bytes; the JSON API leaves out metadata.
Result<http::Request> media_request(const Target& target, std::string_view bucket, std::string_view key);

/// What the service cannot hold. https://cloud.google.com/storage/docs/objects#naming
Status check_key(std::string_view key);

/// Whether the token may be a generation: no object of this store has any other.
bool is_generation(std::string_view token) noexcept;
/// Errors: `invalid_argument` for one that no object of this store has. Empty is the newest.
Status check_version(std::string_view version_id);
/// The condition of a write, as a query parameter. A request with one is not repeated blindly: it could meet its own
/// success and call it a failure. Errors: `invalid_argument`; `precondition_failed` for a token that no object has.
Status add_write_condition(http::Request& request, const Condition& condition);

/// `precondition_failed` for an object that is not there although it should have a token.
Error normalised(Error error, const Condition& condition);

}  // namespace cloudkit::inline v0::gcp::gcs
