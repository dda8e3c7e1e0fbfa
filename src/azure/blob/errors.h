#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::azure::blob {

/// The `http::Classifier` of the Blob service.
/// https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// What a reply that is no success says; also one of several in a batch.
http::Failure failure_of(const http::Request& request, const http::Response& response);

/// Adds what only the reply knows to an error that was found in it: attempts, status, request id.
Error of_reply(Error error, const http::Response& response);
template <class T>
Result<T> of_reply(Result<T> parsed, const http::Response& response) {
  if (parsed) return parsed;
  return of_reply(std::move(parsed).error(), response);
}

/// `unknown`, for a success that the Blob service could not have sent.
Error unexpected_reply(std::string message);

}  // namespace cloudkit::inline v0::azure::blob
