#pragma once

#include <cloudkit/export.h>

#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cloudkit::inline v0 {

/// The category of an error. Programs act on the code, people read the text.
enum class ErrorCode {
  not_found,            ///< The bucket, object or version does not exist.
  already_exists,       ///< The bucket exists already.
  conflict,             ///< Wrong state: bucket not empty, object archived, update in progress.
  precondition_failed,  ///< A condition that the caller set did not hold.
  not_modified,         ///< The object still is what `Condition::not_match` names.
  permission_denied,    ///< The caller is known but not allowed.
  unauthenticated,      ///< No credentials, or credentials that the service refuses.
  invalid_argument,     ///< The call can never succeed as it was made.
  unsupported,          ///< This backend or server cannot do it.
  throttled,            ///< The service asks to slow down.
  unavailable,          ///< Network, DNS, TLS or a failing service.
  timeout,              ///< The deadline passed, or a limit of the transport.
  cancelled,            ///< The caller's `Context` was cancelled.
  data_loss,            ///< Bytes arrived, but not the bytes that were sent.
  io,                   ///< The local disk, or the caller's source or sink.
  unknown,              ///< None of the above; see `service_code` and `message`.
};

/// The code's name, as it stands in this header. Never fails.
CLOUDKIT_API std::string_view to_string(ErrorCode code) noexcept;

/// What went wrong, where, and what to do about it. Never holds a secret.
struct CLOUDKIT_API Error {
  // Out of line: errors are copied in every function, and seldom.
  Error() noexcept;
  /// What a backend finds itself; the other members as needed.
  Error(ErrorCode code, std::string message, std::string hint = {});
  Error(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(const Error&);
  Error& operator=(Error&&) noexcept;
  ~Error();

  ErrorCode code = ErrorCode::unknown;  ///< What programs act on.
  std::string message = {};             ///< One line; from the service where there is one.
  std::string operation = {};           ///< What the caller asked for: "put".
  std::string resource = {};            ///< On what: "s3://reports/2026/a.pdf".
  std::string service_code = {};        ///< The service's own code: "AccessDenied".
  int http_status = 0;                  ///< 0 when there was no reply.
  std::string request_id = {};          ///< For the service's support.
  std::string endpoint = {};            ///< The region or host that was asked.
  int attempts = 0;                     ///< Requests made; 0 when none was.
  bool retryable = false;               ///< The same call may succeed later.
  bool may_have_happened = false;       ///< A change was sent and its outcome is not known.
  std::string hint = {};                ///< What to try, in one line.

  /// One line of facts and, where there is one, a second line with the hint.
  std::string to_string() const;
};

/// Writes `Error::to_string`.
CLOUDKIT_API std::ostream& operator<<(std::ostream& out, const Error& error);

/// The exit code of cloudkit's programs for a code alone; who has the error asks by it. Never fails.
CLOUDKIT_API int exit_code(ErrorCode code) noexcept;

/// The exit code of cloudkit's programs for an error. Never fails.
///
/// | number | of | |
/// |---|---|---|
/// | 1 | all others | failed, or partly failed |
/// | 2 | `invalid_argument` | wrong usage |
/// | 3 | `not_found` | |
/// | 4 | `unauthenticated`, `permission_denied` | |
/// | 5 | `throttled`, `unavailable`, `timeout`, and a `conflict` that is `retryable` | try again later |
/// | 6 | `data_loss` | data were damaged |
/// | 130 | `cancelled` | interrupted |
CLOUDKIT_API int exit_code(const Error& error) noexcept;

/// Thrown by `Result::value()` only.
class CLOUDKIT_API Exception : public std::runtime_error {
 public:
  /// `what()` is the error's text.
  explicit Exception(Error error);
  ~Exception() override;
  const Error& error() const noexcept { return error_; }  ///< What `Result` held.

 private:
  Error error_;
};

namespace detail {
/// Throws `Exception`. Out of line, so that consumers built with -fno-exceptions link; there
/// the throw finds no handler and ends the program with the error's text.
[[noreturn]] CLOUDKIT_API void throw_error(const Error& error);
}  // namespace detail

}  // namespace cloudkit::inline v0
