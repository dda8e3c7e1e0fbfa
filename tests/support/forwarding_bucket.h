#pragma once

#include <cloudkit/driver/object_store.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Passes every call on to another driver: what a flawed or counting one is derived from.
class ForwardingBucket : public cloudkit::BucketDriver {
 public:
  explicit ForwardingBucket(std::shared_ptr<cloudkit::BucketDriver> inner) : inner_(std::move(inner)) {}

  cloudkit::Capabilities capabilities() const override { return inner_->capabilities(); }
  std::string url() const override { return inner_->url(); }
  std::string name() const override { return inner_->name(); }
  std::string store_id() const override { return inner_->store_id(); }

  cloudkit::Result<cloudkit::ObjectInfo> put(std::string_view key, const cloudkit::Source& source,
                                             const cloudkit::PutOptions& options) override {
    return inner_->put(key, source, options);
  }
  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override {
    return inner_->get(key, options, receiver);
  }
  cloudkit::Result<cloudkit::ObjectInfo> head(std::string_view key, const cloudkit::HeadOptions& options) override {
    return inner_->head(key, options);
  }
  cloudkit::Status remove(std::string_view key, const cloudkit::RemoveOptions& options) override {
    return inner_->remove(key, options);
  }
  cloudkit::Result<cloudkit::CopyStep> copy(const cloudkit::CopyRequest& request) override {
    return inner_->copy(request);
  }
  cloudkit::Result<cloudkit::ListPage> list_page(const cloudkit::ListPageRequest& request) override {
    return inner_->list_page(request);
  }
  cloudkit::Result<std::vector<cloudkit::RemoveFailure>> remove_many(
      std::span<const std::string> keys, const cloudkit::RemoveManyOptions& options) override {
    return inner_->remove_many(keys, options);
  }
  cloudkit::Result<cloudkit::VersionPage> list_versions_page(const cloudkit::ListVersionsRequest& request) override {
    return inner_->list_versions_page(request);
  }
  cloudkit::Status remove_version(std::string_view key, std::string_view version_id,
                                  const cloudkit::VersionOptions& options) override {
    return inner_->remove_version(key, version_id, options);
  }
  cloudkit::Result<cloudkit::ObjectInfo> set_metadata(std::string_view key,
                                                      const cloudkit::SetMetadataOptions& options) override {
    return inner_->set_metadata(key, options);
  }
  cloudkit::Result<cloudkit::Tags> get_tags(std::string_view key, const cloudkit::TagOptions& options) override {
    return inner_->get_tags(key, options);
  }
  cloudkit::Status set_tags(std::string_view key, const cloudkit::Tags& tags,
                            const cloudkit::TagOptions& options) override {
    return inner_->set_tags(key, tags, options);
  }

  cloudkit::UploadLimits upload_limits() const override { return inner_->upload_limits(); }
  cloudkit::Result<cloudkit::UploadId> begin_upload(std::string_view key,
                                                    const cloudkit::PutOptions& options) override {
    return inner_->begin_upload(key, options);
  }
  cloudkit::Result<cloudkit::PutPartResult> put_part(const cloudkit::PutPartRequest& request,
                                                     const cloudkit::Source& part) override {
    return inner_->put_part(request, part);
  }
  cloudkit::Result<cloudkit::UploadPart> copy_part(const cloudkit::PutPartRequest& request,
                                                   std::string_view source_bucket, std::string_view source_key,
                                                   cloudkit::ByteRange range, std::string_view source_token) override {
    return inner_->copy_part(request, source_bucket, source_key, range, source_token);
  }
  cloudkit::Result<cloudkit::ObjectInfo> complete_upload(std::string_view key, const cloudkit::UploadId& upload,
                                                         const std::vector<cloudkit::UploadPart>& parts,
                                                         const cloudkit::PutOptions& options) override {
    return inner_->complete_upload(key, upload, parts, options);
  }
  cloudkit::Result<std::vector<cloudkit::UploadPart>> list_parts(std::string_view key, const cloudkit::UploadId& upload,
                                                                 const cloudkit::Context& context) override {
    return inner_->list_parts(key, upload, context);
  }
  cloudkit::Status abort_upload(std::string_view key, const cloudkit::UploadId& upload,
                                const cloudkit::Context& context) override {
    return inner_->abort_upload(key, upload, context);
  }
  cloudkit::Result<cloudkit::UploadPage> list_uploads_page(std::string_view prefix, std::string_view page_token,
                                                           const cloudkit::Context& context) override {
    return inner_->list_uploads_page(prefix, page_token, context);
  }

 protected:
  const std::shared_ptr<cloudkit::BucketDriver> inner_;
};
