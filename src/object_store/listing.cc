#include "core/fail.h"
#include "object_store/checks.h"
#include "object_store/named_error.h"
#include "object_store/pagination.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

namespace cloudkit::inline v0 {

struct Listing::Impl {
  std::shared_ptr<BucketDriver> driver;
  std::string handle_prefix;
  std::string resource;
  ListPageRequest request;
  std::optional<Error> refused;  // Found before the first request.
  object_store::PageCursor cursor;
  ListPage page;
  std::size_t next = 0;

  Result<ListEntry> fail(Error error) {
    cursor.stop();
    page.entries.clear();
    next = 0;
    return object_store::named(std::move(error), "list", resource);
  }

  Status fetch_page() {
    if (auto status = request.context.check(); !status) return status;
    request.page_token = cursor.token();
    auto fetched = driver->list_page(request);
    if (!fetched) return fetched.error();
    page = *std::move(fetched);
    next = 0;
    return cursor.advance(std::move(page.next_page_token));
  }

  // Nothing at the end.
  std::optional<Result<ListEntry>> take() {
    if (refused) return fail(*std::exchange(refused, std::nullopt));
    // A page may be empty and yet not the last one.
    while (next == page.entries.size()) {
      if (cursor.done()) return std::nullopt;
      if (auto status = fetch_page(); !status) return fail(status.error());
    }
    ListEntry entry = std::move(page.entries[next++]);
    if (entry.key.compare(0, handle_prefix.size(), handle_prefix) != 0) {
      return fail(core::fail(ErrorCode::unknown, "the service listed a key that does not begin with the prefix"));
    }
    entry.key.erase(0, handle_prefix.size());
    return Result<ListEntry>(std::move(entry));
  }
};

Listing::Listing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listing::Listing(Listing&&) noexcept = default;
Listing& Listing::operator=(Listing&&) noexcept = default;
Listing::~Listing() = default;

Listing::Iterator Listing::begin() {
  if (!current_) advance();
  return Iterator(this);
}

void Listing::advance() {
  auto taken = impl_->take();
  // Not an assignment through the optional: Result is assigned whole, also from error to entry.
  current_.reset();
  if (taken) current_.emplace(*std::move(taken));
}

Listing Bucket::list(const ListOptions& options) const {
  auto impl = std::make_unique<Listing::Impl>();
  impl->driver = driver_;
  impl->handle_prefix = prefix_;
  impl->resource = url(options.prefix);
  impl->request.prefix = prefix_ + options.prefix;
  impl->request.delimiter = options.delimiter;
  impl->request.start_after = options.start_after.empty() ? "" : prefix_ + options.start_after;
  impl->request.page_size = options.page_size;
  impl->request.context = options.context;
  const auto check = [&](Status status) {
    if (!status && !impl->refused) impl->refused = status.error();
  };
  check(object_store::check_listing_text("the prefix", options.prefix));
  check(object_store::check_listing_text("the delimiter", options.delimiter));
  check(object_store::check_listing_text("start_after", options.start_after));
  if (options.page_size < 1 || options.page_size > 1000) {
    check(core::invalid_argument("page_size is not between 1 and 1000"));
  }
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
