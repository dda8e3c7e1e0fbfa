#pragma once

#include "http/endpoint_url.h"

namespace cloudkit::inline v0::aws {

using http::Endpoint;
using http::parse_endpoint;

bool is_amazon(const Endpoint& endpoint) noexcept;

}  // namespace cloudkit::inline v0::aws
