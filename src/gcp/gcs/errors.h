#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::gcp::gcs {

/// The `http::Classifier` of Cloud Storage. Of a resumable session 308 ("bytes are missing") and, for its
/// cancellation, 499 are answers.
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// One of the replies within the reply to a batch.
Error error_in_reply(const http::Request& request, const http::Response& inner);

/// A 404 that says that there is no such object, and not that there is no such bucket, or page of a proxy.
bool object_is_missing(const Error& error) noexcept;

/// Adds what only the reply knows to an error that was found in it: attempts, status, request id.
Error of_reply(Error error, const http::Response& response);
template <class T>
Result<T> of_reply(Result<T> parsed, const http::Response& response) {
  if (parsed) return parsed;
  return of_reply(std::move(parsed).error(), response);
}

/// A condition that does not hold after a lost reply, or a 503: the change may have been made, and be what broke it.
Error perhaps_own(Error error);

/// How often an object is looked at that changes before the look can be used, and what is said then.
inline constexpr int kMostLooks = 4;
Error changes_too_often();

/// `unknown`, for a success that the service could not have sent.
Error unexpected_reply(std::string message);

/// Who was refused completes the hint; `whom` is where the token is from, or empty for a request without one.
void explain_refusal(Error& error, std::string_view whom);

}  // namespace cloudkit::inline v0::gcp::gcs
