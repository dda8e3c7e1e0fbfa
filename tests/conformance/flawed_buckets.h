#pragma once

#include "support/forwarding_bucket.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

/// Backends with one flaw each, of the kinds that real ones have had. The suite must see them.
namespace flawed {

using namespace cloudkit;

// --- What is stored ---

struct BytesSource final : Source {
  explicit BytesSource(std::string bytes) : data(std::move(bytes)) {}
  std::uint64_t size() const noexcept override { return data.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    return offset >= data.size() ? 0 : data.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }
  std::string data;
};

// As much as the source gives before it fails or ends.
inline std::string read_some(const Source& source) {
  std::string data(static_cast<std::size_t>(source.size()), '\0');
  std::size_t filled = 0;
  while (filled < data.size()) {
    const std::size_t step = std::min<std::size_t>(1000, data.size() - filled);
    const auto count = source.read_at(filled, std::span(data.data() + filled, step));
    if (!count || *count == 0) break;
    filled += *count;
  }
  data.resize(filled);
  return data;
}

struct KeepsHalfOfAFailedPut : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    auto info = inner_->put(key, source, options);
    if (!info && info.error().code == ErrorCode::io) (void)inner_->put(key, BytesSource(read_some(source)), options);
    return info;
  }
};

struct TakesAShortReadForTheEnd : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    std::string data(static_cast<std::size_t>(source.size()), '\0');
    const auto count = data.empty() ? Result<std::size_t>(0) : source.read_at(0, data);
    if (!count) return count.error();
    data.resize(*count);
    return inner_->put(key, BytesSource(data), options);
  }
};

struct CutsAt64KiB : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return inner_->put(key, BytesSource(read_some(source).substr(0, 65536)), options);
  }
};

struct WritesInTwoSteps : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    const std::string data = read_some(source);
    if (auto half = inner_->put(key, BytesSource(data.substr(0, data.size() / 2)), options); !half) return half;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return inner_->put(key, BytesSource(data), options);
  }
};

struct ShowsItsTemporaryName : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    const std::string temporary = std::string(key) + ".tmp";
    (void)inner_->put(temporary, BytesSource(""), {});
    auto info = inner_->put(key, source, options);
    (void)inner_->remove(temporary, {});
    return info;
  }
};

struct Throws : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view, const Source&, const PutOptions&) override {
    throw std::runtime_error("a driver that throws");
  }
};

// --- Keys ---

// Changes every key in the same way, as a client or a proxy on the way would.
template <class Change>
struct ChangesKeys : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return inner_->put(Change()(key), source, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    return inner_->get(Change()(key), options, receiver);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return inner_->head(Change()(key), options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    return inner_->remove(Change()(key), options);
  }
};

inline std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
  }
  return text;
}
struct MergeSlashes {
  std::string operator()(std::string_view key) const { return replace_all(std::string(key), "//", "/"); }
};
struct ResolveDots {
  std::string operator()(std::string_view key) const { return replace_all(std::string(key), "a/../", ""); }
};
struct FoldCase {
  std::string operator()(std::string_view key) const {
    std::string folded(key);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return folded;
  }
};
struct PlusIsSpace {
  std::string operator()(std::string_view key) const { return replace_all(std::string(key), "+", " "); }
};

struct RemovesChildren : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status remove(std::string_view key, const RemoveOptions& options) override {
    auto page = inner_->list_page({.prefix = std::string(key) + "/"});
    if (page) {
      for (const ListEntry& entry : page->entries) (void)inner_->remove(entry.key, {});
    }
    return inner_->remove(key, options);
  }
};

struct FailsToRemoveWhatIsMissing : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status remove(std::string_view key, const RemoveOptions& options) override {
    if (auto info = inner_->head(key, {}); !info) return info.error();
    return inner_->remove(key, options);
  }
};

// --- Conditions and tokens ---

struct DropsPutConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    changed.condition = {};
    return inner_->put(key, source, changed);
  }
};

struct DropsGetConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    GetOptions changed = options;
    changed.condition = {};
    return inner_->get(key, changed, receiver);
  }
};

struct DropsRemoveConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status remove(std::string_view key, const RemoveOptions&) override { return inner_->remove(key, {}); }
};

struct TakesStarForAWildcard : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    if (options.condition.token() == "*") changed.condition = {};
    return inner_->put(key, source, changed);
  }
};

// Looks, and does some time later what was right to do when it looked.
struct ChecksThenActs : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status look(std::string_view key, const Condition& condition) {
    const auto info = inner_->head(key, {});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const bool holds = condition.kind() == Condition::Kind::absent ? !info : info && info->token == condition.token();
    return holds ? Status() : Error(ErrorCode::precondition_failed, "not as it should be");
  }
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    if (!options.condition) return inner_->put(key, source, options);
    if (auto held = look(key, options.condition); !held) return held.error();
    return inner_->put(key, source, {});
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    if (!request.options.condition) return inner_->copy(request);
    if (auto held = look(request.destination_key, request.options.condition); !held) return held.error();
    CopyRequest unconditional = request;
    unconditional.options.condition = {};
    return inner_->copy(unconditional);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    if (!options.condition) return inner_->remove(key, options);
    if (auto held = look(key, options.condition); !held) return held;
    return inner_->remove(key, {});
  }
};

struct ReturnsAStaleToken : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    const auto old = inner_->head(key, {});
    auto info = inner_->put(key, source, options);
    if (info) info->token = old ? old->token : "0";
    return info;
  }
};

struct MakesTokensOfSizes : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    auto info = inner_->put(key, source, options);
    if (info) info->token = std::to_string(info->size);
    return info;
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    auto info = inner_->head(key, options);
    if (info) info->token = std::to_string(info->size);
    return info;
  }
};

// --- Costs ---

inline std::atomic<long> requests{0};

struct Counts : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    ++requests;
    return inner_->put(key, source, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    ++requests;
    return inner_->get(key, options, receiver);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    ++requests;
    return inner_->head(key, options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    ++requests;
    return inner_->remove(key, options);
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    ++requests;
    return inner_->copy(request);
  }
  Result<ListPage> list_page(const ListPageRequest& request) override {
    ++requests;
    return inner_->list_page(request);
  }
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    ++requests;
    return inner_->begin_upload(key, options);
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    ++requests;
    return inner_->put_part(request, part);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    ++requests;
    return inner_->complete_upload(key, upload, parts, options);
  }
};

struct LooksBeforeEachGet : Counts {
  using Counts::Counts;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    (void)head(key, {});
    return Counts::get(key, options, receiver);
  }
};

struct FetchesPagesAhead : Counts {
  using Counts::Counts;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = Counts::list_page(request);
    if (page && !page->next_page_token.empty()) {
      ListPageRequest next = request;
      next.page_token = page->next_page_token;
      (void)Counts::list_page(next);
    }
    return page;
  }
};

struct LeavesFilesOpen : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    open_.emplace_back("/dev/null");
    return inner_->head(key, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    const std::scoped_lock lock(mutex_);  // Readers have threads.
    open_.emplace_back("/dev/null");
    return inner_->get(key, options, receiver);
  }
  std::mutex mutex_;
  std::vector<std::ifstream> open_;
};

}  // namespace flawed
