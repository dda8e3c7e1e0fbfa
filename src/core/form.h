#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::core {

/// The pairs of a URL's query or of a form, decoded, in order. Whatever a client sends is something: bad percent
/// encoding stands for itself, and an item without "=" has an empty value.
/// https://url.spec.whatwg.org/#urlencoded-parsing
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text);
/// The other way: what is sent as application/x-www-form-urlencoded.
std::string write_form(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace cloudkit::inline v0::core
