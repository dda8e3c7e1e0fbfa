#include "object_store/named_error.h"

#include "core/log.h"

namespace cloudkit::inline v0::object_store {

Error named(Error error, std::string_view operation, std::string resource) {
  error.operation = operation;
  error.resource = std::move(resource);
  if (core::log_enabled(LogLevel::debug)) core::log(LogLevel::debug, error.to_string());
  return error;
}

}  // namespace cloudkit::inline v0::object_store
