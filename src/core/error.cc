#include <cloudkit/error.h>

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <cerrno>
#include <ostream>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0 {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::precondition_failed: return "precondition_failed";
    case ErrorCode::not_modified: return "not_modified";
    case ErrorCode::permission_denied: return "permission_denied";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::throttled: return "throttled";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::data_loss: return "data_loss";
    case ErrorCode::io: return "io";
    case ErrorCode::unknown: break;
  }
  return "unknown";
}

int exit_code(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::not_found: return 3;
    case ErrorCode::permission_denied:
    case ErrorCode::unauthenticated: return 4;
    case ErrorCode::throttled:
    case ErrorCode::unavailable:
    case ErrorCode::timeout: return 5;
    case ErrorCode::data_loss: return 6;
    case ErrorCode::invalid_argument: return 2;
    case ErrorCode::cancelled: return 130;
    default: return 1;
  }
}

int exit_code(const Error& error) noexcept {
  // A lock that somebody holds, or an update in progress: as it is a script may wait for it.
  const bool passes = error.code == ErrorCode::conflict && error.retryable;
  return exit_code(passes ? ErrorCode::unavailable : error.code);
}

Error::Error() noexcept = default;
Error::Error(ErrorCode error_code, std::string text, std::string advice)
    : code(error_code), message(std::move(text)), hint(std::move(advice)) {}
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

std::string Error::to_string() const {
  std::string out;
  if (!operation.empty()) out += fmt::format("{} {}: ", operation, resource);
  out += service_code.empty() ? cloudkit::to_string(code) : std::string_view(service_code);
  if (http_status != 0) out += fmt::format(" ({})", http_status);
  if (attempts > 0) out += fmt::format(" after {} attempt{}", attempts, attempts == 1 ? "" : "s");
  if (!endpoint.empty()) out += fmt::format(", {}", endpoint);
  if (!request_id.empty()) out += fmt::format(", request {}", request_id);
  if (!message.empty()) out += fmt::format(": {}", message);
  if (may_have_happened) out += " (the change may have happened)";
  core::mask_control_characters(out);  // Keys may hold line breaks.
  if (hint.empty()) return out;
  std::string advice = hint;
  core::mask_control_characters(advice);
  return out += "\n  hint: " + advice;
}

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.to_string(); }

Exception::Exception(Error error) : std::runtime_error(error.to_string()), error_(std::move(error)) {}
Exception::~Exception() = default;

void detail::throw_error(const Error& error) { throw Exception(error); }

Error core::fail(ErrorCode code, std::string message, std::string hint) {
  return {code, std::move(message), std::move(hint)};
}

Error core::invalid_argument(std::string message, std::string hint) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(hint));
}

Error core::unsupported(std::string message, std::string hint) {
  return fail(ErrorCode::unsupported, std::move(message), std::move(hint));
}

namespace {

// What helps wherever it happens.
std::string_view hint_of(int error_number) noexcept {
  switch (error_number) {
    case ENOSPC: return "free some space; nothing was stored";
    case EDQUOT: return "the user's quota is used up; nothing was stored";
    case EFBIG: return "the file system or a limit (ulimit -f) does not allow files of this size";
    case EACCES: return "check its owner and mode, and those of the directories above it: this user is kept out";
    case EMFILE:
    case ENFILE: return "too many files are open; raise the limit (ulimit -n)";
    default: return {};
  }
}

}  // namespace

Error core::io_error(std::string what, int error_number) {
  // system_category().message() is strerror_r behind a portable face.
  return fail(ErrorCode::io, std::move(what) + ": " + std::system_category().message(error_number),
              std::string(hint_of(error_number)));
}

Error core::while_opening(Error error, std::string_view url) {
  error.operation = "open";
  error.resource = shown_url(url);
  return error;
}

}  // namespace cloudkit::inline v0
