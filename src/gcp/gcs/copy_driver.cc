#include "core/encode.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "gcp/gcs/bucket_driver.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/protocol_objects.h"

#include <fmt/format.h>

// What makes an object of another one, or changes all but its bytes.
namespace cloudkit::inline v0::gcp::gcs {
namespace {

bool has_attributes(const CopyOptions& options) {
  return options.content || options.metadata || !options.storage_class.empty();
}

// Of a copy whose attributes differ from the source's: which source they were made for, and the service's token.
struct ResumeToken {
  std::string_view source_token = {};
  std::string_view rewrite_token = {};
};

ResumeToken read_resume_token(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return {};
  return {text.substr(0, space), text.substr(space + 1)};
}

// Given any, the service takes all attributes from the request.
Result<std::string> copy_body(const ObjectResource& source, const CopyOptions& options) {
  const ContentHeaders& content = options.content ? *options.content : source.info.content;
  const Metadata& metadata = options.metadata ? *options.metadata : source.stored_metadata;
  return attributes_json({.content = &content, .metadata = &metadata, .storage_class = options.storage_class});
}

}  // namespace

Result<CopyStep> GcsBucketDriver::copy(const CopyRequest& request) {
  const ResumeToken token = read_resume_token(request.resume_token);
  RewriteDetails details;
  details.source_bucket = request.source_bucket;
  details.source_key = request.source_key;
  details.source_version = request.source_version;
  details.rewrite_token = token.rewrite_token;
  details.condition = request.options.condition;
  std::string source_token(token.source_token);
  std::string body;
  if (has_attributes(request.options)) {
    const auto source =
        look_at(request.source_bucket, request.source_key, {request.source_version, request.options.context}, {});
    if (!source) return source.error();
    if (!source_token.empty() && source_token != source->info.token) return core::source_changed();
    auto json = copy_body(*source, request.options);
    if (!json) return std::move(json).error();
    body = *std::move(json);
    source_token = source->info.token;
  }
  details.source_token = source_token;
  details.body = body;
  const auto build = [&](const Target& target) {
    return rewrite_request(target, name_, request.destination_key, details);
  };
  const auto reply = send(build, request.options.context);
  if (!reply) return refused_copy(request, reply.error());
  auto step = of_reply(parse_rewrite(*reply), *reply);
  if (!step) return std::move(step).error();
  if (step->info) return CopyStep{std::move(step->info), {}};
  return CopyStep{std::nullopt, fmt::format("{} {}", source_token, step->rewrite_token)};
}

// A failed precondition is the pin's, or that of the caller, who allowed no object at the
// destination: the reply does not say which, but the destination does.
Error GcsBucketDriver::refused_copy(const CopyRequest& request, const Error& error) const {
  if (error.code != ErrorCode::precondition_failed) return error;
  if (error.may_have_happened) return perhaps_own(error);
  if (!request.options.condition) return core::source_changed();
  if (!has_attributes(request.options)) return error;
  const auto destination = look_at(name_, request.destination_key, {{}, request.options.context}, {});
  const bool is_free = !destination && destination.error().code == ErrorCode::not_found;
  return is_free ? core::source_changed() : error;
}

Result<ObjectInfo> GcsBucketDriver::set_metadata(std::string_view key, const SetMetadataOptions& options) {
  for (int looks = 0; looks < kMostLooks; ++looks) {
    auto changed = set_metadata_once(key, options);
    // Of what was seen: its metadata were changed by somebody else, which breaks no condition.
    if (changed || changed.error().code != ErrorCode::precondition_failed || changed.error().http_status != 412) {
      return changed;
    }
  }
  return changes_too_often();
}

// A precondition that the service found broken is that of the look, since the caller's holds then.
Result<ObjectInfo> GcsBucketDriver::set_metadata_once(std::string_view key, const SetMetadataOptions& options) {
  const auto now = look_at(name_, key, {{}, options.context}, {});
  if (!now) return normalised(now.error(), options.condition);
  if (auto holds = core::check_condition(options.condition, &now->info.token); !holds) return std::move(holds).error();
  const auto body = patch_body(*now, options);
  if (!body) return body.error();
  const auto build = [&](const Target& target) { return patch_request(target, name_, key, *now, *body); };
  const auto reply = send(build, options.context);
  if (reply) {
    auto changed = of_reply(parse_object(*reply), *reply);
    if (!changed) return std::move(changed).error();
    return std::move(changed->info);
  }
  return normalised(perhaps_own(reply.error()), options.condition);
}

}  // namespace cloudkit::inline v0::gcp::gcs
