#pragma once

#include "core/time.h"

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <string_view>

namespace cloudkit::inline v0::aws {

/// Credentials out of a reply, fit for use: whole, without what could break a header, not expired by
/// the clock of the service that sent them, and with an end by ours (`now`), which may be wrong by
/// more than their whole life. `from` is who sent them, for messages. Errors: `unauthenticated`.
Result<Credentials> accept_credentials(Credentials received, std::string_view from, const http::Headers& reply,
                                       core::TimePoint now);

}  // namespace cloudkit::inline v0::aws
