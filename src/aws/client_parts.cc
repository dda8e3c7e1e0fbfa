#include "aws/client_parts.h"

#include "aws/credentials/lookup.h"
#include "aws/credentials/surroundings.h"
#include "http/metadata_transport.h"

#include <utility>

namespace cloudkit::inline v0::aws {

ClientParts with_defaults(ClientParts parts, http::TransportOptions options, bool allow_http) {
  if (parts.environment == nullptr) parts.environment = &Environment::process();
  if (parts.transport == nullptr) {
    options.allow_http |= allow_http;
    parts.transport = http::make_curl_transport(std::move(options));
    parts.metadata_transport = http::make_metadata_transport();
    parts.token_transport = http::make_metadata_transport(http::kMetadataTokenPatience);
  }
  return parts;
}

std::shared_ptr<CredentialSource> chain_of(const std::string& profile, std::string region, const ClientParts& parts) {
  Surroundings surroundings{
      {*parts.environment, parts.transport, parts.hooks, parts.metadata_transport, parts.token_transport}, {}};
  surroundings.region = std::move(region);
  return make_credential_chain(profile, std::move(surroundings));
}

}  // namespace cloudkit::inline v0::aws
