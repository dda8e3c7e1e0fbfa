#include "azure/blob/bucket_driver.h"
#include "azure/blob/errors.h"
#include "azure/blob/object_headers.h"
#include "azure/blob/protocol_blocks.h"
#include "core/fail.h"
#include "core/upload_rules.h"

// Uploads in blocks.
namespace cloudkit::inline v0::azure::blob {
namespace {

std::uint64_t size_of(const std::vector<UploadPart>& parts) {
  std::uint64_t size = 0;
  for (const UploadPart& part : parts) size += part.size;
  return size;
}

// Whoever commits or puts the blob first discards the blocks of all others.
Error without_blocks(Error error) {
  if (error.service_code != "InvalidBlockList") return error;
  Error gone = core::no_such_upload();
  gone.message = "the parts are gone: another write to this key has discarded them, or a week has passed";
  gone.hint = "begin the upload again";
  gone.http_status = error.http_status;
  gone.request_id = std::move(error.request_id);
  gone.attempts = error.attempts;
  gone.endpoint = std::move(error.endpoint);
  gone.may_have_happened = error.may_have_happened;
  return gone;
}

}  // namespace

UploadLimits BlobBucketDriver::upload_limits() const { return block_limits(); }

// Blocks wait for a list of them; nothing is begun at the service.
Result<UploadId> BlobBucketDriver::begin_upload(std::string_view key, const PutOptions& options) {
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  if (auto going = options.context.check(); !going) return std::move(going).error();
  return UploadId{new_upload()};
}

Result<PutPartResult> BlobBucketDriver::put_part(const PutPartRequest& request, const Source& part) {
  // Nothing is read for what could not be sent anyway.
  if (const auto valid = put_block_request(Target{}, request, part, Digest{}); !valid) return valid.error();
  const auto digest = digest_for(part, request.context);
  if (!digest) return digest.error();
  const auto build = [&](const Target& target) { return put_block_request(target, request, part, *digest); };
  const auto reply = send(build, request.context);
  if (!reply) return reply.error();
  if (auto same = digest->check_stored(*reply); !same) return of_reply(std::move(same).error(), *reply);
  UploadPart stored;
  stored.number = request.number;
  stored.size = part.size();
  stored.token = block_id(request.upload.value, request.number).value();
  stored.checksum = digest->value;
  return PutPartResult{std::move(stored), request.offset + part.size()};
}

Result<ObjectInfo> BlobBucketDriver::complete_upload(std::string_view key, const UploadId& upload,
                                                     const std::vector<UploadPart>& parts, const PutOptions& options) {
  if (auto ordered = core::check_part_order(parts); !ordered) return std::move(ordered).error();
  for (const UploadPart& part : parts) {
    if (number_of_block(upload.value, part.token) != part.number) {
      return core::invalid_argument("a part is not one of this upload");
    }
  }
  const auto digests = client_->digests();
  if (!digests) return digests.error();
  const std::string body = block_list_body(parts);
  const Digest digest = digest_of(body, *digests);
  const auto build = [&](const Target& target) { return commit_request(target, key, body, digest, options); };
  const auto reply = send(build, options.context);
  if (!reply) return normalised(without_blocks(reply.error()), options.condition);
  return of_reply(read_written(key, size_of(parts), *reply), *reply);
}

Result<std::vector<UploadPart>> BlobBucketDriver::list_parts(std::string_view key, const UploadId& upload,
                                                             const Context& context) {
  const auto reply = send([&](const Target& target) { return list_blocks_request(target, key); }, context);
  if (reply) return of_reply(parse_blocks(upload.value, *reply), *reply);
  // Neither a blob nor a block: as an upload is at its beginning.
  if (blob_is_missing(reply.error())) return std::vector<UploadPart>();
  return reply.error();
}

// Nothing can be taken back: what was sent is gone after a week, or with the next write to the key. A removal would
// take the object that is there.
Status BlobBucketDriver::abort_upload(std::string_view, const UploadId&, const Context& context) {
  return context.check();
}

}  // namespace cloudkit::inline v0::azure::blob
