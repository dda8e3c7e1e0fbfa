#include "aws/service/account.h"

#include "aws/settings.h"

#include <utility>

namespace cloudkit::inline v0::aws::service {
namespace {

std::shared_ptr<CredentialSource> credentials_of(const ServiceOptions& options, const ClientParts& parts) {
  return options.credentials != nullptr ? options.credentials : chain_of(options.profile, options.region, parts);
}

}  // namespace

Account::Account(ServiceOptions options, ClientParts parts)
    : options_(std::move(options)),
      parts_(with_defaults(std::move(parts), options_.transport, options_.allow_http)),
      credentials_(credentials_of(options_, parts_)) {}

Result<const Account::Configuration*> Account::configuration() {
  const std::scoped_lock lock(mutex_);
  if (configuration_ != nullptr) return configuration_.get();
  auto read = std::make_unique<Configuration>();
  auto files = load_profile_files(*parts_.environment);
  if (!files) return std::move(files).error();
  read->files = *std::move(files);
  auto profile = choose_profile(options_.profile, *parts_.environment, read->files);
  if (!profile) return std::move(profile).error();
  read->profile = *std::move(profile);
  Setting region{options_.region, {}};
  if (region.value.empty()) region = region_setting(*parts_.environment, read->profile);
  if (auto valid = check_region(region.value); !valid) return configured_in(std::move(valid).error(), {region.source});
  read->region = std::move(region.value);
  configuration_ = std::move(read);
  return configuration_.get();
}

Result<std::string> Account::region() {
  auto known = configuration();
  if (!known) return std::move(known).error();
  return (*known)->region;
}

Result<ServiceEndpoint> Account::find(const ServiceDescription& service) {
  const auto known = configuration();
  if (!known) return known.error();
  const Service named{service.id, service.host.empty() ? service.id : service.host, service.global};
  const EndpointChoice choice{options_.endpoint, options_.fips, options_.dual_stack};
  return find_service(named, (*known)->region, *parts_.environment, (*known)->profile, (*known)->files, choice);
}

}  // namespace cloudkit::inline v0::aws::service
