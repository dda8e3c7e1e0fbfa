#pragma once

#include <cloudkit/driver/object_store.h>

#include <functional>
#include <string>

namespace cloudkit::inline v0::object_store {

/// Where the bytes of one get go.
struct FetchTarget {
  /// Once, before the first byte: what comes and how much of it. Not for `fetch_range`, where this is known.
  std::function<Status(const ObjectInfo&, std::uint64_t length)> begin;
  std::function<Status(Bytes)> write;
  /// Forgets what was written, as if nothing had come. Empty where that cannot be.
  std::function<void()> restart = {};
};

/// One get, which resumes where a broken connection left it, pinned to the content of its first
/// reply: a changed object is `precondition_failed`, never a mixture. Bytes that arrived wrong are
/// fetched anew, once, where the target can restart; else, and then, they are `data_loss`.
Result<ObjectInfo> fetch(BucketDriver& driver, std::string_view key, const GetOptions& options,
                         const FetchTarget& target);

/// Some bytes of the content that `pinned` describes, and of no other: else `precondition_failed`. `range` has a
/// length, and ends within the object. What else `options` says, version and context, holds.
Status fetch_range(BucketDriver& driver, std::string_view key, GetOptions options, const ObjectInfo& pinned,
                   const ByteRange& range, FetchTarget target);

/// `data_loss`, of an object that came piece by piece.
Error wrong_checksum(std::string hint = {});

}  // namespace cloudkit::inline v0::object_store
