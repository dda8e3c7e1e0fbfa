#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <string_view>

namespace cloudkit::inline v0::http {

/// Content headers, and the metadata: headers whose names begin with `metadata_prefix`, in lower case.
void read_attributes(const Headers& headers, std::string_view metadata_prefix, ObjectInfo& info);

}  // namespace cloudkit::inline v0::http
