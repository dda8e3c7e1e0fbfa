#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/finding.h>
#include <cloudkit/http_options.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What `doctor` tells of the way to any store: see `ObjectStoreDriver::diagnose`.
namespace cloudkit::inline v0::http {

using WallTime = std::chrono::system_clock::time_point;

/// Until when keys or a token are good, with a warning where that is over or soon will be.
void tell_expiry(Finding& credentials, const std::optional<WallTime>& expires, WallTime now);

/// `origin`: who says so, as "from AWS_ENDPOINT_URL". Not private is what others can read on the way.
Finding endpoint_finding(std::string url, std::string_view origin, bool is_private);

Finding certificates_finding(const TransportOptions& options, std::string_view scheme);

/// Nothing where there is none.
std::optional<Finding> proxy_finding(const TransportOptions& options, std::string_view scheme, std::string_view host);

/// Sends `request` twice, without a signature: any reply at all shows that the way is free. The first finding is of the
/// connection, the next one of the clock; `skewed` is added to that where it is wrong.
std::vector<Finding> way_findings(Transport& transport, const Request& request, WallTime now, std::string_view skewed,
                                  const Context& context);

}  // namespace cloudkit::inline v0::http
