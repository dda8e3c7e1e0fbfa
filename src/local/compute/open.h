#pragma once

#include <cloudkit/driver/compute.h>
#include <cloudkit/local_compute.h>
#include <cloudkit/open.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::local::compute {

/// `local:///DIR`. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url);
/// `directory` is absolute. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> make_driver(std::string directory, const ComputeOptions& options);

}  // namespace cloudkit::inline v0::local::compute
