#include "stack/terraform/value.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::terraform {

codec::JsonPath Place::path() const {
  codec::JsonPath path;
  for (const Step* step = step_.get(); step != nullptr; step = step->above.get()) path.push_back(step->name);
  std::reverse(path.begin(), path.end());
  return path;
}

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Value* Value::find(std::string_view name) const noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

std::string_view kind_name(Value::Kind kind) noexcept {
  switch (kind) {
    case Value::Kind::null: return "null";
    case Value::Kind::boolean: return "true or false";
    case Value::Kind::number: return "a number";
    case Value::Kind::text: return "a text";
    case Value::Kind::list: return "a list";
    case Value::Kind::map: return "an object";
  }
  return "";
}

Error Source::refuse(const Place& place, std::string_view why, std::string hint) const {
  const codec::JsonPath path = place.path();
  std::string where(name);
  if (const auto found = codec::find_place(text, path)) where += fmt::format(":{}:{}", found->line, found->column);
  if (!path.empty()) where += ": " + core::printable_excerpt(codec::to_pointer(path), 200);
  return core::invalid_argument(fmt::format("{}: {}", where, why), std::move(hint));
}

}  // namespace cloudkit::inline v0::terraform
