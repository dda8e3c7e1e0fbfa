#include "azure/blob/bucket_driver.h"
#include "azure/blob/errors.h"
#include "azure/blob/protocol_batch.h"
#include "azure/blob/protocol_objects.h"
#include "azure/blob/protocol_tags.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/without_value.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {
namespace {

// https://learn.microsoft.com/rest/api/storageservices/create-service-sas#permissions-for-a-directory-container-or-blob
std::string_view permissions_of(PresignMethod method, bool of_version) noexcept {
  switch (method) {
    case PresignMethod::put: return "cw";
    case PresignMethod::remove: return of_version ? "x" : "d";
    case PresignMethod::get:
    case PresignMethod::head: break;
  }
  return "r";
}

}  // namespace

Result<std::vector<RemoveFailure>> BlobBucketDriver::remove_many(std::span<const std::string> keys,
                                                                 const RemoveManyOptions& options) {
  const auto target = client_->target(name_);
  if (!target) return target.error();
  std::vector<RemoveFailure> failures;
  std::vector<const std::string*> asked;
  std::vector<http::Request> requests;
  for (const std::string& key : keys) {
    auto request = remove_request(*target, key, {});
    if (!request) {
      failures.push_back({key, std::move(request).error()});
      continue;
    }
    if (auto status = client_->sign_part(*request, options.context); !status) return std::move(status).error();
    asked.push_back(&key);
    requests.push_back(*std::move(request));
  }
  if (requests.empty()) return failures;

  const std::string boundary = fmt::format("batch_{}", core::random_hex(16));
  const std::string body = batch_body(boundary, requests);
  const auto build = [&](const Target& container) -> Result<http::Request> {
    return batch_request(container, boundary, body);
  };
  const auto reply = send(build, options.context);
  if (!reply) return reply.error();
  const auto parts = of_reply(parse_batch(requests.size(), *reply), *reply);
  if (!parts) return parts.error();
  for (std::size_t i = 0; i < parts->size(); ++i) {
    if ((*parts)[i].status / 100 == 2) continue;
    http::Failure failure = failure_of(requests[i], (*parts)[i]);
    failure.error.attempts = 1;
    // The batch was taken with a corrected clock or a new token, its parts were signed before that.
    failure.error.retryable |= reply->attempts > 1 && failure.error.code == ErrorCode::unauthenticated;
    if (!blob_is_missing(failure.error)) failures.push_back({*asked[i], std::move(failure.error)});
  }
  return failures;
}

Result<Tags> BlobBucketDriver::get_tags(std::string_view key, const TagOptions& options) {
  const auto reply =
      send([&](const Target& target) { return get_tags_request(target, key, options.version_id); }, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_tags(*reply), *reply);
}

Status BlobBucketDriver::set_tags(std::string_view key, const Tags& tags, const TagOptions& options) {
  const auto digests = client_->digests();
  if (!digests) return digests.error();
  const std::string body = tags_body(tags);
  const Digest digest = digest_of(body, *digests);
  const auto build = [&](const Target& target) {
    return set_tags_request(target, key, options.version_id, body, digest);
  };
  return core::without_value(send(build, options.context));
}

Result<std::string> BlobBucketDriver::presign(std::string_view key, const PresignOptions& options) {
  if (!options.content_type.empty()) {
    return core::unsupported("a shared access signature binds no content type",
                             "leave PresignOptions::content_type out");
  }
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  auth::SasTerms terms;
  terms.container = name_;
  terms.blob = key;
  terms.version = version_in_query(options.version_id);
  terms.permissions = permissions_of(options.method, !terms.version.empty());
  terms.cache_control = options.response.cache_control;
  terms.content_disposition = options.response.disposition;
  terms.content_encoding = options.response.encoding;
  terms.content_language = options.response.language;
  terms.content_type = options.response.type;
  auto query = client_->sas(std::move(terms), options.expires, options.context);
  if (!query) return std::move(query).error();
  const auto target = client_->target(name_);
  if (!target) return target.error();
  http::Request request;
  request.path = fmt::format("{}/{}", target->path, key);
  request.query = *std::move(query);
  add_version(request, options.version_id);
  return fmt::format("{}://{}{}", target->scheme, target->host, http::encode_target(request));
}

}  // namespace cloudkit::inline v0::azure::blob
