#include "core/fail.h"
#include "core/object_rules.h"
#include "core/source_chunks.h"
#include "core/upload_rules.h"
#include "local/file_bucket.h"
#include "local/file_state.h"
#include "local/file_writer.h"
#include "local/key_path.h"
#include "local/upload_dir.h"

#include <fmt/format.h>
#include <sys/stat.h>

// Uploads in parts. A part is a file like any other, beneath the directory of its upload.
namespace cloudkit::inline v0::local {
namespace {

Status append_part(const BucketDir& bucket, const std::string& path, const UploadPart& part, FileWriter& writer,
                   const Context& context) {
  const auto opened = open_object(bucket, path);
  if (!opened) return opened.error().code == ErrorCode::not_found ? core::no_such_upload() : opened.error();
  if (token_of(opened->file.get(), opened->state) != part.token) {
    return core::fail(ErrorCode::conflict, fmt::format("part {} was replaced meanwhile", part.number));
  }
  return writer.copy_from(opened->file.get(), 0, part.size, context);
}

}  // namespace

Result<UploadId> FileBucketDriver::begin_upload(std::string_view key, const PutOptions& options) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  UploadId upload = new_upload_id();
  const auto directory = upload_directory(upload);
  if (!directory) return directory.error();
  auto writer = FileWriter::create(*bucket, record_of(*directory));
  if (!writer) return std::move(writer).error();
  if (auto status = writer->write(Bytes(key)); !status) return status.error();
  const auto state = writer->commit({options.content, options.metadata}, Condition::absent(), options.context);
  if (!state) return state.error();
  return upload;
}

Result<UploadPart> FileBucketDriver::store_part(const PutPartRequest& request, std::uint64_t size,
                                                const std::function<Status(FileWriter&)>& fill) const {
  const auto bucket = open_for(request.key);
  if (!bucket) return bucket.error();
  const auto directory = upload_directory(request.upload);
  if (!directory) return directory.error();
  if (auto status = core::check_part(upload_limits(), {}, request, size); !status) return status.error();
  if (const auto upload = open_upload(*bucket, *directory, request.key); !upload) return upload.error();
  auto writer = FileWriter::create(*bucket, part_of(*directory, request.number));
  if (!writer) return std::move(writer).error();
  if (auto status = fill(*writer); !status) return status.error();
  FileWriter::Replacement replacement;
  replacement.begin = [&] { return upload_exists(*bucket, *directory) ? Status{} : core::no_such_upload(); };
  const auto state = writer->commit({}, {}, request.context, replacement);
  if (!state) return state.error();
  return UploadPart{request.number, static_cast<std::uint64_t>(state->st_size), token_of(writer->file(), *state), {}};
}

Result<PutPartResult> FileBucketDriver::put_part(const PutPartRequest& request, const Source& part) {
  const auto fill = [&](FileWriter& writer) {
    return core::read_source(part, request.context, [&](Bytes chunk) { return writer.write(chunk); });
  };
  auto stored = store_part(request, part.size(), fill);
  if (!stored) return std::move(stored).error();
  const std::uint64_t end = request.offset + stored->size;
  return PutPartResult{*std::move(stored), end};
}

Result<UploadPart> FileBucketDriver::copy_part(const PutPartRequest& request, std::string_view source_bucket,
                                               std::string_view source_key, ByteRange range,
                                               std::string_view source_token) {
  if (auto status = check_key(source_key); !status) return status.error();
  const auto bucket = open_bucket_dir(config_, source_bucket);
  if (!bucket) return bucket.error();
  const auto source = open_object(*bucket, source_key);
  if (!source) return source.error();
  if (token_of(source->file.get(), source->state) != source_token) return core::source_changed();
  const auto size = static_cast<std::uint64_t>(source->state.st_size);
  if (auto status = core::check_part_range(range, size); !status) return status.error();
  return store_part(request, range.length, [&](FileWriter& writer) -> Status {
    auto copied = writer.copy_from(source->file.get(), range.offset, range.length, request.context);
    struct stat now{};
    const bool unchanged = ::fstat(source->file.get(), &now) == 0 && same_content(source->state, now);
    return copied && !unchanged ? core::source_changed() : copied;
  });
}

Result<ObjectInfo> FileBucketDriver::complete_upload(std::string_view key, const UploadId& upload,
                                                     const std::vector<UploadPart>& parts, const PutOptions& options) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto directory = upload_directory(upload);
  if (!directory) return directory.error();
  auto attributes = open_upload(*bucket, *directory, key);
  if (!attributes) return std::move(attributes).error();
  const auto stored = stored_parts(*bucket, *directory, options.context);
  if (!stored) return stored.error();
  if (auto status = core::check_parts(upload_limits(), *stored, parts); !status) return status.error();
  if (auto status = check_early(*bucket, key, options.condition); !status) return status.error();

  auto writer = FileWriter::create(*bucket, key);
  if (!writer) return std::move(writer).error();
  for (const UploadPart& part : parts) {
    const UploadPart& known = *core::find_part(*stored, part.number);
    const std::string path = part_of(*directory, part.number);
    if (auto status = append_part(*bucket, path, known, *writer, options.context); !status) return status.error();
  }
  // A crash between the two leaves the object and the upload, never neither.
  FileWriter::Replacement replacement;
  replacement.begin = [&] { return upload_exists(*bucket, *directory) ? Status{} : core::no_such_upload(); };
  replacement.end = [&] { end_upload(*bucket, *directory); };
  const auto state = writer->commit(*attributes, options.condition, options.context, replacement);
  if (!state) return state.error();
  // The object is there, so what fails now is no failure of the upload.
  static_cast<void>(remove_upload_files(*bucket, *directory, Context()));
  return info_of(key, writer->file(), *state, *std::move(attributes));
}

Result<std::vector<UploadPart>> FileBucketDriver::list_parts(std::string_view key, const UploadId& upload,
                                                             const Context& context) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto directory = upload_directory(upload);
  if (!directory) return directory.error();
  if (const auto opened = open_upload(*bucket, *directory, key); !opened) return opened.error();
  return stored_parts(*bucket, *directory, context);
}

Status FileBucketDriver::abort_upload(std::string_view key, const UploadId& upload, const Context& context) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto directory = upload_directory(upload);
  if (!directory) return {};
  if (const auto opened = open_upload(*bucket, *directory, key); opened) {
    const auto lock = BucketLock::acquire(*bucket, context);
    if (!lock) return lock.error();
    end_upload(*bucket, *directory);
  } else if (opened.error().code != ErrorCode::not_found) {
    return opened.error();
  }
  // Of another key's upload nothing is touched; of one that a crash left half removed, the rest is.
  return upload_exists(*bucket, *directory) ? Status{} : remove_upload_files(*bucket, *directory, context);
}

Result<UploadPage> FileBucketDriver::list_uploads_page(std::string_view prefix, std::string_view page_token,
                                                       const Context& context) {
  const auto bucket = open_bucket_dir(config_, name_);
  if (!bucket) return bucket.error();
  auto uploads = find_uploads(*bucket, prefix, context);
  if (!uploads) return std::move(uploads).error();
  return core::fill_upload_page(*std::move(uploads), page_token);
}

}  // namespace cloudkit::inline v0::local
