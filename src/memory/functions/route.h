#pragma once

#include "memory/functions/store.h"

#include <string_view>

namespace cloudkit::inline v0::memory::functions {

/// The endpoint that answers a request, or null; what the URL says is added to the request: path, query, parameters,
/// stage. Each endpoint has a URL of its own, so it is at most one.
const StoredEndpoint* route(const FunctionStore& store, std::string_view url, HttpRequest& request);

}  // namespace cloudkit::inline v0::memory::functions
