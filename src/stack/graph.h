#pragma once

#include <cloudkit/result.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

/// What needs what.
namespace cloudkit::inline v0::stack {

/// The addresses that each address needs.
using Needs = std::map<std::string, std::vector<std::string>>;

/// All addresses, each after those that it needs, otherwise by name. Names of `needs` that are not keys do not count.
/// Errors: `invalid_argument`, with the way around the cycle.
Result<std::vector<std::string>> in_order(const Needs& needs);
/// Those that a cycle leads through, each of which needs the next one, and the last one the first. Empty: there is
/// none.
std::vector<std::string> find_cycle(const Needs& needs);
/// Drops the needs that lead around in a cycle: which of them is wrong nobody knows.
void break_cycles(Needs& needs);

}  // namespace cloudkit::inline v0::stack
