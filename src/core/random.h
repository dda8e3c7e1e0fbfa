#pragma once

#include <cstddef>
#include <string>

namespace cloudkit::inline v0::core {

/// `bytes` random bytes as hexadecimal digits: for names that nobody else has chosen. No secret.
std::string random_hex(std::size_t bytes);

}  // namespace cloudkit::inline v0::core
