#pragma once

#include "gcp/gcs/object_resource.h"
#include "gcp/gcs/request.h"
#include "http/object/get_receiver.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <string_view>

/// Requests about one object, and what their replies mean: pure functions, but that a request does not own its body.
/// Replies are successes; failures are the classifier's. https://cloud.google.com/storage/docs/json_api/v1/objects
namespace cloudkit::inline v0::gcp::gcs {

/// By the XML API. Errors of all requests: `invalid_argument` for what no request can say, `precondition_failed` for
/// a token that no object of this store has.
Result<http::Request> get_request(const Target& target, std::string_view bucket, std::string_view key,
                                  const GetOptions& options);
/// Errors: `unknown` for a reply to another range, or one that cannot be understood.
Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response);

/// `condition`: `match` or `not_match`.
Result<http::Request> head_request(const Target& target, std::string_view bucket, std::string_view key,
                                   std::string_view version_id, const Condition& condition = {});

Result<http::Request> remove_request(const Target& target, std::string_view bucket, std::string_view key,
                                     const Condition& condition);
Result<http::Request> remove_version_request(const Target& target, std::string_view bucket, std::string_view key,
                                             std::string_view version_id);

/// One step of a copy that the service makes. https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
struct RewriteDetails {
  std::string_view source_bucket = {};
  std::string_view source_key = {};
  std::string_view source_version = {};
  std::string_view source_token = {};   ///< The copy fails when the source has another one; or empty.
  std::string_view rewrite_token = {};  ///< Of the last step; empty at first.
  std::string_view body = {};           ///< Attributes instead of the source's; or empty. Must outlive the request.
  Condition condition = {};             ///< Of the destination.
};
Result<http::Request> rewrite_request(const Target& target, std::string_view bucket, std::string_view key,
                                      const RewriteDetails& details);
struct RewriteReply {
  std::optional<ObjectInfo> info = {};  ///< Of a copy that is done.
  std::string rewrite_token = {};
};
Result<RewriteReply> parse_rewrite(const http::Response& response);

/// Replaces attributes of an object that has `now`. What it has and the new ones do not is taken away by null, by the
/// name that it is stored under.
Result<std::string> patch_body(const ObjectResource& now, const SetMetadataOptions& options);
/// Only of what `now` describes. `body` must outlive the request.
Result<http::Request> patch_request(const Target& target, std::string_view bucket, std::string_view key,
                                    const ObjectResource& now, std::string_view body);

}  // namespace cloudkit::inline v0::gcp::gcs
