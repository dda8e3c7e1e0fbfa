#pragma once

#include "core/cron.h"
#include "core/time.h"

#include <cloudkit/result.h>

#include <optional>
#include <string_view>

/// When cron lines fire. Part of the component `functions`: it links the date library.
namespace cloudkit::inline v0::core {

/// Whether it is the name of a time zone: of IANA's, as the system's tzdata has it; "UTC" also where there is none.
/// Errors: `invalid_argument`; `unsupported` where there is no tzdata.
Status check_time_zone(std::string_view name);

/// What the public `cloudkit::next_fire` promises. Errors: of `check_time_zone`.
Result<std::optional<TimePoint>> next_fire(const Cron& cron, std::string_view time_zone, TimePoint after);

}  // namespace cloudkit::inline v0::core
