#pragma once

#include <cloudkit/result.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::ssh {

struct HostPattern {
  std::vector<std::string> names = {};
  int port = 0;
};

/// The first word of a host's line: `web[01:10].example:2222`, `[2001:db8::1]:22`. A range has two ends and a step, all
/// numbers, or letters of the alphabet "a…zA…Z". Errors: `invalid_argument`, also for more than `limit` names.
Result<HostPattern> expand_hosts(std::string_view word, std::size_t limit);

}  // namespace cloudkit::inline v0::ssh
