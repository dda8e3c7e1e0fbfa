#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::aws::s3 {

/// The `http::Classifier` of S3. A status line is no outcome: a body that does not have the
/// form that the request asked for is a failure too. A reply that says in which region the
/// bucket is counts as an answer, for `region_of_redirect` to read; `error_of_reply` makes it an
/// error where nobody follows.
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// The region that a refused request should have been sent to, where the reply says it.
std::optional<std::string> region_of_redirect(const http::Response& response);
/// What a reply that is no success says.
Error error_of_reply(const http::Response& response);

/// The body of a 2xx reply to a control request, which must be a whole `<root>…</root>`: S3
/// answers 200 before it knows the outcome, and then sends blanks, and then perhaps `<Error>`.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
std::optional<http::Failure> check_control_reply(const http::Response& response, std::string_view root);

/// One of several errors that a successful reply holds.
Error error_in_reply(std::string_view code, std::string_view message, const http::Response& response);

/// Adds what only the reply knows to an error that was found in it: attempts, status, request id.
Error of_reply(Error error, const http::Response& response);
template <class T>
Result<T> of_reply(Result<T> parsed, const http::Response& response) {
  if (parsed) return parsed;
  return of_reply(std::move(parsed).error(), response);
}

/// `unknown`, for a success that S3 could not have sent.
Error unexpected_reply(std::string message);

}  // namespace cloudkit::inline v0::aws::s3
