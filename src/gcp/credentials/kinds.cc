#include "gcp/credentials/kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace cloudkit::inline v0::gcp {

std::vector<std::string> Given::scopes_or_all() const {
  return scopes.empty() ? std::vector<std::string>{std::string(kCloudPlatform)} : scopes;
}

std::string Given::scope() const {
  const auto all = scopes_or_all();
  return fmt::format("{}", fmt::join(all, " "));
}

RenewingIdentity::RenewingIdentity(Given given)
    : given_(std::move(given)),
      tokens_([this](const Context& context) { return fetch(context); }, given_.surroundings.hooks.now) {}

RenewingIdentity::~RenewingIdentity() = default;

std::shared_ptr<Identity> make_identity(const KeyFile& file, const Given& given) {
  struct Make {
    const Given& given;

    std::shared_ptr<Identity> operator()(const ServiceAccountKey& key) const {
      return make_service_account(key, given);
    }
    std::shared_ptr<Identity> operator()(const AuthorizedUser& user) const { return make_authorized_user(user, given); }
    std::shared_ptr<Identity> operator()(const ExternalAccount& account) const {
      if (account.acting_as.account.empty()) return make_external_account(account, given);
      ExternalAccount federated = account;
      federated.acting_as = {};
      return act(account.acting_as, make_external_account(std::move(federated), asking()), account.quota_project);
    }
    std::shared_ptr<Identity> operator()(const ImpersonatedAccount& account) const {
      return act(account.acting_as, make_identity(*account.by, asking()), account.quota_project);
    }

    // Who asks for another's token needs all scopes for that, whatever the token is for.
    Given asking() const { return {given.surroundings, {}, given.place}; }
    std::shared_ptr<Identity> act(const ActingAs& acting, std::shared_ptr<Identity> by,
                                  const std::string& quota) const {
      return make_acting_identity(acting, std::move(by), quota, given);
    }
  };
  return std::visit(Make{given}, file);
}

Error identity_error(Error error, std::string_view place) {
  switch (error.code) {
    case ErrorCode::cancelled: return error;
    case ErrorCode::timeout:
    case ErrorCode::unavailable:
    case ErrorCode::throttled:
    case ErrorCode::io:
    case ErrorCode::unsupported:
    case ErrorCode::invalid_argument:
    case ErrorCode::permission_denied: break;
    default: error.code = ErrorCode::unauthenticated;
  }
  error.message = fmt::format("{}: {}", place, error.message);
  return error;
}

}  // namespace cloudkit::inline v0::gcp
