#include "core/named_error.h"

#include "core/log.h"

namespace cloudkit::inline v0::core {

Error named(Error error, std::string_view operation, std::string resource) {
  error.operation = operation;
  error.resource = std::move(resource);
  if (!log_enabled(LogLevel::debug)) return error;
  Error without_hint = error;  // Which would be a second line.
  without_hint.hint.clear();
  log(LogLevel::debug, without_hint.to_string(), {{"hint", error.hint}});
  return error;
}

}  // namespace cloudkit::inline v0::core
