#pragma once

#include "support/forwarding_bucket.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>

/// More backends with one flaw each: in what they return of an object, and in their lists.
namespace flawed {

using namespace cloudkit;

// --- Ranges ---

template <class Change>
struct ChangesRanges : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    GetOptions changed = options;
    if (changed.range) Change()(*changed.range);
    return inner_->get(key, changed, receiver);
  }
};
// HTTP's last byte is inclusive.
struct OneByteTooMany {
  void operator()(ByteRange& range) const {
    if (!range.from_end && range.length != ByteRange::to_end) ++range.length;
  }
};
struct OneByteEarly {
  void operator()(ByteRange& range) const {
    if (!range.from_end && range.offset > 0) --range.offset;
  }
};
struct SuffixIsOffset {
  void operator()(ByteRange& range) const { range.from_end = false; }
};

struct TakesAnyRange : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    auto info = inner_->get(key, options, receiver);
    if (info || info.error().code != ErrorCode::invalid_argument) return info;
    auto head = inner_->head(key, {});
    if (!head) return head;
    if (auto status = receiver.begin(*head, head->size, 0); !status) return status.error();
    return head;
  }
};

// How many bytes of the next get arrive.
inline std::atomic<std::uint64_t> cut_after{UINT64_MAX};

// Over connections that break when they are told to.
struct Cuts : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  struct Receiver final : ObjectReceiver {
    Receiver(ObjectReceiver& receiver, std::uint64_t bytes) : inner(receiver), left(bytes) {}
    Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
      return inner.begin(info, offset, length);
    }
    Status write(Bytes chunk) override {
      const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), left));
      left -= count;
      if (count == chunk.size()) return inner.write(chunk);
      if (auto written = inner.write({chunk.data(), count}); !written) return written;
      Error error(ErrorCode::unavailable, "the connection was cut");
      error.retryable = true;
      return error;
    }
    ObjectReceiver& inner;
    std::uint64_t left;
  };
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    Receiver cut(receiver, cut_after.exchange(UINT64_MAX));
    return inner_->get(key, options, cut);
  }
};
struct TakesACutForTheEnd : Cuts {
  using Cuts::Cuts;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    auto info = Cuts::get(key, options, receiver);
    if (!info) info.error().retryable = false;
    return info;
  }
};

// --- Attributes ---

template <class Change>
struct ChangesInfo : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    Change()(changed.content, changed.metadata);
    return inner_->put(key, source, changed);
  }
};
struct LoseMetadata {
  void operator()(ContentHeaders&, Metadata& metadata) const { metadata.clear(); }
};
struct LoseEmptyValues {
  void operator()(ContentHeaders&, Metadata& metadata) const {
    std::erase_if(metadata, [](const auto& entry) { return entry.second.empty(); });
  }
};
struct LoseLanguage {
  void operator()(ContentHeaders& content, Metadata&) const { content.language.clear(); }
};
struct LoseType {
  void operator()(ContentHeaders& content, Metadata&) const { content.type = "binary/octet-stream"; }
};

struct MergesMetadata : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    if (const auto old = inner_->head(key, {})) changed.metadata.insert(old->metadata.begin(), old->metadata.end());
    return inner_->put(key, source, changed);
  }
};

struct DecodesGzip : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    const auto head = inner_->head(key, {});
    if (!head || head->content.encoding != "gzip" || options.range) return inner_->get(key, options, receiver);
    ObjectInfo decoded = *head;
    decoded.size = 6;
    if (auto status = receiver.begin(decoded, 0, 6); !status) return status.error();
    if (auto status = receiver.write("hello\n"); !status) return status.error();
    return decoded;
  }
};

struct CopiesBytesOnly : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<CopyStep> copy(const CopyRequest& request) override {
    CopyRequest changed = request;
    if (!changed.options.metadata) changed.options.metadata = Metadata{};
    return inner_->copy(changed);
  }
};

// It knows of two headers.
struct CopiesTwoHeaders : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<CopyStep> copy(const CopyRequest& request) override {
    CopyRequest changed = request;
    if (const auto info = inner_->head(request.source_key, {}); info && !request.options.content)
      changed.options.content = {.type = info->content.type, .cache_control = info->content.cache_control};
    return inner_->copy(changed);
  }
};

struct MovesInsteadOfCopying : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<CopyStep> copy(const CopyRequest& request) override {
    auto step = inner_->copy(request);
    if (step && request.source_key != request.destination_key) (void)inner_->remove(request.source_key, {});
    return step;
  }
};

struct SaysUnknownForMissing : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    auto info = inner_->head(key, options);
    if (!info) info.error().code = ErrorCode::unknown;
    return info;
  }
};

// --- Lists ---

