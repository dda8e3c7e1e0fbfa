#include "gcp/gcs/bucket_driver.h"

#include "core/fail.h"
#include "core/list_pager.h"
#include "core/object_rules.h"
#include "core/paced_source.h"
#include "core/page_cursor.h"
#include "core/random.h"
#include "core/source_chunks.h"
#include "crypto/crc.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/protocol_bulk.h"
#include "gcp/gcs/protocol_listing.h"
#include "gcp/gcs/protocol_objects.h"
#include "gcp/gcs/protocol_put.h"
#include "http/object/begun_receiver.h"
#include "http/object/checksum.h"
#include "http/object/ranges.h"
#include "http/object/version_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

// https://cloud.google.com/storage/quotas#objects
constexpr std::uint64_t kMaxObject = std::uint64_t{5} << 40;

// Before the bytes: their description says it, and comes first.
Result<std::string> crc32c_of(const Source& source, const Context& context) {
  std::uint32_t crc = 0;
  const Status read = core::read_source(core::unpaced(source), context, [&](Bytes chunk) -> Status {
    crc = crypto::crc32c(crc, chunk.view());
    return {};
  });
  if (!read) return read.error();
  return http::crc32c_header(crc);
}

}  // namespace

Capabilities GcsBucketDriver::capabilities() const {
  Capabilities can;
  can.put_if_absent = can.put_if_match = can.conditional_get = can.remove_if_match = can.copy_if_absent = true;
  can.presign = !client_->anonymous();
  can.versions = can.storage_class = can.remote = true;
  can.key_control_characters = false;  // Line breaks are refused; of the others Google advises against.
  can.max_put_size = kMaxObject;
  can.uploads = can.upload_if_absent = can.upload_if_match = true;
  can.set_metadata = can.set_metadata_if_match = true;
  can.max_remove_many = kMaxKeysPerBatch;
  can.list_uploads = false;
  can.delete_markers = false;
  can.key_dot_names = false;
  return can;
}

Result<ObjectInfo> GcsBucketDriver::put(std::string_view key, const Source& source, const PutOptions& options) {
  const auto crc32c = crc32c_of(source, options.context);
  if (!crc32c) return crc32c.error();
  const auto json = put_json(key, options, *crc32c);
  if (!json) return json.error();
  const std::string_view type = options.content.type.empty() ? core::kDefaultContentType : options.content.type;
  const RelatedBody body(core::random_hex(16), *json, type, source);
  const auto build = [&](const Target& target) { return put_request(target, name_, key, body, options); };
  const auto reply = send(build, options.context);
  if (!reply) return normalised(reply.error(), options.condition);
  return of_reply(parse_put(source.size(), *crc32c, *reply), *reply);
}

Result<ObjectInfo> GcsBucketDriver::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  if (http::is_empty_range(options.range)) return get_nothing(key, options, receiver);
  if (options.condition.kind() != Condition::Kind::not_match) return get_pinned(key, options, receiver);
  http::BegunReceiver noted(receiver);
  GetOptions pinned = options;
  for (int looks = 0; looks < kMostLooks; ++looks) {
    const auto now = look_at(name_, key, {options.version_id, options.context}, options.condition);
    if (!now) return now.error();
    pinned.condition = Condition::match(now->info.token);
    // In the URL, too: of what everybody may read, caches answer with older bytes.
    // https://cloud.google.com/storage/docs/caching
    pinned.version_id = now->info.token;
    auto read = get_pinned(key, pinned, noted);
    if (read || noted.begun()) return read;  // What the receiver says stands.
    // The pin is none of the caller's: another object is as good.
    const Error& error = read.error();
    if (error.code != ErrorCode::precondition_failed && !object_is_missing(error)) return read;
  }
  return changes_too_often();
}

