#pragma once

#include "flawed_buckets.h"

#include <string>
#include <vector>

/// Flaws in what a backend offers besides the eight calls that all have.
namespace flawed {

// --- Many at once ---

// A backend that removes many in one request, after `Change` has had its way with them.
template <class Change>
struct RemovesMany : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 1000;
    return can;
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys, const RemoveManyOptions&) override {
    std::vector<RemoveFailure> failures;
    std::vector<std::string> changed(keys.begin(), keys.end());
    Change()(*inner_, changed, failures);
    for (const std::string& key : changed) (void)inner_->remove(key, {});
    return failures;
  }
};

struct ForgetTheFirst {
  void operator()(BucketDriver&, std::vector<std::string>& keys, std::vector<RemoveFailure>&) const {
    keys.erase(keys.begin());
  }
};
struct FailForMissing {
  void operator()(BucketDriver& inner, std::vector<std::string>& keys, std::vector<RemoveFailure>& failures) const {
    for (const std::string& key : keys) {
      if (auto info = inner.head(key, {}); !info) failures.push_back({key, info.error()});
    }
  }
};
struct TrimKeys {
  void operator()(BucketDriver&, std::vector<std::string>& keys, std::vector<RemoveFailure>&) const {
    for (std::string& key : keys) {
      while (key.ends_with(' ')) key.pop_back();
    }
  }
};

struct RemovesManyOneByOne : Counts {
  using Counts::Counts;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 1000;
    return can;
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys, const RemoveManyOptions&) override {
    for (const std::string& key : keys) (void)remove(key, {});
    return std::vector<RemoveFailure>();
  }
};

// Which is no flaw: it is as good as 1.
struct RemovesNoneAtOnce : Counts {
  using Counts::Counts;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 0;
    return can;
  }
};

// Which is no flaw either: something else opens a file, once, while the descriptors are counted.
struct OpensAFileOnce : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status remove(std::string_view key, const RemoveOptions& options) override {
    if (key == "d/copy" && ++rounds_ == 5) open_.open("/dev/null");
    return inner_->remove(key, options);
  }
  int rounds_ = 0;
  std::ifstream open_;
};

// --- Changes without bytes ---

struct MergesOnSetMetadata : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    SetMetadataOptions merged = options;
    if (const auto info = inner_->head(key, {}); info && merged.metadata)
      merged.metadata->insert(info->metadata.begin(), info->metadata.end());
    return inner_->set_metadata(key, merged);
  }
};

// It knows of two headers.
struct ForgetsHeadersOnSetMetadata : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    SetMetadataOptions changed = options;
    if (const auto info = inner_->head(key, {}); info && !options.content)
      changed.content = {.type = info->content.type, .cache_control = info->content.cache_control};
    return inner_->set_metadata(key, changed);
  }
};

struct DropsTagsOnSetMetadata : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    (void)inner_->set_tags(key, {}, {});
    return inner_->set_metadata(key, options);
  }
};

// As S3 does, where nobody tells it the class again.
struct ForgetsTheStorageClass : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    auto info = inner_->head(key, options);
    if (info && changed_) info->storage_class.clear();
    return info;
  }
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    changed_ = true;
    return inner_->set_metadata(key, options);
  }
  bool changed_ = false;
};

struct CopiesToTheUsualClass : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<CopyStep> copy(const CopyRequest& request) override {
    CopyRequest changed = request;
    changed.options.storage_class.clear();
    return inner_->copy(changed);
  }
};

struct DropsSetMetadataConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    SetMetadataOptions changed = options;
    changed.condition = {};
    return inner_->set_metadata(key, changed);
  }
};

struct FoldsTagNames : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    Tags folded;
    for (const auto& [name, value] : tags) folded.emplace(FoldCase()(name), value);
    return inner_->set_tags(key, folded, options);
  }
};

struct DropsTagsOfPuts : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  static PutOptions without(PutOptions options) {
    options.tags.clear();
    return options;
  }
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return inner_->put(key, source, without(options));
  }
};

struct DropsTagsOfUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    return inner_->begin_upload(key, DropsTagsOfPuts::without(options));
  }
};

struct CutsTagValues : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    Tags cut = tags;
    for (auto& [name, value] : cut) value.resize(std::min<std::size_t>(value.size(), 255));
    return inner_->set_tags(key, cut, options);
  }
};

// --- Versions ---

struct ReadsTheLatestVersion : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    GetOptions changed = options;
    changed.version_id.clear();
    return inner_->get(key, changed, receiver);
  }
};

template <class Change>
struct ChangesVersionPages : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
    auto page = inner_->list_versions_page(request);
    if (page) Change()(*page);
    return page;
  }
};
struct MarkersLast {
  void operator()(VersionPage& page) const {
    std::stable_partition(page.entries.begin(), page.entries.end(),
                          [](const VersionEntry& entry) { return !entry.is_delete_marker; });
  }
};
struct OnlyOneOfAPage {
  void operator()(VersionPage& page) const { page.entries.resize(std::min<std::size_t>(page.entries.size(), 1)); }
};
struct NoNullVersion {
  void operator()(VersionPage& page) const {
    for (VersionEntry& entry : page.entries) entry.version_id = "1";
  }
};

// Takes a prefix for a key: the versions of other keys, too, are those of this one.
struct RemovesVersionsOfNeighbours : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override {
    const auto page = inner_->list_versions_page({.prefix = std::string(key)});
    for (const VersionEntry& entry : page->entries) {
      if (entry.is_delete_marker && entry.is_latest) (void)inner_->remove_version(entry.key, entry.version_id, options);
    }
    return inner_->remove_version(key, version_id, options);
  }
};

// A store whose buckets are what `wrap` makes of them.
class WrappedStore final : public ObjectStoreDriver {
 public:
  using Wrap = std::shared_ptr<BucketDriver> (*)(std::shared_ptr<BucketDriver>);
  WrappedStore(std::shared_ptr<ObjectStoreDriver> inner, Wrap wrap) : inner_(std::move(inner)), wrap_(wrap) {}

  std::string url() const override { return inner_->url(); }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override {
    auto made = inner_->bucket(name);
    if (!made) return made;
    return wrap_(*made);
  }
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override {
    return inner_->create_bucket(name, options);
  }
  Status delete_bucket(std::string_view name, const BucketOptions& options) override {
    return inner_->delete_bucket(name, options);
  }
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override {
    return inner_->bucket_exists(name, options);
  }
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override {
    return inner_->list_buckets_page(page_token, options);
  }

 private:
  const std::shared_ptr<ObjectStoreDriver> inner_;
  const Wrap wrap_;
};

}  // namespace flawed
