#pragma once

#include "compute/service.h"

#include <string_view>
#include <vector>

/// What is done to a machine, checked already.
namespace cloudkit::inline v0::compute {

Result<Instance> create(const Service& service, const InstanceSpec& spec, const Context& context);
Result<std::vector<Instance>> list(const Service& service, const InstanceFilter& filter, const Context& context);
/// The one that is not gone. Errors: `not_found`; `conflict`: several.
Result<Instance> find(const Service& service, std::string_view name, const Context& context);

/// These look first: EC2 says that it reboots what is gone, and refuses to start what runs.
Status start(const Service& service, std::string_view id, const Context& context);
Status stop(const Service& service, std::string_view id, const Context& context);
Status reboot(const Service& service, std::string_view id, const Context& context);
Status destroy(const Service& service, std::string_view id, const DestroyInstanceOptions& options);

}  // namespace cloudkit::inline v0::compute
