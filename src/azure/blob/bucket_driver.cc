#include "azure/blob/bucket_driver.h"

#include "azure/blob/errors.h"
#include "azure/blob/protocol_batch.h"
#include "azure/blob/protocol_listing.h"
#include "azure/blob/protocol_objects.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/list_pager.h"
#include "crypto/digest.h"
#include "http/object/begun_receiver.h"
#include "http/object/get_receiver.h"
#include "http/object/ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0::azure::blob {
namespace {

// https://learn.microsoft.com/azure/storage/blobs/scalability-targets
constexpr std::uint64_t kLargestPut = std::uint64_t{5000} << 20;

// As the service says it.
Error nothing_left() {
  Error error = core::invalid_argument("the range begins where the object ends");
  error.http_status = 416;
  return error;
}

// Hands an object on, and compares it with the MD5 that its reply had.
class Md5Receiver final : public ObjectReceiver {
 public:
  explicit Md5Receiver(ObjectReceiver& receiver) : receiver_(receiver) {}

  void expect(std::string md5) {
    expected_ = std::move(md5);
    actual_.reset();  // The reply before, which was lost, may have had one.
    if (!expected_.empty()) actual_.emplace();
  }
  Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
    return receiver_.begin(info, offset, length);
  }
  Status write(Bytes chunk) override {
    if (actual_) actual_->update(chunk.view());
    return receiver_.write(chunk);
  }
  std::size_t most_at_once() const noexcept override { return receiver_.most_at_once(); }
  Status check() {
    if (!actual_) return {};
    const std::string actual = core::base64_encode(actual_->finish());
    if (actual == expected_) return {};
    Error error = core::fail(
        ErrorCode::data_loss,
        fmt::format("the bytes have the MD5 {}, the service says {}", actual, core::printable_excerpt(expected_, 80)),
        "the stored Content-MD5 may be stale, as the service checks none that a writer sets: "
        "read a range, or put the object anew");
    error.retryable = true;
    return error;
  }

 private:
  ObjectReceiver& receiver_;
  std::string expected_;
  std::optional<crypto::Md5> actual_;
};

}  // namespace

Capabilities BlobBucketDriver::capabilities() const {
  Capabilities can;
  can.put_if_absent = can.put_if_match = can.conditional_get = can.remove_if_match = can.copy_if_absent = true;
  can.uploads = can.upload_if_absent = can.upload_if_match = true;
  can.set_metadata = can.set_metadata_if_match = true;
  can.storage_class = can.tags = can.remote = can.versions = true;
  can.delete_markers = false;
  can.presign = !client_->anonymous();
  // Azure, and what stands before it, take these for other names.
  // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
  can.key_dot_segments = can.key_final_dots = can.key_backslashes = can.key_control_characters = false;
  can.metadata_any_token = false;  // C# identifiers.
  can.list_uploads = false;
  can.max_remove_many = kMostInBatch;
  can.max_put_size = kLargestPut;
  return can;
}

Result<http::Response> BlobBucketDriver::send(const BlobClient::Build& build, const Context& context,
                                              http::BodyReceiver* receiver) {
  return client_->send(name_, build, context, receiver);
}

Result<Digest> BlobBucketDriver::digest_for(const Source& source, const Context& context) {
  const auto digests = client_->digests();
  if (!digests) return digests.error();
  return digest_of(source, *digests, context);
}

Result<ObjectInfo> BlobBucketDriver::put(std::string_view key, const Source& source, const PutOptions& options) {
  // Nothing is read for what could not be sent anyway.
  if (const auto valid = put_request(Target{}, key, source, Digest{}, options); !valid) return valid.error();
  const auto digest = digest_for(source, options.context);
  if (!digest) return digest.error();
  const auto build = [&](const Target& target) { return put_request(target, key, source, *digest, options); };
  const auto reply = send(build, options.context);
  if (!reply) return normalised(reply.error(), options.condition);
  return of_reply(parse_put(key, source.size(), *digest, *reply), *reply);
}

