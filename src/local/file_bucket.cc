#include "local/file_bucket.h"

#include "core/beneath.h"
#include "core/byte_range.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/list_pager.h"
#include "core/object_rules.h"
#include "core/random.h"
#include "core/source_chunks.h"
#include "local/file_state.h"
#include "local/file_writer.h"
#include "local/key_path.h"
#include "local/key_walk.h"

#include <cloudkit/local.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloudkit::inline v0::local {
namespace {

Error changed_while_read() {
  return core::fail(ErrorCode::precondition_failed, "the object changed while it was read",
                    "another program wrote into its file; put() never does that");
}

// A put that replaces the object meanwhile leaves these bytes alone: they are another file's.
Status deliver(const OpenObject& object, core::ResolvedRange range, const Context& context, ObjectReceiver& receiver) {
  const auto capacity = static_cast<std::size_t>(std::min<std::uint64_t>(range.length, core::kChunkSize));
  const std::unique_ptr<char[]> buffer(new char[capacity]);
  for (std::uint64_t done = 0; done < range.length;) {
    if (auto status = context.check(); !status) return status;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, range.length - done));
    const ssize_t count = ::pread(object.file.get(), buffer.get(), wanted, static_cast<off_t>(range.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::fs_error("read the object's file", errno);
    if (count == 0) return changed_while_read();
    if (auto status = receiver.write({buffer.get(), static_cast<std::size_t>(count)}); !status) return status;
    done += static_cast<std::uint64_t>(count);
  }
  return {};
}

// `changed` makes the error of what is being done with it.
Status check_unchanged(const OpenObject& object, Error (*changed)()) {
  struct stat now{};
  if (::fstat(object.file.get(), &now) != 0) return core::fs_error("stat the object's file", errno);
  if (!same_content(object.state, now)) return changed();
  return {};
}

// Under the bucket's lock. A name that is no regular file is no object, and stays. `state` is what was removed, or
// nothing with no links.
Status unlink_object(const BucketDir& bucket, std::string_view key, int directory, const Condition& condition,
                     struct stat& state) {
  const std::string name(core::name_of(key));
  const bool found = ::fstatat(directory, name.c_str(), &state, AT_SYMLINK_NOFOLLOW) == 0;
  if (!found && errno != ENOENT) return core::fs_error("stat " + bucket.path_of(key), errno);
  const bool exists = found && S_ISREG(state.st_mode);
  const std::string token = exists ? token_of(directory, name, state) : std::string();
  if (auto status = core::check_condition(condition, exists ? &token : nullptr); !status) return status;
  if (!exists) state = {};
  if (!exists) return {};
  if (::unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT) {
    return core::fs_error("remove " + bucket.path_of(key), errno);
  }
  return {};
}

// Its page tokens begin with what names a listing: the same in all of them, and no other's. Those of earlier versions
// have none.
std::string take_listing(std::string& page_token) {
  constexpr std::size_t kBytes = 8;
  std::string listing = page_token.substr(0, 2 * kBytes);
  const bool named = listing.size() == 2 * kBytes && listing.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!named) return core::random_hex(kBytes);
  page_token.erase(0, listing.size());
  return listing;
}

}  // namespace

std::string file_url(std::string_view path) { return "file://" + core::percent_encode(path, core::Slash::keep); }

Capabilities FileBucketDriver::capabilities() const {
  Capabilities can;
  can.put_if_absent = true;
  can.put_if_match = true;
  can.conditional_get = true;
  can.remove_if_match = true;
  can.copy_if_absent = true;
  can.set_metadata = true;
  can.set_metadata_if_match = true;
  can.uploads = true;
  can.upload_if_absent = true;
  can.upload_if_match = true;
  can.copy_part = true;
  can.key_slashes = false;
  can.key_dot_segments = false;
  can.key_and_child = false;
  can.max_key_size = kMaxKeySize;
  can.max_segment_size = kMaxSegmentSize;
  return can;
}

std::string FileBucketDriver::url() const { return file_url(bucket_path(config_, name_)); }

Result<BucketDir> FileBucketDriver::open_for(std::string_view key) const {
  if (auto status = check_key(key); !status) return status.error();
  return open_bucket_dir(config_, name_);
}

