#include "core/form.h"

#include "core/encode.h"

#include <algorithm>

namespace cloudkit::inline v0::core {

std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text) {
  const auto decoded = [](std::string_view part) {
    auto plain = percent_decode(part, true);
    return plain ? *std::move(plain) : std::string(part);
  };
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    pairs.emplace_back(decoded(item.substr(0, equals)), decoded(item.substr(std::min(equals + 1, item.size()))));
  }
  return pairs;
}

std::string write_form(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    percent_encode_to(out, name, Slash::encode);
    out += '=';
    percent_encode_to(out, value, Slash::encode);
  }
  return out;
}

}  // namespace cloudkit::inline v0::core
