#pragma once

#include "core/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::codec {
class JsonValue;
}

namespace cloudkit::inline v0::auth {

enum class Presence { required, optional };

/// Reads the members of an object that holds credentials: the first one that is wrong spoils the rest. No problem shows
/// any value: it may be a secret. Refers to what it is made from.
class JsonMembers {
 public:
  explicit JsonMembers(const codec::JsonValue& json) : json_(json) {}

  /// Without control characters: a line end would become a header of its own. Empty: there is none.
  std::string text(std::string_view name, Presence presence);
  /// The same with line ends, as PEM has them.
  std::string lines(std::string_view name, Presence presence);
  std::optional<core::TimePoint> time(std::string_view name, Presence presence);

  /// "private_key is missing or empty"; empty where all is well.
  const std::string& problem() const noexcept { return problem_; }
  std::string spoil(std::string problem);

 private:
  std::string string(std::string_view name, Presence presence);

  const codec::JsonValue& json_;
  std::string problem_ = {};
};

}  // namespace cloudkit::inline v0::auth
