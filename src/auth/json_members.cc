#include "auth/json_members.h"

#include "codec/json.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::auth {

std::string JsonMembers::text(std::string_view name, Presence presence) {
  std::string text = string(name, presence);
  return core::has_control_character(text) ? spoil(fmt::format("{} has control characters", name)) : text;
}

std::string JsonMembers::lines(std::string_view name, Presence presence) { return string(name, presence); }

std::optional<core::TimePoint> JsonMembers::time(std::string_view name, Presence presence) {
  const std::string written = text(name, presence);
  if (written.empty()) return std::nullopt;
  const auto time = core::parse_rfc3339(written);
  if (!time) spoil(fmt::format("{} is not a time such as 2026-11-23T01:00:00Z", name));
  return time;
}

std::string JsonMembers::spoil(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return {};
}

std::string JsonMembers::string(std::string_view name, Presence presence) {
  const codec::JsonValue& value = json_.find(name);
  const auto text = value.as_string();
  if (!text && !value.is_null()) return spoil(fmt::format("{} is not a string", name));
  if (text && !text->empty()) return std::string(*text);
  return presence == Presence::optional ? std::string() : spoil(fmt::format("{} is missing or empty", name));
}

}  // namespace cloudkit::inline v0::auth
