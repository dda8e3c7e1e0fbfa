#pragma once

#include "auth/surroundings.h"
#include "core/time.h"

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// OAuth 2.0's token endpoint: a form goes there, a token comes back.
/// https://www.rfc-editor.org/rfc/rfc6749#section-5
namespace cloudkit::inline v0::auth {

struct TokenGrant {
  http::Request endpoint = {};  ///< Its headers and query are sent as well.
  /// Made anew for each attempt, since an assertion says when it was made; `now` is by the endpoint's clock, as far as
  /// that is known.
  std::function<Result<http::Query>(core::TimePoint now)> form = {};
};

/// `source` of the token is empty: the caller knows it. Errors: `unauthenticated` for a refusal, with the endpoint's
/// code ("invalid_grant") as `service_code`, and for a reply that holds no valid token; those of http::Client. No error
/// shows what headers and form held in assertions, tokens and secrets.
Result<AccessToken> ask_for_token(const TokenGrant& grant, const Surroundings& surroundings, const Context& context);

/// The token of a reply. Without `expires_in` it is good until it is refused. Errors: `unauthenticated`, showing
/// nothing of the text.
Result<AccessToken> read_token_reply(std::string_view json, core::TimePoint now);

/// Nothing for a success, else what the endpoint says of it.
std::optional<http::Failure> judge_token_reply(const http::Request& request, const http::Response& reply);

/// What is secret of such a header: "Bearer" is not.
std::string_view without_scheme(std::string_view authorization) noexcept;

/// `text` in printable ASCII without what it has in common with `secrets`, as far as that is 8 characters or longer,
/// for messages of those who were sent them.
std::string without_secrets(std::string_view text, std::string_view secrets);

}  // namespace cloudkit::inline v0::auth