Result<ObjectInfo> GcsBucketDriver::get_pinned(std::string_view key, const GetOptions& pinned,
                                               ObjectReceiver& receiver) {
  http::GetReceiver checked([&](const http::Response& head) { return parse_get(key, pinned.range, head); },
                            pinned.range, pinned.condition, receiver);
  const auto build = [&](const Target& target) { return get_request(target, name_, key, pinned); };
  const auto reply = send(build, pinned.context, &checked);
  if (reply) return of_reply(checked.finish(), *reply);
  // Of an empty object every range is refused, though all of its no bytes could be sent.
  if (reply.error().http_status == 416) return get_nothing(key, pinned, receiver);
  return reply.error();
}

// A read that ends up with no bytes: because none were asked for, or because there are none.
Result<ObjectInfo> GcsBucketDriver::get_nothing(std::string_view key, const GetOptions& options,
                                                ObjectReceiver& receiver) {
  auto found = look_at(name_, key, {options.version_id, options.context}, options.condition);
  if (!found) return std::move(found).error();
  return http::deliver_nothing(std::move(found->info), options, receiver);
}

Result<ObjectResource> GcsBucketDriver::look_at(std::string_view bucket, std::string_view key,
                                                const HeadOptions& options, const Condition& condition) const {
  const auto build = [&](const Target& target) {
    return head_request(target, bucket, key, options.version_id, condition);
  };
  const auto reply = client_->send(build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_object(*reply), *reply);
}

Result<ObjectInfo> GcsBucketDriver::head(std::string_view key, const HeadOptions& options) {
  auto found = look_at(name_, key, options, {});
  if (!found) return std::move(found).error();
  return std::move(found->info);
}

Status GcsBucketDriver::remove(std::string_view key, const RemoveOptions& options) {
  const auto build = [&](const Target& target) { return remove_request(target, name_, key, options.condition); };
  const auto reply = send(build, options.context);
  if (reply) return {};
  const Error& error = reply.error();
  // After a lost reply, or a 503, it was this removal that left nothing behind, or another of the same generation.
  if (object_is_missing(error) && (!options.condition || error.may_have_happened)) return {};
  return normalised(perhaps_own(error), options.condition);
}

Result<ListPage> GcsBucketDriver::list_page(const ListPageRequest& request) {
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return list_request(target, name_, request);
  };
  const auto reply = send(build, request.context);
  if (!reply) return reply.error();
  return core::without_passed_prefix(request, of_reply(parse_list(request, *reply), *reply),
                                     [this](const ListPageRequest& below) { return list_page(below); });
}

Result<std::vector<RemoveFailure>> GcsBucketDriver::remove_many(std::span<const std::string> keys,
                                                                const RemoveManyOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto body = batch_body((*settings)->target, name_, keys);
  if (!body) return body.error();
  const auto build = [&](const Target& target) -> Result<http::Request> { return batch_request(target, *body); };
  const auto reply = send(build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_batch(keys, *reply), *reply);
}

Result<VersionPage> GcsBucketDriver::list_versions_page(const ListVersionsRequest& request) {
  VersionPage read;
  core::PageCursor cursor;
  // The service has the oldest version first: which one is the newest is known at the end of a key.
  do {
    const auto build = [&](const Target& target) -> Result<http::Request> {
      return list_versions_request(target, name_, request, cursor.token());
    };
    const auto reply = send(build, request.context);
    if (!reply) return reply.error();
    auto page = of_reply(parse_list_versions(cursor.token(), *reply), *reply);
    if (!page) return page;
    std::move(page->entries.begin(), page->entries.end(), std::back_inserter(read.entries));
    read.next_page_token = page->next_page_token;
    if (auto status = cursor.advance(std::move(page->next_page_token)); !status) return status.error();
  } while (http::is_one_key(read));
  return http::whole_keys(std::move(read), is_newer);
}

Status GcsBucketDriver::remove_version(std::string_view key, std::string_view version_id,
                                       const VersionOptions& options) {
  const auto build = [&](const Target& target) { return remove_version_request(target, name_, key, version_id); };
  const auto reply = send(build, options.context);
  if (reply || object_is_missing(reply.error())) return {};
  return reply.error();
}

}  // namespace cloudkit::inline v0::gcp::gcs
