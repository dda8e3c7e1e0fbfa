#pragma once

#include "aws/service_endpoint.h"

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <chrono>
#include <string>
#include <string_view>

/// IAM Identity Center, once called SSO: keys for a token, and tokens for a refresh token.
/// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
/// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
namespace cloudkit::inline v0::aws::sso {

http::Request role_credentials_request(const Endpoint& portal, std::string_view account_id, std::string_view role_name,
                                       std::string_view access_token);
/// `expires` is by the service's clock. Errors: `unknown` for what the service cannot have sent; no
/// error shows any of it.
Result<Credentials> read_role_credentials(const http::Response& response);

struct TokenRefresh {
  std::string client_id = {};
  std::string client_secret = {};
  std::string refresh_token = {};
};

struct NewToken {
  std::string access_token = {};
  std::chrono::seconds lifetime{0};
  std::string refresh_token = {};  ///< Empty: the old one stays.
};

/// For `create_token_request`. Errors: `invalid_argument` for what is not UTF-8.
Result<std::string> create_token_body(const TokenRefresh& refresh);
/// `body` must outlive the request.
http::Request create_token_request(const Endpoint& oidc, Bytes body);
Result<NewToken> read_new_token(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::sso
