#pragma once

#include <cloudkit/driver/object_store.h>

#include <cstdint>

namespace cloudkit::inline v0::object_store {

struct Part {
  int number = 0;  ///< From 1.
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool last = false;
};

/// An object cut into parts of one size; the last one may be smaller. At least one part.
struct PartPlan {
  std::uint64_t size = 0;
  std::uint64_t part_size = 0;

  std::uint64_t count() const noexcept;
  Part part(std::uint64_t index) const noexcept;
};

/// `asked` is the caller's part size, or 0: then 8 MiB, twice that for large objects, more where
/// the backend takes no more than so many parts. Errors: `invalid_argument` for a part size that
/// the backend does not take; `unsupported` for an object that it cannot hold in parts.
Result<PartPlan> plan_parts(std::uint64_t size, std::uint64_t asked, const UploadLimits& limits);

/// Parts of an object whose size nobody knows yet. Where a backend takes no more than so many parts they
/// grow by half with each tenth of them: on S3 from 8 MiB to 315 MiB, for 904 GiB in all.
struct OpenPlan {
  std::uint64_t first = 0;
  bool grows = false;
  UploadLimits limits = {};

  /// `number`: from 1. Errors: `unsupported` when there are no more.
  Result<std::uint64_t> part_size(int number) const;
};

/// `expected`: the size, as far as the caller can guess it, or 0. Errors: as `plan_parts`.
Result<OpenPlan> plan_open(std::uint64_t expected, std::uint64_t asked, const UploadLimits& limits);

}  // namespace cloudkit::inline v0::object_store
