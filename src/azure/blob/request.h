#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <string>
#include <string_view>

/// What the requests to Azure's Blob service have in common: their form, and conditions on the way out and back.
namespace cloudkit::inline v0::azure::blob {

/// Sent with every request: it decides what requests and replies mean, and what is signed. This one is the first with
/// `startFrom` in listings.
/// https://learn.microsoft.com/rest/api/storageservices/previous-azure-storage-service-versions
inline constexpr std::string_view kServiceVersion = "2026-02-06";

/// Where a container is, or without one the account.
struct Target {
  std::string scheme = "https";
  std::string host = {};
  std::string path = {};  ///< "", "/BASE", "/CONTAINER" or "/BASE/CONTAINER".
};

http::Request account_request(http::Method method, const Target& account);
http::Request container_request(http::Method method, const Target& container);
/// Errors: `invalid_argument` for a key that Azure holds under another name, or not at all: see `check_key`.
Result<http::Request> blob_request(http::Method method, const Target& container, std::string_view key);

/// A blob as a header names it: percent-encoded.
std::string blob_url(const Target& container, std::string_view key);

/// Of a blob that was written where no versions are kept, in S3's word.
inline constexpr std::string_view kNoVersion = "null";
/// What means the version; "" for an empty one and for `kNoVersion`, which are the current one.
std::string_view version_in_query(std::string_view version_id) noexcept;
void add_version(http::Request& request, std::string_view version_id);

/// `body` must outlive the request.
void set_xml_body(http::Request& request, std::string_view body);

/// Errors: `invalid_argument` for more than 254 segments; the rest is in `Capabilities`, where the handles check it.
/// https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
Status check_key(std::string_view key);
/// 3 to 63 of lower case letters, digits and single dashes between them; or $root, $web, $logs. Errors:
/// `invalid_argument`.
Status check_container_name(std::string_view name);

/// Of a write: `absent` and `match`. A request with a condition is not repeated blindly: it could meet its own success
/// and call it a failure. Errors: `invalid_argument`.
Status add_write_condition(http::Request& request, const Condition& condition);
/// Of a read: `match` and `not_match`.
Status add_read_condition(http::Request& request, const Condition& condition);

/// A 404 by which Azure says that there is no such blob, and not that there is no container.
bool blob_is_missing(const Error& error);
/// If-Match of a blob that is not there is 404 at Azure. For the caller the condition did not hold.
Error normalised(Error error, const Condition& condition);

}  // namespace cloudkit::inline v0::azure::blob
