#include "core/fs_error.h"

#include "core/fail.h"

#include <cerrno>

namespace cloudkit::inline v0::core {

Error fs_error(std::string what, int error_number) {
  Error error = io_error(std::move(what), error_number);
  switch (error_number) {
    case EACCES:
    case EPERM:
      error.code = ErrorCode::permission_denied;
      error.hint = "check the owner and the mode of the file and of the directories above it";
      break;
    case EROFS:
      error.code = ErrorCode::permission_denied;
      error.hint = "the file system is mounted read-only";
      break;
    case ELOOP:
    case EXDEV:
      error.code = ErrorCode::permission_denied;
      error.hint = "symbolic links below a store's directory are not followed";
      break;
    case EMFILE:
    case ENFILE: error.retryable = true; break;
    case ENAMETOOLONG: error.code = ErrorCode::invalid_argument; break;
    default: break;
  }
  return error;
}

}  // namespace cloudkit::inline v0::core
