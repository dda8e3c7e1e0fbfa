#pragma once

#include <cloudkit/driver/compute.h>
#include <cloudkit/open.h>
#include <cloudkit/ssh.h>

#include <memory>

namespace cloudkit::inline v0::ssh {

/// `ssh://USER@HOST:PORT` or `ssh:///INVENTORY`. Errors: `invalid_argument`.
Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url);

Result<std::shared_ptr<ComputeDriver>> make_driver(SshOptions options);
Result<std::shared_ptr<ComputeDriver>> make_driver(InventoryOptions options);

}  // namespace cloudkit::inline v0::ssh
