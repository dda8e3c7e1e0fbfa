#pragma once

#include "aws/service_endpoint.h"

#include <cloudkit/aws.h>
#include <cloudkit/driver/http.h>

#include <chrono>
#include <optional>
#include <string>

/// The Security Token Service. https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
namespace cloudkit::inline v0::aws::sts {

struct AssumeRole {
  std::string role_arn = {};
  std::string session_name = {};
  std::string external_id = {};
  std::chrono::seconds duration{0};  ///< 0: the service's default, an hour.
};

/// Form bodies, for `form_request`.
std::string assume_role_form(const AssumeRole& call);
std::string assume_role_with_web_identity_form(const AssumeRole& call, std::string_view token);
std::string get_caller_identity_form();

/// `form` must outlive the request.
http::Request form_request(const Endpoint& endpoint, Bytes form);

/// The `http::Classifier` of STS.
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// Of both ways to assume a role. `expires` is by the service's clock. Errors: `unknown` for what
/// STS cannot have sent; no error shows any of it.
Result<Credentials> read_assumed_role(const http::Response& response);
Result<CallerIdentity> read_caller_identity(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::sts
