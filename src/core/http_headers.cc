#include <cloudkit/driver/http.h>

#include "core/encode.h"

#include <algorithm>

namespace cloudkit::inline v0::http {

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::put: return "PUT";
    case Method::post: return "POST";
    case Method::patch: return "PATCH";
    case Method::remove: break;
  }
  return "DELETE";
}

void Headers::add(std::string name, std::string value) {
  if (items_.empty()) items_.reserve(8);  // What a small request or reply has, instead of 1, 2, 4 and 8.
  items_.push_back({std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
  const auto is_named = [name](const Header& header) { return core::equals_ignoring_case(header.name, name); };
  const auto first = std::find_if(items_.begin(), items_.end(), is_named);
  if (first == items_.end()) {
    add(std::string(name), std::move(value));
    return;
  }
  first->value = std::move(value);
  items_.erase(std::remove_if(first + 1, items_.end(), is_named), items_.end());
}

void Headers::remove(std::string_view name) {
  std::erase_if(items_, [name](const Header& header) { return core::equals_ignoring_case(header.name, name); });
}

const std::string* Headers::find(std::string_view name) const noexcept {
  for (const Header& header : items_) {
    if (core::equals_ignoring_case(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const noexcept {
  const std::string* value = find(name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

}  // namespace cloudkit::inline v0::http
