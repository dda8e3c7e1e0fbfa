#include "core/fail.h"
#include "core/object_rules.h"
#include "local/file_bucket.h"
#include "local/file_state.h"
#include "local/file_writer.h"

namespace cloudkit::inline v0::local {
namespace {

// The caller who set no condition did not ask for the one that did not hold.
Error unpinned(Error error, const Condition& condition) {
  if (error.code == ErrorCode::precondition_failed && !condition) {
    error.code = ErrorCode::conflict;
    error.message = "the object changed meanwhile";
    error.retryable = true;
  }
  return error;
}

}  // namespace

// Into a new file, because the old one may have other names, as in snapshots of hard links, and
// because bytes and attributes appear together or not at all. Most file systems share the bytes.
Result<ObjectInfo> FileBucketDriver::set_metadata(std::string_view key, const SetMetadataOptions& options) {
  const auto bucket = open_for(key);
  if (!bucket) return bucket.error();
  const auto object = open_object(*bucket, key);
  if (!object) {
    const bool missing = object.error().code == ErrorCode::not_found && options.condition;
    if (missing) return core::check_condition(options.condition, nullptr).error();
    return object.error();
  }
  const std::string token = token_of(object->file.get(), object->state);
  if (auto status = core::check_condition(options.condition, &token); !status) return status.error();
  auto writer = FileWriter::create_like(*bucket, key, {object->file.get(), object->state, Owner::kept});
  if (!writer) return std::move(writer).error();
  const auto size = static_cast<std::uint64_t>(object->state.st_size);
  if (auto status = writer->copy_from(object->file.get(), 0, size, options.context); !status) {
    return unpinned(status.error(), options.condition);
  }
  Attributes attributes = object->attributes;
  if (options.content) attributes.content = *options.content;
  if (options.metadata) attributes.metadata = *options.metadata;
  const auto state = writer->commit(attributes, Condition::match(token), options.context);
  if (state) return info_of(key, writer->file(), *state, std::move(attributes));
  return unpinned(state.error(), options.condition);
}

}  // namespace cloudkit::inline v0::local
