#pragma once

#include <cloudkit/error.h>

#include <string>
#include <utility>

/// Short ways to make the errors that cloudkit itself finds.
namespace cloudkit::inline v0::core {

inline Error fail(ErrorCode code, std::string message, std::string hint = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}
inline Error invalid_argument(std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(hint));
}
inline Error unsupported(std::string message, std::string hint = {}) {
  return fail(ErrorCode::unsupported, std::move(message), std::move(hint));
}
/// `io` with the text of an errno: "open /a/b: No such file or directory".
Error io_error(std::string what, int error_number);

}  // namespace cloudkit::inline v0::core
