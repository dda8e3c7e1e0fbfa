#include "shelf.h"

#include <cloudkit/open.h>

#include <algorithm>

namespace shelf {

using namespace cloudkit;

namespace {

Error fail(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

Result<std::string> read_whole(const Source& source) {
  std::string data(static_cast<std::size_t>(source.size()), '\0');
  std::size_t filled = 0;
  while (filled < data.size()) {
    const auto count = source.read_at(filled, std::span(data.data() + filled, data.size() - filled));
    if (!count) return count.error();
    if (*count == 0) return fail(ErrorCode::io, "the source ended before its size");
    filled += *count;
  }
  return data;
}

struct Extent {
  std::uint64_t offset;
  std::uint64_t length;
};

Result<Extent> resolve(const std::optional<ByteRange>& range, std::uint64_t size) {
  if (!range || size == 0) return Extent{0, size};
  if (range->from_end) {
    const std::uint64_t length = std::min(range->offset, size);
    return Extent{size - length, length};
  }
  if (range->offset >= size) return fail(ErrorCode::invalid_argument, "the range begins past the end");
  return Extent{range->offset, std::min(range->length, size - range->offset)};
}

}  // namespace

// What is not declared, the handles refuse before they call: conditions but for the reading
// ones are for backends that can compare and write in one step.
Capabilities ShelfBucket::capabilities() const {
  Capabilities can;
  can.conditional_get = true;
  can.any_delimiter = false;
  can.persistent = false;
  return can;
}

Result<Item> ShelfBucket::find(const std::string& bucket, std::string_view key) const {
  const auto items = shelves_->buckets.find(bucket);
  if (items == shelves_->buckets.end()) return fail(ErrorCode::not_found, "there is no bucket \"" + bucket + "\"");
  const auto item = items->second.find(std::string(key));
  if (item == items->second.end()) return fail(ErrorCode::not_found, "there is no such object");
  return item->second;
}

Result<ObjectInfo> ShelfBucket::publish(std::string_view key, Item item) {
  const auto items = shelves_->buckets.find(name_);
  if (items == shelves_->buckets.end()) return fail(ErrorCode::not_found, "there is no bucket \"" + name_ + "\"");
  item.info.key = key;
  item.info.size = item.data.size();
  item.info.token = std::to_string(shelves_->next_token++);
  item.info.modified = std::chrono::system_clock::now();
  ObjectInfo info = item.info;
  items->second.insert_or_assign(std::string(key), std::move(item));
  return info;
}

Result<ObjectInfo> ShelfBucket::put(std::string_view key, const Source& source, const PutOptions& options) {
  auto data = read_whole(source);  // Whole before anything is changed, and without the lock.
  if (!data) return data.error();
  Item item;
  item.data = *std::move(data);
  item.info.content = options.content;
  item.info.metadata = options.metadata;
  const std::scoped_lock lock(shelves_->mutex);
  return publish(key, std::move(item));
}

Result<ObjectInfo> ShelfBucket::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  std::unique_lock lock(shelves_->mutex);
  auto item = find(name_, key);
  lock.unlock();  // The receiver may take its time.
  if (!item) return item.error();
  const bool same = item->info.token == options.condition.token();
  if (options.condition.kind() == Condition::Kind::match && !same) {
    return fail(ErrorCode::precondition_failed, "the object has changed");
  }
  if (options.condition.kind() == Condition::Kind::not_match && same) {
    return fail(ErrorCode::not_modified, "the object has not changed");
  }
  const auto extent = resolve(options.range, item->data.size());
  if (!extent) return extent.error();
  if (auto status = receiver.begin(item->info, extent->offset, extent->length); !status) return status.error();
  const Bytes bytes(item->data.data() + extent->offset, static_cast<std::size_t>(extent->length));
  if (auto status = receiver.write(bytes); !status) return status.error();
  return item->info;
}

Result<ObjectInfo> ShelfBucket::head(std::string_view key, const HeadOptions&) {
  const std::scoped_lock lock(shelves_->mutex);
  return find(name_, key).map([](const Item& item) { return item.info; });
}

Status ShelfBucket::remove(std::string_view key, const RemoveOptions&) {
  const std::scoped_lock lock(shelves_->mutex);
  const auto items = shelves_->buckets.find(name_);
  if (items == shelves_->buckets.end()) return fail(ErrorCode::not_found, "there is no bucket \"" + name_ + "\"");
  items->second.erase(std::string(key));
  return {};
}

Result<CopyStep> ShelfBucket::copy(const CopyRequest& request) {
  const std::scoped_lock lock(shelves_->mutex);
  auto item = find(request.source_bucket, request.source_key);
  if (!item) return item.error();
  if (request.options.content) item->info.content = *request.options.content;
  if (request.options.metadata) item->info.metadata = *request.options.metadata;
  return publish(request.destination_key, *std::move(item)).map([](ObjectInfo info) {
    return CopyStep{std::move(info), {}};
  });
}

// The page token is the last entry of the page before.
Result<ListPage> ShelfBucket::list_page(const ListPageRequest& request) {
  const std::scoped_lock lock(shelves_->mutex);
  const auto items = shelves_->buckets.find(name_);
  if (items == shelves_->buckets.end()) return fail(ErrorCode::not_found, "there is no bucket \"" + name_ + "\"");
  ListPage page;
  for (const auto& [key, item] : items->second) {
    if (!key.starts_with(request.prefix) || key <= request.start_after) continue;
    ListEntry entry;
    entry.key = key;
    const std::size_t at =
        request.delimiter.empty() ? std::string::npos : key.find(request.delimiter, request.prefix.size());
    if (at != std::string::npos) {
      entry.key.resize(at + request.delimiter.size());
      entry.is_prefix = true;
    } else {
      entry.size = item.info.size;
      entry.modified = item.info.modified;
      entry.token = item.info.token;
    }
    if (entry.key <= request.page_token) continue;
    if (!page.entries.empty() && page.entries.back().key == entry.key) continue;
    if (page.entries.size() == static_cast<std::size_t>(request.page_size)) {
      page.next_page_token = page.entries.back().key;
      break;
    }
    page.entries.push_back(std::move(entry));
  }
  return page;
}

Result<std::shared_ptr<BucketDriver>> ShelfStore::bucket(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (name.empty() || !plain) {
    return fail(ErrorCode::invalid_argument, "the name of a shelf holds lower-case letters, digits and '-' only");
  }
  return std::make_shared<ShelfBucket>(shelves_, std::string(name));
}

Status ShelfStore::create_bucket(std::string_view name, const CreateBucketOptions&) {
  if (auto valid = bucket(name); !valid) return valid.error();
  const std::scoped_lock lock(shelves_->mutex);
  if (shelves_->buckets.try_emplace(std::string(name)).second) return {};
  return fail(ErrorCode::already_exists, "there is a bucket \"" + std::string(name) + "\" already");
}

Status ShelfStore::delete_bucket(std::string_view name, const BucketOptions&) {
  if (auto valid = bucket(name); !valid) return valid.error();
  const std::scoped_lock lock(shelves_->mutex);
  const auto items = shelves_->buckets.find(std::string(name));
  if (items == shelves_->buckets.end()) return fail(ErrorCode::not_found, "there is no such bucket");
  if (!items->second.empty()) return fail(ErrorCode::conflict, "the bucket is not empty");
  shelves_->buckets.erase(items);
  return {};
}

Result<bool> ShelfStore::bucket_exists(std::string_view name, const BucketOptions&) {
  const std::scoped_lock lock(shelves_->mutex);
  return shelves_->buckets.count(std::string(name)) != 0;
}

Result<BucketPage> ShelfStore::list_buckets_page(std::string_view, const BucketOptions&) {
  const std::scoped_lock lock(shelves_->mutex);
  BucketPage page;
  for (const auto& [name, items] : shelves_->buckets) {
    BucketEntry entry;
    entry.name = name;
    page.entries.push_back(std::move(entry));
  }
  return page;
}

void register_scheme() {
  const auto store = std::make_shared<ShelfStore>();
  Registry::global().add_object_store("shelf", [store](const Url& url) -> Result<std::shared_ptr<ObjectStoreDriver>> {
    if (auto status = url.allow_only({}); !status) return status.error();
    return store;
  });
}

}  // namespace shelf
