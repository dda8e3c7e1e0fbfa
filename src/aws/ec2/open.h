#pragma once

#include <cloudkit/aws_compute.h>
#include <cloudkit/driver/compute.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::aws::ec2 {

/// Does no I/O. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> make_driver(ComputeOptions options);

/// What `aws://REGION` says; its query: endpoint, profile, fips, dual_stack (true, false). Errors: `invalid_argument`.
Result<ComputeOptions> options_of(const Url& url);

/// Does no I/O. Errors: also those of `make_driver`.
Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url);

}  // namespace cloudkit::inline v0::aws::ec2
