#pragma once

#include "memory/functions/store.h"

#include <string_view>

namespace cloudkit::inline v0::memory::functions {

/// The endpoint that answers a request, or null; what the URL says is added to the request: path, query, parameters,
/// stage. Of several, one with a plain path goes before one with parameters.
const StoredEndpoint* route(const FunctionStore& store, std::string_view url, HttpRequest& request);

}  // namespace cloudkit::inline v0::memory::functions
