#pragma once

#include "gcp/gcs/client.h"
#include "gcp/gcs/object_resource.h"

#include <cloudkit/driver/object_store.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::gcp::gcs {

class GcsBucketDriver final : public BucketDriver {
 public:
  GcsBucketDriver(std::shared_ptr<GcsClient> client, std::string name)
      : client_(std::move(client)), name_(std::move(name)) {}

  Capabilities capabilities() const override;
  std::string url() const override { return "gs://" + name_; }
  std::string name() const override { return name_; }
  std::string store_id() const override { return client_->store_id(); }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Status remove(std::string_view key, const RemoveOptions& options) override;
  Result<CopyStep> copy(const CopyRequest& request) override;
  Result<ListPage> list_page(const ListPageRequest& request) override;
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override;
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                 const RemoveManyOptions& options) override;
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override;
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override;

  UploadLimits upload_limits() const override;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override;
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override;
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override;
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override;
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override;

 private:
  Result<http::Response> send(const GcsClient::Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr) {
    return client_->send(build, context, receiver);
  }
  Result<ObjectResource> look_at(std::string_view bucket, std::string_view key, const HeadOptions& options,
                                 const Condition& condition) const;
  Result<ObjectInfo> get_pinned(std::string_view key, const GetOptions& pinned, ObjectReceiver& receiver);
  Result<ObjectInfo> get_nothing(std::string_view key, const GetOptions& options, ObjectReceiver& receiver);
  Result<ObjectInfo> set_metadata_once(std::string_view key, const SetMetadataOptions& options);
  Error refused_copy(const CopyRequest& request, const Error& error) const;
  Result<std::uint64_t> send_chunk(const PutPartRequest& request, std::uint64_t offset, const Source& bytes);
  Result<std::uint64_t> persisted_after(Error failure, std::uint64_t offset, const PutPartRequest& request);
  struct UploadEnd {
    std::uint64_t total = 0;  ///< Of the object.
    std::string_view crc32c;  ///< Of the object.
    std::string_view bytes;   ///< The last ones.
  };
  Result<http::Response> send_end(const UploadId& upload, const UploadEnd& end, const Context& context);
  Result<std::uint64_t> ask_persisted(const UploadId& upload, const Context& context);
  /// The bytes that its last part left over, which then are nowhere.
  std::string take_end(const UploadId& upload);

  const std::shared_ptr<GcsClient> client_;
  const std::string name_;
  // Of each upload that is under way, the bytes after the last whole unit: they go out with its completion. The token
  // of its last part says how many.
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> ends_;
};

}  // namespace cloudkit::inline v0::gcp::gcs