template <class Change>
struct ChangesPages : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = inner_->list_page(request);
    if (page) Change()(request, *page);
    return page;
  }
};
struct Unsorted {
  void operator()(const ListPageRequest&, ListPage& page) const {
    std::reverse(page.entries.begin(), page.entries.end());
  }
};
struct PrefixesLast {
  void operator()(const ListPageRequest&, ListPage& page) const {
    std::stable_partition(page.entries.begin(), page.entries.end(), [](const ListEntry& e) { return !e.is_prefix; });
  }
};
struct SkipsAKeyBetweenPages {
  void operator()(const ListPageRequest& request, ListPage& page) const {
    if (!request.page_token.empty() && !page.entries.empty()) page.entries.erase(page.entries.begin());
  }
};
struct EndsAfterTheFirstPage {
  void operator()(const ListPageRequest&, ListPage& page) const { page.next_page_token.clear(); }
};
struct SizesAreZero {
  void operator()(const ListPageRequest&, ListPage& page) const {
    for (ListEntry& entry : page.entries) entry.size = 0;
  }
};
// An index that a put over another one does not reach.
template <class Keep>
struct ListsTheFirstPut : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = inner_->list_page(request);
    if (!page) return page;
    for (ListEntry& entry : page->entries) Keep()(entry, first_.try_emplace(entry.key, entry).first->second);
    return page;
  }
  std::map<std::string, ListEntry> first_;  // As it was listed first.
};
struct KeepSize {
  void operator()(ListEntry& entry, const ListEntry& first) const { entry.size = first.size; }
};
struct KeepToken {
  void operator()(ListEntry& entry, const ListEntry& first) const { entry.token = first.token; }
};
struct KeepTime {
  void operator()(ListEntry& entry, const ListEntry& first) const { entry.modified = first.modified; }
};

// It takes the hour of Kathmandu for that of Greenwich.
struct TakesLocalTimeForUtc : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  struct Receiver final : ObjectReceiver {
    explicit Receiver(ObjectReceiver& receiver) : inner(receiver) {}
    Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
      return inner.begin(moved(info), offset, length);
    }
    Status write(Bytes chunk) override { return inner.write(chunk); }
    ObjectReceiver& inner;
  };
  static ObjectInfo moved(ObjectInfo info) {
    info.modified += std::chrono::hours(5) + std::chrono::minutes(45);
    return info;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    Receiver changed(receiver);
    return inner_->get(key, options, changed).map(moved);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return inner_->head(key, options).map(moved);
  }
};

struct HeadKeepsTheFirstTime : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    auto info = inner_->head(key, options);
    if (info) info->modified = first_.try_emplace(std::string(key), info->modified).first->second;
    return info;
  }
  std::map<std::string, TimePoint> first_;
};

struct PrefixIsAPath {
  void operator()(const ListPageRequest& request, ListPage& page) const {
    if (request.prefix.empty() || request.prefix.back() == '/') return;
    std::erase_if(page.entries, [&](const ListEntry& entry) {
      return entry.key.size() > request.prefix.size() && entry.key[request.prefix.size()] != '/';
    });
  }
};

// Begins every page with the last entry of the one before it.
struct RepeatsAKeyBetweenPages : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = inner_->list_page(request);
    if (!page) return page;
    if (!request.page_token.empty()) page->entries.insert(page->entries.begin(), last_);
    if (!page->entries.empty()) last_ = page->entries.back();
    return page;
  }
  ListEntry last_;
};

struct StartAfterIsInclusive : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = inner_->list_page(request);
    if (!page || request.start_after.empty() || !request.page_token.empty()) return page;
    if (const auto head = inner_->head(request.start_after, {}); head && head->key.starts_with(request.prefix)) {
      ListEntry entry;
      entry.key = request.start_after;
      page->entries.insert(page->entries.begin(), entry);
    }
    return page;
  }
};

// Knows prefixes within a page only, so that one which is cut by a page's end comes twice.
struct GroupsWithinAPage : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    if (request.delimiter.empty()) return inner_->list_page(request);
    ListPageRequest flat = request;
    flat.delimiter.clear();
    auto page = inner_->list_page(flat);
    if (!page) return page;
    for (ListEntry& entry : page->entries) {
      const std::size_t at = entry.key.find(request.delimiter, request.prefix.size());
      if (at == std::string::npos) continue;
      entry.key.resize(at + request.delimiter.size());
      entry.is_prefix = true;
    }
    const auto same = [](const ListEntry& a, const ListEntry& b) { return a.key == b.key; };
    page->entries.erase(std::unique(page->entries.begin(), page->entries.end(), same), page->entries.end());
    return page;
  }
};

}  // namespace flawed
