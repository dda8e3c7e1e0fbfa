#include "core/fail.h"
#include "object_store/checks.h"
#include "object_store/paged_source.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

namespace cloudkit::inline v0 {

Listing Bucket::list(const ListOptions& options) const {
  using Pages = object_store::PagedSource<ListEntry, ListPageRequest, ListPage>;
  auto impl = std::make_unique<Pages>(driver_, &BucketDriver::list_page);
  impl->handle_prefix = prefix_;
  impl->operation = "list";
  impl->resource = url(options.prefix);
  impl->request.prefix = prefix_ + options.prefix;
  impl->request.delimiter = options.delimiter;
  impl->request.start_after = options.start_after.empty() ? "" : prefix_ + options.start_after;
  impl->request.page_size = options.page_size;
  impl->request.context = options.context;
  impl->prefetch = options.prefetch;
  if (options.passed_over) {
    impl->request.passed_over = true;
    impl->on_page = [tell = options.passed_over, size = prefix_.size()](const ListPage& page) {
      for (const PassedOver& it : page.passed_over) tell(std::string_view(it.key).substr(size), it.what);
    };
  }
  const auto check = [&](const Status& status) { impl->check(status); };
  check(object_store::check_listing_text("the prefix", options.prefix));
  check(object_store::check_listing_text("the delimiter", options.delimiter));
  check(object_store::check_listing_text("start_after", options.start_after));
  check(object_store::check_page_size(options.page_size));
  if (!options.delimiter.empty() && options.delimiter != "/" && !driver_->capabilities().any_delimiter) {
    check(core::unsupported("this backend takes the delimiter \"/\" only"));
  }
  return Listing(std::move(impl));
}

Result<std::vector<ListEntry>> Bucket::list_all(const ListOptions& options) const {
  std::vector<ListEntry> entries;
  Listing listing = list(options);
  for (const auto& entry : listing) {
    if (!entry) return entry.error();
    entries.push_back(*entry);
  }
  return entries;
}

}  // namespace cloudkit::inline v0
