#pragma once

#include "gcp/gcs/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Many removals in one request. https://cloud.google.com/storage/docs/batch
namespace cloudkit::inline v0::gcp::gcs {

inline constexpr std::size_t kMaxKeysPerBatch = 100;

/// Errors: `invalid_argument` for a key that no object can have.
Result<std::string> batch_body(const Target& target, std::string_view bucket, std::span<const std::string> keys);
/// `body` must outlive the request.
http::Request batch_request(const Target& target, std::string_view body);
/// The keys that were not removed. Errors: `unknown` when the reply does not answer for each key; then nobody knows
/// what was removed.
Result<std::vector<RemoveFailure>> parse_batch(std::span<const std::string> keys, const http::Response& response);

/// Of the reply to a batch, the first part that refuses the token: the service takes a batch as a whole and looks at
/// the token with each of its parts.
std::optional<http::Response> refused_part(const http::Request& request, const http::Response& response);

}  // namespace cloudkit::inline v0::gcp::gcs
