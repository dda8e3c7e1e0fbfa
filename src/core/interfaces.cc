#include <cloudkit/credentials.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/io.h>

#include "core/fail.h"

// The contracts' destructors, one place for each vtable, and what optional operations answer.
namespace cloudkit::inline v0 {

Source::~Source() = default;
Sink::~Sink() = default;
CredentialSource::~CredentialSource() = default;
TokenSource::~TokenSource() = default;
ObjectReceiver::~ObjectReceiver() = default;
BucketDriver::~BucketDriver() = default;
std::string BucketDriver::copy_id() const { return store_id(); }
ObjectStoreDriver::~ObjectStoreDriver() = default;
Result<std::string> ObjectStoreDriver::account(const Context&) { return std::string(); }

std::vector<Finding> ObjectStoreDriver::diagnose(std::string_view, const Context&) { return {}; }

namespace {
Error not_offered(const char* what) { return core::unsupported(std::string("this backend does not offer ") + what); }
}  // namespace

UploadLimits BucketDriver::upload_limits() const { return {}; }
Result<UploadId> BucketDriver::begin_upload(std::string_view, const PutOptions&) {
  return not_offered("uploads in parts");
}
Result<PutPartResult> BucketDriver::put_part(const PutPartRequest&, const Source&) {
  return not_offered("uploads in parts");
}
Result<UploadPart> BucketDriver::copy_part(const PutPartRequest&, std::string_view, std::string_view, ByteRange,
                                           std::string_view) {
  return not_offered("copies in parts");
}
Result<ObjectInfo> BucketDriver::complete_upload(std::string_view, const UploadId&, const std::vector<UploadPart>&,
                                                 const PutOptions&) {
  return not_offered("uploads in parts");
}
Result<std::vector<UploadPart>> BucketDriver::list_parts(std::string_view, const UploadId&, const Context&) {
  return not_offered("uploads in parts");
}
Status BucketDriver::abort_upload(std::string_view, const UploadId&, const Context&) {
  return not_offered("uploads in parts");
}
Result<UploadPage> BucketDriver::list_uploads_page(std::string_view, std::string_view, const Context&) {
  return not_offered("uploads in parts");
}
Result<std::string> BucketDriver::presign(std::string_view, const PresignOptions&) {
  return not_offered("presigned URLs");
}
Result<std::vector<RemoveFailure>> BucketDriver::remove_many(std::span<const std::string>, const RemoveManyOptions&) {
  return not_offered("bulk removal");
}
Result<VersionPage> BucketDriver::list_versions_page(const ListVersionsRequest&) { return not_offered("versions"); }
Status BucketDriver::remove_version(std::string_view, std::string_view, const VersionOptions&) {
  return not_offered("versions");
}
Result<ObjectInfo> BucketDriver::set_metadata(std::string_view, const SetMetadataOptions&) {
  return not_offered("changes of metadata");
}
Result<Tags> BucketDriver::get_tags(std::string_view, const TagOptions&) { return not_offered("tags"); }
Status BucketDriver::set_tags(std::string_view, const Tags&, const TagOptions&) { return not_offered("tags"); }
std::shared_ptr<BucketDriver> BucketDriver::unguarded() { return nullptr; }
std::vector<Behaviour> BucketDriver::probe(std::string_view, const Context&) { return {}; }

}  // namespace cloudkit::inline v0
