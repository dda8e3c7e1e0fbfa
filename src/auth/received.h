#pragma once

#include "core/time.h"

#include <cloudkit/driver/http.h>

namespace cloudkit::inline v0::auth {

/// `time` of a reply, by this machine's clock (`now`), which may be wrong by more than a token's whole life: moved by
/// the difference to the reply's Date, where that is more than the network takes.
core::TimePoint by_our_clock(core::TimePoint time, const http::Headers& reply, core::TimePoint now);

}  // namespace cloudkit::inline v0::auth
