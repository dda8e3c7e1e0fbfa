#pragma once

#include <cloudkit/driver/object_store.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Short ways to call a bucket's driver in tests.
namespace test {

using namespace cloudkit;

/// Bytes that must be read piece by piece, from a source that may announce another size.
class StringSource final : public Source {
 public:
  explicit StringSource(std::string data, std::optional<std::uint64_t> announced = {})
      : data_(std::move(data)), announced_(announced.value_or(data_.size())) {}
  std::uint64_t size() const noexcept override { return announced_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset >= data_.size()) return std::size_t{0};
    return data_.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }

 private:
  std::string data_;
  std::uint64_t announced_;
};

/// Bytes that lie in memory.
class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string data) : data_(std::move(data)) {}
  std::uint64_t size() const noexcept override { return data_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    return data_.copy(out.data(), out.size(), offset);
  }
  std::optional<Bytes> contiguous() const override { return Bytes(data_); }

 private:
  std::string data_;
};

struct Received final : ObjectReceiver {
  Status begin(const ObjectInfo& object, std::uint64_t first, std::uint64_t count) override {
    info = object;
    offset = first;
    length = count;
    ++begins;
    return {};
  }
  Status write(Bytes chunk) override {
    data.append(chunk.view());
    largest_chunk = std::max(largest_chunk, chunk.size());
    if (between_chunks) between_chunks();
    return {};
  }
  ObjectInfo info;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  int begins = 0;
  std::string data;
  std::size_t largest_chunk = 0;
  std::function<void()> between_chunks;
};

inline Result<ObjectInfo> put(BucketDriver& bucket, std::string_view key, std::string data,
                              const PutOptions& options = {}) {
  return bucket.put(key, StringSource(std::move(data)), options);
}
inline Result<ObjectInfo> put_if(BucketDriver& bucket, std::string_view key, std::string data, Condition condition) {
  PutOptions options;
  options.condition = std::move(condition);
  return put(bucket, key, std::move(data), options);
}
inline Result<std::string> get(BucketDriver& bucket, std::string_view key, const GetOptions& options = {}) {
  Received received;
  auto info = bucket.get(key, options, received);
  if (!info) return std::move(info).error();
  return std::move(received.data);
}
inline Result<std::string> get_range(BucketDriver& bucket, std::string_view key, ByteRange range) {
  GetOptions options;
  options.range = range;
  return get(bucket, key, options);
}
inline Status remove(BucketDriver& bucket, std::string_view key, Condition condition = {}) {
  RemoveOptions options;
  options.condition = std::move(condition);
  return bucket.remove(key, options);
}
inline Result<CopyStep> copy(BucketDriver& bucket, std::string from, std::string to, const CopyOptions& options = {}) {
  CopyRequest request;
  request.source_bucket = bucket.name();
  request.source_key = std::move(from);
  request.destination_key = std::move(to);
  request.options = options;
  return bucket.copy(request);
}

/// All entries, in pages; common prefixes look like "PRE a/".
inline std::vector<std::string> list(BucketDriver& bucket, ListPageRequest request = {}) {
  std::vector<std::string> keys;
  do {
    const auto page = bucket.list_page(request);
    REQUIRE_MESSAGE(page.has_value(), page.error().to_string());
    REQUIRE(page->entries.size() <= static_cast<std::size_t>(request.page_size));
    for (const auto& entry : page->entries) keys.push_back((entry.is_prefix ? "PRE " : "") + entry.key);
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  return keys;
}
inline ListPageRequest with_prefix(std::string prefix, std::string delimiter = "") {
  ListPageRequest request;
  request.prefix = std::move(prefix);
  request.delimiter = std::move(delimiter);
  return request;
}

template <class T>
ErrorCode code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().code;
}

using Keys = std::vector<std::string>;

}  // namespace test
