#include "core/next_fire.h"

#include <cloudkit/function_runtime.h>

namespace cloudkit::inline v0 {

Result<std::optional<std::chrono::system_clock::time_point>> next_fire(std::string_view cron,
                                                                       std::string_view time_zone,
                                                                       std::chrono::system_clock::time_point after) {
  const auto parsed = core::parse_cron(cron);
  if (!parsed) return parsed.error();
  return core::next_fire(*parsed, time_zone, after);
}

}  // namespace cloudkit::inline v0
