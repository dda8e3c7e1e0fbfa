#include "aws/service/owner.h"

#include "aws/credentials/sources.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::service {

Owner::Owner(std::shared_ptr<Account> account, ServiceDescription service)
    : account_(std::move(account)), service_(std::move(service)) {}

Result<std::string> Owner::get(const Context& context) {
  auth::SingleFlight::Lock lock(mutex_);
  while (known_.empty()) {
    if (!asking_.under_way()) {
      auto found = asking_.run(lock, [&] { return look_up(context); });
      if (found) known_ = *found;
      return found;
    }
    if (auto waited = asking_.wait(lock, context, "the account that another thread asks for"); !waited) {
      return std::move(waited).error();
    }
  }
  return known_;
}

Result<std::string> Owner::look_up(const Context& context) const {
  const auto where = account_->find(service_);
  if (!where) return where.error();
  const Endpoint& endpoint = where->endpoint;
  // Its accounts, if it has any, are nothing that AWS's STS could tell of.
  if (!is_amazon(endpoint)) return fmt::format("{}://{}{}", endpoint.scheme, endpoint.host, endpoint.base_path);
  const auto credentials = account_->credentials()->get(context);
  if (!credentials) return credentials.error();
  if (!credentials->account_id.empty()) return credentials->account_id;
  CallerIdentityOptions options;
  options.region = account_->options().region;
  options.profile = account_->options().profile;
  options.credentials = account_->credentials();
  options.context = context;
  const ClientParts& parts = account_->parts();
  const Surroundings surroundings{{*parts.environment, parts.transport, parts.hooks, parts.metadata_transport}, {}};
  auto caller = ask_caller_identity(options, surroundings);
  if (caller) return std::move(caller->account);
  Error error = std::move(caller).error();
  if (error.code != ErrorCode::unauthenticated)
    error.hint = "where STS cannot be asked, AWS_ACCOUNT_ID says whose the credentials are";
  return error;
}

}  // namespace cloudkit::inline v0::aws::service
