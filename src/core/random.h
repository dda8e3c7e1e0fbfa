#pragma once

#include <cstddef>
#include <string>

namespace cloudkit::inline v0::core {

/// `bytes` random bytes as hexadecimal digits: for names that nobody else has chosen. No secret.
std::string random_hex(std::size_t bytes);
/// 0 to 1, cheap: for waits that shall not be everybody's.
double random_fraction();

}  // namespace cloudkit::inline v0::core
