#pragma once

#include "aws/sso/protocol.h"
#include "core/time.h"

#include <optional>
#include <string>
#include <string_view>

/// The files in which `aws sso login` leaves its tokens.
/// https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html
namespace cloudkit::inline v0::aws::sso {

struct Token {
  std::string access_token = {};
  core::TimePoint expires = {};
  TokenRefresh refresh = {};  ///< Empty members: it cannot be renewed.
  std::optional<core::TimePoint> registration_expires = {};

  bool renewable(core::TimePoint now) const;
};

/// HOME/.aws/sso/cache/SHA1.json. `known_by`: the session's name, of the legacy form its start URL.
std::string token_path(std::string_view home, std::string_view known_by);

/// Errors: `unauthenticated`, saying what is wrong with the file, and nothing of what it holds.
Result<Token> read_token(std::string_view json);

/// The file's text with a new token in it; what else it holds stays. Errors: `unauthenticated`.
Result<std::string> renewed_token(std::string_view json, const NewToken& token, core::TimePoint now);

}  // namespace cloudkit::inline v0::aws::sso
