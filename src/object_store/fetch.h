#pragma once

#include <cloudkit/driver/object_store.h>

#include <functional>

namespace cloudkit::inline v0::object_store {

/// Where the bytes of one get go.
struct FetchTarget {
  /// Once, before the first byte: what comes and how much of it.
  std::function<Status(const ObjectInfo&, std::uint64_t length)> begin;
  std::function<Status(Bytes)> write;
};

/// One get, which resumes where a broken connection left it, pinned to the content of its first
/// reply: a changed object is `precondition_failed`, never a mixture.
Result<ObjectInfo> fetch(BucketDriver& driver, std::string_view key, const GetOptions& options,
                         const FetchTarget& target);

}  // namespace cloudkit::inline v0::object_store
