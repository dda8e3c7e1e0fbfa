#pragma once

#include <cloudkit/driver/compute.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::memory::compute {

/// `mem://NAME`, or `mem://` for the one without a name. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url);

}  // namespace cloudkit::inline v0::memory::compute