Result<ObjectInfo> BlobBucketDriver::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  if (http::is_empty_range(options.range)) return get_nothing(key, options, receiver);
  if (options.range && options.range->from_end) return get_from_end(key, options, receiver);
  Md5Receiver hashed(receiver);
  const auto read_head = [&](const http::Response& reply) -> Result<http::GetHead> {
    // So Azurite answers a range that begins where the object ends.
    if (reply.status == 206 && reply.headers.get("content-length") == "0") return nothing_left();
    auto head = parse_get(key, options.range, reply);
    if (head) hashed.expect(md5_of_reply(reply));
    return head;
  };
  http::GetReceiver checked(read_head, options.range, options.condition, hashed);
  const auto build = [&](const Target& target) { return get_request(target, key, options); };
  const auto reply = send(build, options.context, &checked);
  // Of an empty object every range is refused, though all of its no bytes could be sent.
  if (!reply && reply.error().http_status == 416) return get_nothing(key, options, receiver);
  if (!reply) return normalised(reply.error(), options.condition);
  auto info = of_reply(checked.finish(), *reply);
  if (!info) return info;
  if (auto intact = hashed.check(); !intact) return of_reply(std::move(intact).error(), *reply);
  return info;
}

// Azure has no such ranges: the size is asked for, and the read is of the object that has it.
Result<ObjectInfo> BlobBucketDriver::get_from_end(std::string_view key, const GetOptions& options,
                                                  ObjectReceiver& receiver) {
  const auto info = head_object(key, options.condition, {options.version_id, options.context});
  if (!info) return normalised(info.error(), options.condition);
  GetOptions pinned = options;
  pinned.range = ByteRange::from(info->size - std::min(options.range->offset, info->size));
  pinned.condition = Condition::match(info->token);
  if (info->size == 0) pinned.range.reset();
  http::BegunReceiver noted(receiver);
  auto read = get(key, pinned, noted);
  // Once it has begun, what fails is the receiver's own condition.
  const bool unpinned = !read && !noted.begun() && read.error().code == ErrorCode::precondition_failed;
  return unpinned && options.condition.kind() != Condition::Kind::match ? http::replaced_meanwhile() : read;
}

// A read that ends up with no bytes: because none were asked for, or because there are none.
Result<ObjectInfo> BlobBucketDriver::get_nothing(std::string_view key, const GetOptions& options,
                                                 ObjectReceiver& receiver) {
  auto info = head_object(key, options.condition, {options.version_id, options.context});
  if (!info) return normalised(std::move(info).error(), options.condition);
  return http::deliver_nothing(*std::move(info), options, receiver);
}

Result<http::Response> BlobBucketDriver::head_reply(std::string_view key, const Condition& condition,
                                                    const HeadOptions& options) {
  return send([&](const Target& target) { return head_request(target, key, condition, options.version_id); },
              options.context);
}

Result<ObjectInfo> BlobBucketDriver::head_object(std::string_view key, const Condition& condition,
                                                 const HeadOptions& options) {
  const auto reply = head_reply(key, condition, options);
  if (!reply) return reply.error();
  return of_reply(parse_head(key, *reply), *reply);
}

Result<ObjectInfo> BlobBucketDriver::head(std::string_view key, const HeadOptions& options) {
  return head_object(key, {}, options);
}

Status BlobBucketDriver::remove(std::string_view key, const RemoveOptions& options) {
  const auto build = [&](const Target& target) { return remove_request(target, key, options.condition); };
  const auto reply = send(build, options.context);
  if (reply) return {};
  if (!options.condition && blob_is_missing(reply.error())) return {};
  return normalised(reply.error(), options.condition);
}

Result<ListPage> BlobBucketDriver::list_page(const ListPageRequest& request) {
  const auto build = [&](const Target& target) -> Result<http::Request> { return list_request(target, request); };
  const auto reply = send(build, request.context);
  if (!reply) return reply.error();
  return core::without_passed_prefix(request, of_reply(parse_list(request, *reply), *reply),
                                     [this](const ListPageRequest& below) { return list_page(below); });
}

}  // namespace cloudkit::inline v0::azure::blob