Result<ObjectInfo> FileBucketDriver::put(std::string_view key, const Source& source, const PutOptions& options) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  if (auto status = check_early(*bucket, key, options.condition); !status) return status.error();
  auto writer = FileWriter::create(*bucket, key);
  if (!writer) return std::move(writer).error();
  const auto write = [&](Bytes chunk) { return writer->write(chunk); };
  if (auto status = core::read_source(source, options.context, write); !status) return status.error();
  Attributes attributes{options.content, options.metadata};
  const auto state = writer->commit(attributes, options.condition, options.context);
  if (!state) return state.error();
  return info_of(key, writer->file(), *state, std::move(attributes));
}

Result<ObjectInfo> FileBucketDriver::get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto object = open_object(*bucket, key);
  if (!object) return object.error();
  ObjectInfo info = info_of(key, object->file.get(), object->state, object->attributes);
  if (auto status = core::check_condition(options.condition, &info.token); !status) return status.error();
  const auto range = core::resolve_range(options.range, info.size);
  if (!range) return range.error();
  if (auto status = receiver.begin(info, range->offset, range->length); !status) return status.error();
  if (auto status = deliver(*object, *range, options.context, receiver); !status) return status.error();
  if (auto status = check_unchanged(*object, changed_while_read); !status) return status.error();
  return info;
}

Result<ObjectInfo> FileBucketDriver::head(std::string_view key, const HeadOptions&) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  auto object = open_object(*bucket, key);
  if (!object) return std::move(object).error();
  return info_of(key, object->file.get(), object->state, std::move(object->attributes));
}

Status FileBucketDriver::remove(std::string_view key, const RemoveOptions& options) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto directory =
      core::open_beneath(bucket->fd.get(), core::parent_of(key), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) {
    const int error_number = errno;
    const bool missing = error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
    if (missing) return core::check_condition(options.condition, nullptr);
    return core::fs_error("open the directory of " + bucket->path_of(key), error_number);
  }
  struct stat removed{};
  {
    const auto lock = BucketLock::acquire(*bucket, options.context);
    if (!lock) return lock.error();
    if (auto status = unlink_object(*bucket, key, directory.get(), options.condition, removed); !status) return status;
  }
  if (bucket->sync && !core::sync_directory(directory.get())) {
    Error error = core::fs_error("fsync the directory of " + bucket->path_of(key), errno);
    error.may_have_happened = true;
    return error;
  }
  // Not before: a power cut could bring the object back without its attributes.
  if (removed.st_nlink == 1) remove_sidecar(directory.get(), removed);
  core::prune_beneath(bucket->fd.get(), core::parent_of(key));
  return {};
}

Result<CopyStep> FileBucketDriver::copy(const CopyRequest& request) {
  const auto bucket = open_for(request.destination_key);
  if (!bucket) return bucket.error();
  if (auto status = check_key(request.source_key); !status) return status.error();
  const auto source_bucket = open_bucket_dir(config_, request.source_bucket);
  if (!source_bucket) return source_bucket.error();
  const auto source = open_object(*source_bucket, request.source_key);
  if (!source) return source.error();
  if (auto status = check_early(*bucket, request.destination_key, request.options.condition); !status) {
    return status.error();
  }
  auto writer = FileWriter::create_like(*bucket, request.destination_key,
                                        {source->file.get(), source->state, Owner::whoever_writes});
  if (!writer) return std::move(writer).error();
  const auto size = static_cast<std::uint64_t>(source->state.st_size);
  if (auto status = writer->copy_from(source->file.get(), 0, size, request.options.context); !status) {
    return status.error();
  }
  if (auto status = check_unchanged(*source, core::source_changed); !status) return status.error();
  Attributes attributes = source->attributes;
  if (request.options.content) attributes.content = *request.options.content;
  if (request.options.metadata) attributes.metadata = *request.options.metadata;
  const auto state = writer->commit(attributes, request.options.condition, request.options.context);
  if (!state) return state.error();
  CopyStep step;
  step.info = info_of(request.destination_key, writer->file(), *state, std::move(attributes));
  return step;
}

Result<ListPage> FileBucketDriver::list_page(const ListPageRequest& request) {
  const auto bucket = open_bucket_dir(config_, name_);
  if (!bucket) return bucket.error();
  ListPageRequest paged = request;
  const std::string listing = take_listing(paged.page_token);
  KeyWalk keys(*bucket, paged, cache_, listing);
  auto page = core::fill_list_page(paged, keys);
  if (!page) return page;
  page->passed_over = keys.take_passed_over(*page);
  if (page->next_page_token.empty()) {
    cache_.forget(listing);
  } else {
    page->next_page_token.insert(0, listing);
  }
  return page;
}

}  // namespace cloudkit::inline v0::local
