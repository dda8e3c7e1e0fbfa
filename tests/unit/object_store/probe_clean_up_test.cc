#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>
#include <cloudkit/open.h>

#include "support/forwarding_bucket.h"
#include "unit/object_store/memory_bucket.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace cloudkit;

namespace {

// Does all but what the clean-up needs.
struct Clings : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    auto upload = inner_->begin_upload(key, options);
    if (loses_begin) return Error(ErrorCode::timeout, "it may have begun");
    return upload;
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    if (!may_end) return Error(ErrorCode::permission_denied, "not you");
    return inner_->complete_upload(key, upload, parts, options);
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    if (!may_end) return Error(ErrorCode::permission_denied, "not you");
    return inner_->abort_upload(key, upload, context);
  }
  Result<UploadPage> list_uploads_page(std::string_view prefix, std::string_view token,
                                       const Context& context) override {
    if (loses_begin) return Error(ErrorCode::permission_denied, "not you");
    return inner_->list_uploads_page(prefix, token, context);
  }
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
    if (!may_list_versions) return Error(ErrorCode::permission_denied, "not you");
    return inner_->list_versions_page(request);
  }
  Status remove_version(std::string_view key, std::string_view version, const VersionOptions& options) override {
    if (!may_remove_versions) return Error(ErrorCode::permission_denied, "not you");
    return inner_->remove_version(key, version, options);
  }
  bool loses_begin = false;
  bool may_end = true;
  bool may_list_versions = true;
  bool may_remove_versions = true;
};

bool ends_with_any(const std::vector<std::string>& keys, std::string_view end) {
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return key.ends_with(end); });
}

}  // namespace

TEST_CASE("uploads and versions that cannot be removed again are named, too, and each once") {
  const auto begun = std::make_shared<Clings>(memory("probe-clings"));
  begun->may_end = false;
  auto left = Bucket(begun, "mine").probe().value().left_behind;
  CHECK(ends_with_any(left, "/begun"));
  CHECK(left.front().starts_with("cloudkit-probe-"));
  CHECK(std::set<std::string>(left.begin(), left.end()).size() == left.size());

  const auto lost = std::make_shared<Clings>(memory("probe-lost"));
  lost->loses_begin = true;
  CHECK(ends_with_any(Bucket(lost).probe().value().left_behind, "/begun"));

  for (const bool may_list : {true, false}) {
    CAPTURE(may_list);
    const auto versions = std::make_shared<Clings>(memory("probe-versions-cling", true));
    versions->may_remove_versions = false;
    versions->may_list_versions = may_list;
    left = Bucket(versions).probe().value().left_behind;
    CHECK(ends_with_any(left, "/object"));
    CHECK(std::set<std::string>(left.begin(), left.end()).size() == left.size());
  }
}
