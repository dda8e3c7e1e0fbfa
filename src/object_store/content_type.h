#pragma once

#include "core/content_type.h"

namespace cloudkit::inline v0::object_store {

using core::content_type_of;

}  // namespace cloudkit::inline v0::object_store
