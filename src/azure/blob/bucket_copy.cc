#include "azure/blob/bucket_driver.h"
#include "azure/blob/errors.h"
#include "azure/blob/object_headers.h"
#include "azure/blob/protocol_objects.h"
#include "azure/blob/protocol_tags.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "http/object/etag.h"

#include <fmt/format.h>

// Copies, and what else changes of a blob but its bytes.
namespace cloudkit::inline v0::azure::blob {
namespace {

// https://learn.microsoft.com/rest/api/storageservices/copy-blob, of x-ms-copy-source.
constexpr std::size_t kMaxSourceUrl = 2 << 10;

Error too_long_to_copy(std::size_t size) {
  return core::unsupported(
      fmt::format("the source's URL has {} bytes, the service copies from URLs of up to {}", size, kMaxSourceUrl),
      "use a shorter key: other characters than letters, digits and -._~/ have three bytes of the URL for each of "
      "theirs; or read the object, and put it");
}

// Neither can be said in the request for the copy: content headers at all, and no metadata, which there means the
// source's.
bool needs_changes(const CopyOptions& options) noexcept {
  return options.content || (options.metadata && options.metadata->empty());
}

// A blob without a type gets this one.
std::string_view stored_type(const ContentHeaders& content) noexcept {
  return content.type.empty() ? std::string_view("application/octet-stream") : std::string_view(content.type);
}

bool is_as_wanted(const ObjectInfo& now, const ObjectInfo& wanted) {
  const ContentHeaders& a = now.content;
  const ContentHeaders& b = wanted.content;
  return now.size == wanted.size && now.metadata == wanted.metadata && stored_type(a) == stored_type(b) &&
         a.cache_control == b.cache_control && a.encoding == b.encoding && a.disposition == b.disposition &&
         a.language == b.language;
}

ObjectInfo with_tokens(ObjectInfo info, ObjectInfo written) {
  info.token = info.etag = std::move(written.token);
  if (!written.version_id.empty()) info.version_id = std::move(written.version_id);
  info.modified = written.modified;
  return info;
}

Error changed_meanwhile(Error error) {
  if (error.code != ErrorCode::precondition_failed) return error;
  error.code = ErrorCode::conflict;
  error.message = "the object changed meanwhile";
  error.hint = "look at it again, and decide anew";
  error.retryable = true;
  return error;
}

}  // namespace

Result<CopyStep> BlobBucketDriver::copy(const CopyRequest& request) {
  return request.resume_token.empty() ? begin_copy(request) : look_at_copy(request);
}

// The service says neither the size nor the attributes of what it copied. Pinned, the source is the same in both
// requests.
Result<CopyStep> BlobBucketDriver::begin_copy(const CopyRequest& request) {
  const CopyOptions& options = request.options;
  auto source_url = client_->source_url(request.source_bucket, request.source_key, request.source_version);
  if (!source_url) return std::move(source_url).error();
  if (source_url->size() > kMaxSourceUrl) return too_long_to_copy(source_url->size());
  const auto head = client_->send(
      request.source_bucket,
      [&](const Target& target) { return head_request(target, request.source_key, {}, request.source_version); },
      options.context);
  if (!head) return head.error();
  auto source = of_reply(parse_head(request.source_key, *head), *head);
  if (!source) return std::move(source).error();

  CopyDetails details;
  details.source_url = *std::move(source_url);
  details.source_token = source->token;
  if (options.metadata && !options.metadata->empty()) details.metadata = &*options.metadata;
  details.condition = options.condition;
  details.storage_class = options.storage_class;
  auto tags = tags_of_source(request, *head);
  if (!tags) return std::move(tags).error();
  details.tags = *std::move(tags);
  const auto build = [&](const Target& target) { return copy_request(target, request.destination_key, details); };
  const auto reply = send(build, options.context);
  if (!reply) return found_again(request, details.source_url, reply.error());
  const auto state = of_reply(parse_copy({}, *reply), *reply);
  if (!state) return state.error();
  if (state->status != CopyState::Status::success) return CopyStep{{}, state->id};  // Looked at in the next step.
  auto written = of_reply(read_written(request.destination_key, source->size, *reply), *reply);
  if (!written) return std::move(written).error();
  written->content = std::move(source->content);
  written->metadata = std::move(source->metadata);
  if (options.metadata) written->metadata = *options.metadata;
  written->storage_class = options.storage_class;
  return finish_copy(request, *std::move(written), head->headers.get("content-md5"));
}

// Asked for only where the head, which is needed anyway, says that there are some.
Result<Tags> BlobBucketDriver::tags_of_source(const CopyRequest& request, const http::Response& head) {
  const std::string_view count = head.headers.get("x-ms-tag-count");
  if (count.empty() || count == "0") return Tags{};
  const auto build = [&](const Target& target) {
    return get_tags_request(target, request.source_key, request.source_version);
  };
  const auto reply = client_->send(request.source_bucket, build, request.options.context);
  auto tags = reply ? of_reply(parse_tags(*reply), *reply) : Result<Tags>(reply.error());
  if (tags) return tags;
  Error error = std::move(tags).error();
  error.message = "the object has tags, which could not be read for its copy: " + error.message;
  return error;
}

// A request that is repeated after its reply was lost meets the copy that it began itself.
Result<CopyStep> BlobBucketDriver::found_again(const CopyRequest& request, std::string_view source_url, Error refused) {
  if (refused.service_code != "PendingCopyOperation" || !refused.may_have_happened) return refused;
  const auto now = head_reply(request.destination_key, {}, {{}, request.options.context});
  if (!now) return refused;
  const auto without_query = [](std::string_view url) { return url.substr(0, url.find('?')); };
  const std::string_view id = now->headers.get("x-ms-copy-id");
  const bool is_ours = without_query(now->headers.get("x-ms-copy-source")) == without_query(source_url);
  if (id.empty() || !is_ours) return refused;
  return CopyStep{{}, std::string(id)};
}

Result<CopyStep> BlobBucketDriver::look_at_copy(const CopyRequest& request) {
  const auto reply = head_reply(request.destination_key, {}, {{}, request.options.context});
  if (!reply) {
    Error error = reply.error();
    error.may_have_happened = true;  // The copy goes on, whoever looks.
    return error;
  }
  const auto state = of_reply(parse_copy(request.resume_token, *reply), *reply);
  if (!state) return state.error();
  using CopyStatus = CopyState::Status;
  if (state->status == CopyStatus::pending) return CopyStep{{}, state->id};
  if (state->status != CopyStatus::success) return failed_copy(request, copy_failure(*state, *reply), *reply);
  auto info = of_reply(parse_head(request.destination_key, *reply), *reply);
  if (!info) return std::move(info).error();
  return finish_copy(request, *std::move(info), reply->headers.get("content-md5"));
}

// What it leaves is an empty blob, which anybody would take for the object.
Error BlobBucketDriver::failed_copy(const CopyRequest& request, Error error, const http::Response& reply) {
  error = of_reply(std::move(error), reply);
  const Condition ours = Condition::match(http::token_of_etag(reply.headers.get("etag")));
  const Status removed = remove(request.destination_key, {.condition = ours, .context = request.options.context});
  if (removed || removed.error().code == ErrorCode::precondition_failed) return error;  // Another write is there.
  error.message += "; the empty object that it left could not be removed: " + removed.error().message;
  error.may_have_happened = true;
  return error;
}

Result<CopyStep> BlobBucketDriver::finish_copy(const CopyRequest& request, ObjectInfo info, std::string_view md5) {
  const CopyOptions& options = request.options;
  if (!needs_changes(options)) return CopyStep{std::move(info), {}};
  const bool clears = options.metadata && options.metadata->empty();
  auto changed =
      replace(std::move(info), md5, options.content, clears ? options.metadata : std::nullopt, options.context);
  if (!changed) {
    Error error = changed_meanwhile(std::move(changed).error());
    error.message = "the copy is there, but without the attributes it was to have: " + error.message;
    error.may_have_happened = true;
    return error;
  }
  return CopyStep{*std::move(changed), {}};
}

// Azure replaces content headers and metadata in a request each. The token of `info` pins both.
Result<ObjectInfo> BlobBucketDriver::replace(ObjectInfo info, std::string_view md5,
                                             const std::optional<ContentHeaders>& content,
                                             const std::optional<Metadata>& metadata, const Context& context) {
  if (content) {
    ObjectInfo wanted = info;
    wanted.content = *content;
    auto changed = change(info.token, std::move(wanted), context, [&](const Target& target) {
      return set_content_request(target, info.key, *content, md5, Condition::match(info.token));
    });
    if (!changed) return changed;
    info = *std::move(changed);
  }
  if (metadata) {
    ObjectInfo wanted = info;
    wanted.metadata = *metadata;
    auto changed = change(info.token, std::move(wanted), context, [&](const Target& target) {
      return set_metadata_request(target, info.key, *metadata, Condition::match(info.token));
    });
    if (!changed) {
      Error error = std::move(changed).error();
      error.may_have_happened |= content.has_value();
      return error;
    }
    info = *std::move(changed);
  }
  return info;
}

// Being pinned, the request is not repeated blindly: it would fail by its own success. The blob tells whether it was
// one. `wanted`: what the blob is afterwards.
Result<ObjectInfo> BlobBucketDriver::change(const std::string& token, ObjectInfo wanted, const Context& context,
                                            const BlobClient::Build& build) {
  for (bool is_last = false;; is_last = true) {
    const auto reply = send(build, context);
    if (reply) {
      auto written = of_reply(read_written(wanted.key, wanted.size, *reply), *reply);
      if (!written) return std::move(written).error();
      return with_tokens(std::move(wanted), *std::move(written));
    }
    Error error = reply.error();
    // The second request may meet what the first one has done after all.
    const bool is_unclear = error.may_have_happened || (is_last && error.code == ErrorCode::precondition_failed);
    if (!is_unclear) return error;
    error.may_have_happened = true;
    auto now = head_object(wanted.key, {}, {{}, context});
    if (!now) return error;
    if (now->token != token && is_as_wanted(*now, wanted)) return with_tokens(std::move(wanted), *std::move(now));
    if (now->token != token || is_last) return error;
  }
}

Result<ObjectInfo> BlobBucketDriver::set_metadata(std::string_view key, const SetMetadataOptions& options) {
  const auto head = head_reply(key, {}, {{}, options.context});
  if (!head) return normalised(head.error(), options.condition);
  auto info = of_reply(parse_head(key, *head), *head);
  if (!info) return info;
  if (auto holds = core::check_condition(options.condition, &info->token); !holds) return std::move(holds).error();
  auto changed =
      replace(*std::move(info), head->headers.get("content-md5"), options.content, options.metadata, options.context);
  if (changed) return changed;
  return options.condition ? normalised(changed.error(), options.condition) : changed_meanwhile(changed.error());
}

}  // namespace cloudkit::inline v0::azure::blob
