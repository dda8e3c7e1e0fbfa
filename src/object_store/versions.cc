#include "core/fail.h"
#include "object_store/checks.h"
#include "object_store/paged_source.h"
#include "object_store/perform.h"
#include "object_store/transfer/copy.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

namespace cloudkit::inline v0 {
namespace {

Status check_versions(const Capabilities& capabilities) {
  if (capabilities.versions) return {};
  return core::unsupported("this backend keeps no versions");
}

// Of one key: the newest version with bytes, and the delete markers before it, the newest first.
struct Removal {
  std::optional<VersionEntry> before = {};
  std::vector<std::string> markers = {};
};

Result<Removal> find_removal(BucketDriver& driver, const std::string& key, const Context& context) {
  Removal removal;
  ListVersionsRequest request;
  request.prefix = key;
  request.context = context;
  for (core::PageCursor cursor; !cursor.done();) {
    if (auto status = context.check(); !status) return status.error();
    request.page_token = cursor.token();
    auto page = driver.list_versions_page(request);
    if (!page) return std::move(page).error();
    for (VersionEntry& entry : page->entries) {
      if (entry.key != key) return removal;  // Longer keys come after it.
      if (!entry.is_delete_marker) {
        removal.before = std::move(entry);
        return removal;
      }
      removal.markers.push_back(std::move(entry.version_id));
    }
    if (auto status = cursor.advance(std::move(page->next_page_token)); !status) return status.error();
  }
  return removal;
}

// Where a removal leaves no marker to take away: the version's bytes become the object again, as a new version.
Result<VersionEntry> put_back(BucketDriver& driver, VersionEntry version, const Context& context) {
  if (version.is_latest) return version;
  CopyRequest request;
  request.source_bucket = driver.name();
  request.source_key = request.destination_key = version.key;
  request.source_version = version.version_id;
  request.options.context = context;
  request.options.condition = Condition::absent();
  auto copied = object_store::copy(driver, driver, std::move(request));
  if (!copied) return std::move(copied).error();
  version.version_id = std::move(copied->version_id);
  version.token = std::move(copied->token);
  version.modified = copied->modified;
  version.size = copied->size;
  // Of the bucket's usual class, or of the old one: the store decides.
  version.storage_class = std::move(copied->storage_class);
  return version;
}

}  // namespace

VersionListing Bucket::list_versions(const ListVersionsOptions& options) const {
  using Pages = object_store::PagedSource<VersionEntry, ListVersionsRequest, VersionPage>;
  auto source = std::make_unique<Pages>(driver_, &BucketDriver::list_versions_page);
  source->handle_prefix = prefix_;
  source->operation = "list_versions";
  source->resource = url(options.prefix);
  source->request.prefix = prefix_ + options.prefix;
  source->request.page_size = options.page_size;
  source->request.context = options.context;
  source->prefetch = options.prefetch;
  source->check(check_versions(driver_->capabilities()));
  source->check(object_store::check_listing_text("the prefix", options.prefix));
  source->check(object_store::check_page_size(options.page_size));
  return VersionListing(std::move(source));
}

Status Bucket::remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) const {
  const std::string whole = object_store::join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  const Status checked = object_store::check_call(whole, capabilities, options.context);
  return object_store::perform("remove_version", resource, checked, [&]() -> Status {
    if (auto status = check_versions(capabilities); !status) return status;
    // A service would take it for a removal of the object.
    if (version_id.empty())
      return core::invalid_argument("the version is empty", "take it from VersionEntry::version_id");
    return driver_->remove_version(whole, version_id, options);
  });
}

Result<VersionEntry> Bucket::undelete(std::string_view key, const VersionOptions& options) const {
  const std::string whole = object_store::join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  const Status checked = object_store::check_call(whole, capabilities, options.context);
  return object_store::perform("undelete", resource, checked, [&]() -> Result<VersionEntry> {
    if (auto status = check_versions(capabilities); !status) return status.error();
    auto removal = find_removal(*driver_, whole, options.context);
    if (!removal) return std::move(removal).error();
    if (!removal->before) return core::fail(ErrorCode::not_found, "it has no version with bytes to bring back");
    // The newest last: the object comes back in one step, or stays removed.
    for (auto marker = removal->markers.rbegin(); marker != removal->markers.rend(); ++marker) {
      if (auto status = driver_->remove_version(whole, *marker, options); !status) return status.error();
    }
    VersionEntry entry = *std::move(removal->before);
    if (!capabilities.delete_markers) {
      auto back = put_back(*driver_, std::move(entry), options.context);
      if (!back) return back;
      entry = *std::move(back);
    }
    entry.key = key;
    entry.is_latest = true;
    return entry;
  });
}

}  // namespace cloudkit::inline v0
