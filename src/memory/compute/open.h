#pragma once

#include <cloudkit/driver/compute.h>
#include <cloudkit/memory_compute.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::memory::compute {

/// `mem://NAME`, or `mem://` for the one without a name. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url);
/// By which a handle of this driver waits and looks: those of its cloud, if it is one in memory, else the usual ones.
ComputeHooks hooks_of(const std::shared_ptr<ComputeDriver>& driver);

}  // namespace cloudkit::inline v0::memory::compute
