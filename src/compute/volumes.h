#pragma once

#include "compute/service.h"

#include <string_view>

/// Volumes, checked already.
namespace cloudkit::inline v0::compute {

Result<Volume> create_volume(const Service& service, const VolumeSpec& spec, Duration limit, const Context& context);
Result<Volume> get_volume(const Service& service, std::string_view id, const Context& context);
Result<std::vector<Volume>> list_volumes(const Service& service, const Context& context);
Status attach_volume(const Service& service, std::string_view volume, std::string_view instance,
                     std::string_view device, Duration limit, const Context& context);
Status detach_volume(const Service& service, std::string_view volume, Duration limit, const Context& context);
Status destroy_volume(const Service& service, std::string_view volume, const Context& context);

}  // namespace cloudkit::inline v0::compute
