#include "core/fail.h"
#include "core/part_source.h"
#include "core/source_chunks.h"
#include "core/upload_rules.h"
#include "crypto/crc.h"
#include "gcp/gcs/bucket_driver.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/hashed_source.h"
#include "gcp/gcs/protocol_put.h"
#include "http/object/checksum.h"

#include <fmt/format.h>

// Uploads in parts: one resumable session, whose bytes come in order.
namespace cloudkit::inline v0::gcp::gcs {
namespace {

// One request sends up to here as fast, and a broken connection costs no more than that.
constexpr std::uint64_t kUseFrom = std::uint64_t{32} << 20;

std::uint64_t size_of(const std::vector<UploadPart>& parts) {
  std::uint64_t size = 0;
  for (const UploadPart& part : parts) size += part.size;
  return size;
}

// A session that has ended or expired: 404 of one that never was, 410 of one that was.
Error of_session(Error error) {
  const bool gone = error.http_status == 404 || error.http_status == 410;
  if (!gone || error.service_code == "NoSuchBucket") return error;
  Error missing = core::no_such_upload();
  missing.http_status = error.http_status;
  missing.request_id = error.request_id;
  missing.attempts = error.attempts;
  missing.may_have_happened = error.may_have_happened;
  missing.endpoint = error.endpoint;
  return missing;
}

Error keeps_nothing(std::uint64_t offset) {
  Error error = core::fail(ErrorCode::unavailable,
                           fmt::format("the service keeps no byte of what comes after the first {}", offset));
  error.retryable = true;
  return error;
}

// With a service that keeps nothing of what it gets.
class Patience {
 public:
  bool lasts() const noexcept { return tries_ < 3; }
  std::chrono::milliseconds next_wait() noexcept { return std::chrono::milliseconds(250 << tries_++); }

 private:
  int tries_ = 0;
};

Result<std::string> read_bytes(const Source& source, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto count = source.read_at(offset + filled, std::span(bytes).subspan(filled));
    if (!count) return count.error();
    if (*count == 0) return core::wrong_size(source, "fewer");
    filled += *count;
  }
  return bytes;
}

}  // namespace

UploadLimits GcsBucketDriver::upload_limits() const {
  UploadLimits limits;
  limits.ordered = true;
  limits.alignment = kChunkUnit;
  limits.min_part = kChunkUnit;
  limits.use_from = kUseFrom;
  // There is no limit of parts, so none has to grow, and with it the memory of who writes without knowing the length.
  limits.max_part = std::uint64_t{512} << 20;
  return limits;
}

Result<UploadId> GcsBucketDriver::begin_upload(std::string_view key, const PutOptions& options) {
  const auto json = put_json(key, options, {});
  if (!json) return json.error();
  const auto build = [&](const Target& target) { return begin_session_request(target, name_, key, *json, options); };
  const auto reply = send(build, options.context);
  if (!reply) return reply.error();
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  return of_reply(parse_begin_session((*settings)->target, name_, *reply), *reply);
}

// A session takes whole units and, with its end, what is left: that waits here for the completion, since with it the
// object would appear.
Result<PutPartResult> GcsBucketDriver::put_part(const PutPartRequest& request, const Source& part) {
  const std::uint64_t rest = request.last ? part.size() % kChunkUnit : 0;
  const std::uint64_t whole = part.size() - rest;
  if (request.offset % kChunkUnit != 0 || whole % kChunkUnit != 0) {
    return core::invalid_argument(fmt::format("each part but the last has a multiple of {} bytes", kChunkUnit));
  }
  HashedSource hashed(part, whole);
  Patience patience;
  for (std::uint64_t sent = 0; sent < whole;) {
    const std::uint64_t offset = request.offset + sent;
    const core::PartSource chunk(hashed, sent, whole - sent);
    auto persisted = send_chunk(request, offset, chunk);
    if (!persisted) persisted = persisted_after(persisted.error(), offset, request);
    if (!persisted) return persisted.error();
    // It has forgotten earlier parts, which are not here.
    if (*persisted < request.offset) return core::no_such_upload();
    if (*persisted > offset) {
      patience = {};
    } else if (!patience.lasts()) {
      return keeps_nothing(offset);
    } else if (auto waited = client_->wait(request.context, patience.next_wait()); !waited) {
      return waited.error();
    }
    sent = std::min(*persisted - request.offset, whole);
  }
  const auto crc = hashed.crc32c();
  if (!crc) return crc.error();
  if (request.last) {
    auto end = read_bytes(part, whole, rest);
    if (!end) return std::move(end).error();
    const std::scoped_lock lock(mutex_);
    if (!end->empty()) ends_.insert_or_assign(request.upload.value, *std::move(end));
  }
  std::string held = rest == 0 ? std::string() : fmt::to_string(rest);
  return PutPartResult{{request.number, whole, std::move(held), http::crc32c_header(*crc)}, request.offset + whole};
}

