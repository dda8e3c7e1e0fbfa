#pragma once

#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <string_view>

/// Writes whose reply was lost are settled by an id in the object's metadata that nobody else has.
/// docs/decisions/0011.
namespace cloudkit::inline v0::object_store {

inline constexpr std::string_view kWriteIdName = "ckwrite";

/// Adds an id to the metadata and returns it. "", and nothing added: the caller wants none, or the
/// metadata has no room for it.
std::string stamp_write_id(PutOptions& options);
/// The same with the id of an earlier try; "" for none.
void use_write_id(PutOptions& options, const std::string& id);
/// What users see of an object.
ObjectInfo without_write_id(ObjectInfo info);

/// The object that is there now; nothing when there is none.
Result<std::optional<ObjectInfo>> look_at(BucketDriver& driver, std::string_view key, const Context& context);
/// A condition that does not hold when a write is tried again, though no reply was lost: a service that answered 503
/// may have written all the same. `attempts` are those of the whole write.
bool may_be_own_doing(const Error& error) noexcept;
/// Whether the write with this id made it.
bool is_written_by(const ObjectInfo& object, std::string_view id, std::uint64_t size);

/// One put. A conditional one, which its client may not repeat, is settled when its reply is lost
/// and, while its condition still holds, put again.
Result<ObjectInfo> put_once(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options);

}  // namespace cloudkit::inline v0::object_store
