#include "core/fail.h"
#include "object_store/checks.h"
#include "object_store/paged_source.h"
#include "object_store/perform.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

namespace cloudkit::inline v0 {
namespace {

struct UploadsRequest {
  std::string prefix = {};
  std::string page_token = {};
  Context context = {};
};

Status check_uploads(const Capabilities& capabilities) {
  if (capabilities.uploads) return {};
  return core::unsupported("this backend takes no uploads in parts");
}

}  // namespace

UploadListing Bucket::list_uploads(const ListUploadsOptions& options) const {
  using Pages = object_store::PagedSource<UploadEntry, UploadsRequest, UploadPage>;
  auto source = std::make_unique<Pages>(driver_, [](BucketDriver& driver, const UploadsRequest& request) {
    return driver.list_uploads_page(request.prefix, request.page_token, request.context);
  });
  source->handle_prefix = prefix_;
  source->operation = "list_uploads";
  source->resource = url(options.prefix);
  source->request.prefix = prefix_ + options.prefix;
  source->request.context = options.context;
  source->check(check_uploads(driver_->capabilities()));
  source->check(object_store::check_listing_text("the prefix", options.prefix));
  return UploadListing(std::move(source));
}

Status Bucket::abort_upload(std::string_view key, const UploadId& upload, const AbortUploadOptions& options) const {
  const std::string whole = object_store::join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  const Status checked = object_store::check_call(whole, capabilities, options.context);
  return object_store::perform("abort_upload", resource, checked, [&]() -> Status {
    if (auto status = check_uploads(capabilities); !status) return status;
    if (upload.value.empty()) return core::invalid_argument("the upload is empty", "take it from UploadEntry::upload");
    return driver_->abort_upload(whole, upload, options.context);
  });
}

}  // namespace cloudkit::inline v0
