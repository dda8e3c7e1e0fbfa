#include "gcp/credentials/identities.h"

#include "core/fail.h"
#include "crypto/digest.h"
#include "gcp/credentials/found_identity.h"
#include "gcp/credentials/key_file.h"
#include "gcp/credentials/kinds.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

using Found = Result<std::shared_ptr<Identity>>;

constexpr const char* kVariable = "GOOGLE_APPLICATION_CREDENTIALS";

Found identity_in(std::string_view json, const Given& given) {
  auto file = read_key_file(json);
  if (!file) return identity_error(std::move(file).error(), given.place);
  return make_identity(*file, given);
}

Result<std::optional<std::string>> read_private(const std::string& path, const auth::Environment& environment) {
  auto text = environment.read_file(path);
  if (!text || !text->has_value()) return text;
  if (auto status = auth::check_private_file(environment, path); !status) return std::move(status).error();
  return text;
}

// A file that somebody named has to be there.
Found identity_in_file(const std::string& path, std::string_view named_by, Given given) {
  auto text = read_private(path, given.surroundings.environment);
  if (!text) return std::move(text).error();
  given.place = fmt::format("the file {}", path);
  if (!text->has_value()) {
    return core::fail(ErrorCode::unauthenticated, fmt::format("{} does not exist", given.place), std::string(named_by));
  }
  auto found = identity_in(**text, given);
  crypto::cleanse(**text);
  return found;
}

// Where gcloud keeps what `gcloud auth application-default login` got; empty where HOME is not set either.
std::string well_known_path(const auth::Environment& environment) {
  std::string directory = auth::variable(environment, "CLOUDSDK_CONFIG");
  const std::string home = auth::variable(environment, "HOME");
  if (directory.empty() && !home.empty()) directory = home + "/.config/gcloud";
  return directory.empty() ? directory : directory + "/application_default_credentials.json";
}

// One walk along all places. An error ends it: going on would ask as somebody else than was meant.
// https://cloud.google.com/docs/authentication/application-default-credentials#order
Found walk(const Given& given, const Context& context) {
  const auth::Environment& environment = given.surroundings.environment;
  const std::string named = auth::variable(environment, kVariable);
  if (!named.empty()) return identity_in_file(named, fmt::format("{} names it", kVariable), given);
  std::string reasons = fmt::format(" {}: it is not set.", kVariable);

  const std::string path = well_known_path(environment);
  const auto text = path.empty() ? std::optional<std::string>() : read_private(path, environment);
  if (!text) return text.error();
  if (text->has_value()) return identity_in_file(path, "gcloud wrote it", given);
  reasons += path.empty() ? std::string(" gcloud's login: neither CLOUDSDK_CONFIG nor HOME is set.")
                          : fmt::format(" gcloud's login: {} does not exist.", path);

  auto looked = look_in_metadata_server(given, context);
  if (!looked) return std::move(looked).error();
  if (looked->identity != nullptr) return looked->identity;
  return core::fail(
      ErrorCode::unauthenticated, fmt::format("no credentials found.{} Metadata server: {}.", reasons, looked->reason),
      fmt::format("run `gcloud auth application-default login`, or set {} to a key file; public data needs "
                  "none when the program says anonymous",
                  kVariable));
}

class TokenIdentity final : public Identity {
 public:
  explicit TokenIdentity(AccessToken token) : token_(std::move(token)) {
    if (token_.source.empty()) token_.source = "the program";
  }
  ~TokenIdentity() override { crypto::cleanse(token_.value); }

  Result<AccessToken> get(const Context&) override { return token_; }

 private:
  AccessToken token_;
};

// 12 hours: https://cloud.google.com/iam/docs/create-short-lived-credentials-direct
Status check_impersonation(const ImpersonationOptions& options) {
  if (options.service_account.empty()) return core::invalid_argument("ImpersonationOptions::service_account is empty");
  if (options.lifetime < std::chrono::seconds(1) || options.lifetime > std::chrono::hours(12)) {
    return core::invalid_argument(fmt::format("a token lasts from 1 second to 12 hours (43200 seconds), not {} seconds",
                                              options.lifetime.count()));
  }
  return {};
}

}  // namespace

std::shared_ptr<Identity> make_default_identity(Surroundings surroundings, std::vector<std::string> scopes) {
  return std::make_shared<FoundIdentity>([given = Given{std::move(surroundings), std::move(scopes), {}}](
                                             const Context& context) { return walk(given, context); });
}

std::shared_ptr<Identity> make_file_identity(std::string path, Surroundings surroundings,
                                             std::vector<std::string> scopes) {
  return std::make_shared<FoundIdentity>(
      [path = std::move(path), given = Given{std::move(surroundings), std::move(scopes), {}}](const Context&) -> Found {
        if (path.empty()) return core::invalid_argument("the path of the credentials is empty");
        return identity_in_file(path, "the program names it", given);
      });
}

std::shared_ptr<Identity> make_json_identity(std::string json, Surroundings surroundings,
                                             std::vector<std::string> scopes) {
  return std::make_shared<FoundIdentity>(
      [json = std::move(json), given = Given{std::move(surroundings), std::move(scopes), "the credentials in JSON"}](
          const Context&) { return identity_in(json, given); });
}

std::shared_ptr<Identity> make_impersonation(ImpersonationOptions options, Surroundings surroundings) {
  auto by = options.identity != nullptr ? options.identity : make_default_identity(surroundings);
  return std::make_shared<FoundIdentity>([options = std::move(options), by = std::move(by),
                                          surroundings = std::move(surroundings)](const Context&) -> Found {
    if (auto valid = check_impersonation(options); !valid) return std::move(valid).error();
    auto acting = acting_as(options.service_account, options.delegates);
    if (!acting) return std::move(acting).error();
    acting->lifetime = options.lifetime;
    return make_acting_identity(*std::move(acting), by, {},
                                Given{surroundings, options.scopes, "the program's impersonation"});
  });
}

std::shared_ptr<Identity> default_identity(IdentityOptions options) {
  return make_default_identity(auth::default_surroundings(std::move(options.transport)), std::move(options.scopes));
}

std::shared_ptr<Identity> identity_from_file(std::string path, IdentityOptions options) {
  return make_file_identity(std::move(path), auth::default_surroundings(std::move(options.transport)),
                            std::move(options.scopes));
}

std::shared_ptr<Identity> identity_from_json(std::string json, IdentityOptions options) {
  return make_json_identity(std::move(json), auth::default_surroundings(std::move(options.transport)),
                            std::move(options.scopes));
}

std::shared_ptr<Identity> identity_from_token(AccessToken token) {
  return std::make_shared<TokenIdentity>(std::move(token));
}

std::shared_ptr<Identity> impersonate(ImpersonationOptions options) {
  auto surroundings = auth::default_surroundings(options.transport);
  return make_impersonation(std::move(options), std::move(surroundings));
}

}  // namespace cloudkit::inline v0::gcp