// What is stored after it.
Result<std::uint64_t> GcsBucketDriver::send_chunk(const PutPartRequest& request, std::uint64_t offset,
                                                  const Source& bytes) {
  const auto build = [&](const Target& target) { return chunk_request(target, name_, request.upload, offset, bytes); };
  const auto reply = send(build, request.context);
  if (!reply) return of_session(reply.error());
  const auto state = of_reply(parse_session_state(*reply), *reply);
  if (!state) return state.error();
  if (state->is_complete) return of_reply(core::no_such_upload(), *reply);
  // Nothing, or the service does not know: to go on as if all were there would leave a hole.
  return state->persisted ? *state->persisted : ask_persisted(request.upload, request.context);
}

// A line that breaks may have carried some of a chunk: then it is gone on with there. Else `failure` stays.
// https://cloud.google.com/storage/docs/performing-resumable-uploads#resume-upload
Result<std::uint64_t> GcsBucketDriver::persisted_after(Error failure, std::uint64_t offset,
                                                       const PutPartRequest& request) {
  if (!failure.retryable) return failure;
  const auto persisted = ask_persisted(request.upload, request.context);
  if (!persisted || (*persisted >= request.offset && *persisted <= offset)) return failure;
  return *persisted;
}

Result<std::uint64_t> GcsBucketDriver::ask_persisted(const UploadId& upload, const Context& context) {
  const auto build = [&](const Target& target) { return session_state_request(target, name_, upload); };
  const auto reply = send(build, context);
  if (!reply) return of_session(reply.error());
  const auto state = of_reply(parse_session_state(*reply), *reply);
  if (!state) return state.error();
  if (state->is_complete) return of_reply(core::no_such_upload(), *reply);
  return state->persisted.value_or(0);
}

Result<ObjectInfo> GcsBucketDriver::complete_upload(std::string_view, const UploadId& upload,
                                                    const std::vector<UploadPart>& parts, const PutOptions& options) {
  if (auto valid = core::check_part_order(parts); !valid) return std::move(valid).error();
  // Sent or not: who completes it again sends the last part again.
  const std::string end = take_end(upload);
  if (fmt::to_string(end.size()) != (parts.back().token.empty() ? "0" : parts.back().token)) {
    return core::fail(ErrorCode::conflict, "the end of the last part is not here any more", "send that part again");
  }
  std::vector<UploadPart> all = parts;
  all.push_back({all.back().number + 1, end.size(), {}, http::crc32c_header(end)});
  const std::uint64_t total = size_of(all);
  const std::string crc32c = http::joined_crc32c(all);
  const auto reply = send_end(upload, {total, crc32c, end}, options.context);
  if (!reply) return normalised(of_session(reply.error()), options.condition);
  return of_reply(parse_put(total, crc32c, *reply), *reply);
}

std::string GcsBucketDriver::take_end(const UploadId& upload) {
  const std::scoped_lock lock(mutex_);
  const auto found = ends_.find(upload.value);
  if (found == ends_.end()) return {};
  std::string end = std::move(found->second);
  ends_.erase(found);
  return end;
}

// Of the end, too, the service may keep less than it got.
Result<http::Response> GcsBucketDriver::send_end(const UploadId& upload, const UploadEnd& end, const Context& context) {
  const std::uint64_t begin = end.total - end.bytes.size();
  std::uint64_t offset = begin;
  for (Patience patience;;) {
    const std::string_view rest = end.bytes.substr(static_cast<std::size_t>(offset - begin));
    const auto build = [&](const Target& target) {
      return last_chunk_request(target, name_, upload, end.total, end.crc32c, Bytes(rest.data(), rest.size()));
    };
    auto reply = send(build, context);
    if (!reply || reply->status != 308) return reply;
    const auto state = of_reply(parse_session_state(*reply), *reply);
    if (!state) return state.error();
    const auto persisted = state->persisted ? Result<std::uint64_t>(*state->persisted) : ask_persisted(upload, context);
    if (!persisted) return persisted.error();
    if (*persisted < begin || *persisted > end.total) {
      return of_reply(core::fail(ErrorCode::conflict, fmt::format("the session has not all of the {} bytes", end.total),
                                 "the upload must be begun again"),
                      *reply);
    }
    if (*persisted > offset) {
      patience = {};
    } else if (!patience.lasts()) {
      return of_reply(keeps_nothing(offset), *reply);
    } else if (auto waited = client_->wait(context, patience.next_wait()); !waited) {
      return waited.error();
    }
    offset = *persisted;
  }
}

Result<std::vector<UploadPart>> GcsBucketDriver::list_parts(std::string_view, const UploadId& upload,
                                                            const Context& context) {
  const auto persisted = ask_persisted(upload, context);
  if (!persisted) return persisted.error();
  return core::unsupported("a session knows how many bytes it has, and nothing of parts");
}

Status GcsBucketDriver::abort_upload(std::string_view, const UploadId& upload, const Context& context) {
  (void)take_end(upload);
  const auto build = [&](const Target& target) { return cancel_session_request(target, name_, upload); };
  const auto reply = send(build, context);
  if (reply) return {};
  Error error = of_session(reply.error());
  if (error.service_code == core::kNoSuchUpload) return {};
  return error;
}

}  // namespace cloudkit::inline v0::gcp::gcs
