#include "aws/refusal.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws {

std::string_view denied_action(std::string_view message) noexcept {
  constexpr std::string_view kMark = "not authorized to perform: ";
  const std::size_t begin = message.find(kMark);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = message.substr(begin + kMark.size());
  return rest.substr(0, rest.find(' '));
}

void add_refused(Error& error, std::string_view whom) {
  if (error.code != ErrorCode::unauthenticated || whom.empty() || error.service_code.empty()) return;
  error.hint += fmt::format("{}used: {}", error.hint.empty() ? "" : "; ", whom);
}

}  // namespace cloudkit::inline v0::aws
