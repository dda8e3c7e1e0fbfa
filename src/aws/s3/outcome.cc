#include "aws/s3/outcome.h"

namespace cloudkit::inline v0::aws::s3 {

bool object_is_missing(const Error& error) {
  return error.code == ErrorCode::not_found &&
         (error.service_code == "NoSuchKey" || error.service_code == "NoSuchVersion");
}

Error normalised(Error error, const Condition& condition) {
  if (condition.kind() == Condition::Kind::match && object_is_missing(error)) {
    error.code = ErrorCode::precondition_failed;
    error.message = "there is no such object, so it has no token to match";
  }
  return error;
}

Error unpinned(Error error) {
  if (error.code == ErrorCode::precondition_failed) {
    error.code = ErrorCode::conflict;
    error.message = "the source changed while it was copied";
    error.retryable = true;
  }
  return error;
}

}  // namespace cloudkit::inline v0::aws::s3
