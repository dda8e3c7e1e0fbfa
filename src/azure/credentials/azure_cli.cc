#include "azure/credentials/entra.h"
#include "azure/credentials/lookup.h"
#include "codec/json.h"
#include "core/child_process.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace cloudkit::inline v0::azure {
namespace {

constexpr const char* kLogin = "run `az login`";

Error bad_output(std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("what `az` printed for a token is none: {}", what),
                    "run `az account get-access-token` by hand to see what it says");
}

// `expiresOn` beside is of a local time and older: without `expires_on` the token is good until it is refused.
Result<AccessToken> read_token(std::string_view json, core::TimePoint now) {
  const auto parsed = codec::JsonValue::parse(json);
  if (!parsed) return bad_output(parsed.error().message);
  const auto value = parsed->find("accessToken").as_string();
  if (!value || value->empty()) return bad_output("accessToken is missing or empty");
  if (core::has_control_character(*value)) return bad_output("accessToken has control characters");
  AccessToken token{std::string(*value), {}, "the Azure CLI"};
  const auto end = parsed->find("expires_on").as_i64();
  if (!end) return token;
  token.expires = core::from_unix(*end, 0);
  if (*token.expires <= now) return bad_output("it has expired");
  return token;
}

}  // namespace

// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
Result<TokenLookup> look_in_azure_cli(const std::string& tenant, const std::string& resource,
                                      const auth::Surroundings& surroundings, const Context& context) {
  if (!is_tenant(tenant)) return core::invalid_argument("the tenant is neither an id nor a domain");
  std::vector<std::string> command = {"az", "account", "get-access-token", "--output", "json", "--resource", resource};
  if (!tenant.empty()) command.insert(command.end(), {"--tenant", tenant});
  auto run = core::run_program(command, {}, context);
  if (!run && run.error().code == ErrorCode::io) return TokenLookup{{}, "`az` is not installed, or not on PATH"};
  if (!run) {
    run.error().message = fmt::format("the Azure CLI: {}", run.error().message);
    return std::move(run).error();
  }
  if (run->exit_code != 0) {
    crypto::cleanse(run->output);
    return TokenLookup{{}, fmt::format("`az account get-access-token` exited with {}: {}", run->exit_code, kLogin)};
  }
  auto token = read_token(run->output, surroundings.now());
  crypto::cleanse(run->output);
  if (!token) return std::move(token).error();
  return TokenLookup{*std::move(token), {}};
}

}  // namespace cloudkit::inline v0::azure
