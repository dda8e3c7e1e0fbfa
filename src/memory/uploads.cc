#include "core/encode.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "core/upload_rules.h"
#include "memory/bucket_driver.h"
#include "memory/contents.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

// Uploads in parts: of a bucket, beside its objects.
namespace cloudkit::inline v0::memory {
namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

// So long that it sorts by age.
std::string id_of(std::uint64_t number) { return fmt::format("{:020}", number); }

// What is no number is no upload of ours: 0 finds none.
UploadKey key_of(std::string_view key, const UploadId& upload) {
  return {std::string(key), core::parse_u64(upload.value).value_or(0)};
}

std::vector<UploadPart> parts_of(const StoredUpload& upload) {
  std::vector<UploadPart> parts;
  parts.reserve(upload.parts.size());
  for (const auto& [number, part] : upload.parts) parts.push_back({number, part.data->size(), part.token, {}});
  return parts;
}

}  // namespace

Result<UploadId> MemoryBucketDriver::begin_upload(std::string_view key, const PutOptions& options) {
  StoredUpload upload;
  upload.started = std::chrono::system_clock::now();
  upload.attributes.content = options.content;
  upload.attributes.metadata = options.metadata;
  upload.attributes.storage_class = options.storage_class;
  upload.tags = options.tags;
  const std::uint64_t number = next_number();
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  bucket->uploads.emplace(UploadKey(key, number), std::move(upload));
  return UploadId{id_of(number)};
}

Result<UploadPart> MemoryBucketDriver::store_part(const PutPartRequest& request,
                                                  std::shared_ptr<const std::string> data) {
  StoredPart part{next_token(), std::move(data)};
  UploadPart stored{request.number, part.data->size(), part.token, {}};
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  const auto upload = bucket->uploads.find(key_of(request.key, request.upload));
  if (upload == bucket->uploads.end()) return core::no_such_upload();
  const auto before = store_->upload_limits.ordered ? parts_of(upload->second) : std::vector<UploadPart>();
  if (auto status = core::check_part(store_->upload_limits, before, request, stored.size); !status) {
    return status.error();
  }
  std::swap(upload->second.parts[request.number], part);  // What was there is freed after the lock.
  return stored;
}

Result<PutPartResult> MemoryBucketDriver::put_part(const PutPartRequest& request, const Source& part) {
  auto data = read_whole(part, request.context);
  if (!data) return std::move(data).error();
  auto stored = store_part(request, *std::move(data));
  if (!stored) return std::move(stored).error();
  const std::uint64_t end = request.offset + stored->size;
  return PutPartResult{*std::move(stored), end};
}

Result<UploadPart> MemoryBucketDriver::copy_part(const PutPartRequest& request, std::string_view source_bucket,
                                                 std::string_view source_key, ByteRange range,
                                                 std::string_view source_token) {
  const auto source = find(source_bucket, source_key);
  if (!source) return source.error();
  const StoredObject& object = **source;
  if (object.info.token != source_token) return core::source_changed();
  if (auto status = core::check_part_range(range, object.info.size); !status) return status.error();
  auto data = copy_of({object.data->data() + range.offset, static_cast<std::size_t>(range.length)});
  if (!data) return std::move(data).error();
  return store_part(request, *std::move(data));
}

Result<ObjectInfo> MemoryBucketDriver::complete_upload(std::string_view key, const UploadId& upload,
                                                       const std::vector<UploadPart>& parts,
                                                       const PutOptions& options) {
  const UploadKey wanted = key_of(key, upload);
  StoredObject object;
  std::vector<Content> contents;
  {
    const std::shared_lock lock(store_->mutex);
    const StoredBucket* const bucket = find_bucket(*store_, name_);
    if (bucket == nullptr) return core::no_such_bucket(name_);
    const auto found = bucket->uploads.find(wanted);
    if (found == bucket->uploads.end()) return core::no_such_upload();
    if (auto status = core::check_parts(store_->upload_limits, parts_of(found->second), parts); !status) {
      return status.error();
    }
    object.info = found->second.attributes;
    object.tags = found->second.tags;
    contents.reserve(parts.size());
    for (const UploadPart& part : parts) contents.push_back(found->second.parts.at(part.number).data);
  }
  auto data = join(contents, options.context);
  if (!data) return std::move(data).error();
  object.data = *std::move(data);
  return publish(key, std::move(object), options.condition, &wanted);
}

Result<std::vector<UploadPart>> MemoryBucketDriver::list_parts(std::string_view key, const UploadId& upload,
                                                               const Context&) {
  const std::shared_lock lock(store_->mutex);
  const StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  const auto found = bucket->uploads.find(key_of(key, upload));
  if (found == bucket->uploads.end()) return core::no_such_upload();
  return parts_of(found->second);
}

Status MemoryBucketDriver::abort_upload(std::string_view key, const UploadId& upload, const Context&) {
  UploadMap::node_type aborted;  // Outlives the lock.
  const std::unique_lock lock(store_->mutex);
  StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  aborted = bucket->uploads.extract(key_of(key, upload));
  return {};
}

Result<UploadPage> MemoryBucketDriver::list_uploads_page(std::string_view prefix, std::string_view page_token,
                                                         const Context&) {
  const std::shared_lock lock(store_->mutex);
  const StoredBucket* const bucket = find_bucket(*store_, name_);
  if (bucket == nullptr) return core::no_such_bucket(name_);
  std::vector<UploadEntry> uploads;
  for (auto at = bucket->uploads.lower_bound({std::string(prefix), 0});
       at != bucket->uploads.end() && at->first.first.starts_with(prefix); ++at) {
    uploads.push_back({at->first.first, {id_of(at->first.second)}, at->second.started});
  }
  return core::fill_upload_page(std::move(uploads), page_token);
}

}  // namespace cloudkit::inline v0::memory
