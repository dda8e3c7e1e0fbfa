#include "azure/blob/bucket_driver.h"
#include "azure/blob/errors.h"
#include "azure/blob/protocol_listing.h"
#include "azure/blob/protocol_objects.h"
#include "core/fail.h"
#include "core/page_cursor.h"
#include "http/object/version_pages.h"

#include <algorithm>
#include <iterator>

// What an account keeps of blobs that were replaced or removed. Removals leave no markers.
// https://learn.microsoft.com/azure/storage/blobs/versioning-overview
namespace cloudkit::inline v0::azure::blob {

Result<VersionPage> BlobBucketDriver::list_versions_page(const ListVersionsRequest& request) {
  VersionPage read;
  core::PageCursor cursor;
  do {
    const auto build = [&](const Target& target) -> Result<http::Request> {
      return list_versions_request(target, request, cursor.token());
    };
    const auto reply = send(build, request.context);
    if (!reply) return reply.error();
    auto page = of_reply(parse_list_versions(request, cursor.token(), *reply), *reply);
    if (!page) return page;
    std::move(page->entries.begin(), page->entries.end(), std::back_inserter(read.entries));
    read.next_page_token = page->next_page_token;
    if (auto status = cursor.advance(std::move(page->next_page_token)); !status) return status.error();
  } while (http::is_one_key(read));
  return http::whole_keys(std::move(read), is_newer);
}

Status BlobBucketDriver::remove_version(std::string_view key, std::string_view version_id,
                                        const VersionOptions& options) {
  if (version_id == kNoVersion) return remove(key, {.condition = {}, .context = options.context});
  const auto build = [&](const Target& target) { return remove_version_request(target, key, version_id); };
  auto reply = send(build, options.context);
  if (!reply && reply.error().service_code == "OperationNotAllowedOnRootBlob") {
    if (auto removed = remove_current(key, version_id, options.context); !removed) return removed;
    reply = send(build, options.context);
  }
  if (reply || blob_is_missing(reply.error())) return {};
  return reply.error();
}

// The current version can only become an earlier one first. Pinned: by then another one may be current.
Status BlobBucketDriver::remove_current(std::string_view key, std::string_view version_id, const Context& context) {
  const auto now = head_object(key, {}, {{}, context});
  if (!now) return blob_is_missing(now.error()) ? Status{} : Status(now.error());
  if (now->version_id != version_id) return {};
  Status removed = remove(key, {.condition = Condition::match(now->token), .context = context});
  if (removed || removed.error().code != ErrorCode::precondition_failed) return removed;
  return {};
}

}  // namespace cloudkit::inline v0::azure::blob
