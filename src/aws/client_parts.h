#pragma once

#include "aws/config.h"

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::aws {

/// What a test replaces. The defaults are the real ones.
struct ClientParts {
  std::shared_ptr<http::Transport> transport = {};
  const Environment* environment = nullptr;
  http::ClientHooks hooks = {};
  std::shared_ptr<http::Transport> metadata_transport = {};  ///< Default: `transport`, where that is given.
  std::shared_ptr<http::Transport> token_transport = {};     ///< For keys of containers; default: the same.
};

/// Nothing of the result is null but `hooks`, and what defaults to a `transport` that was given.
ClientParts with_defaults(ClientParts parts, http::TransportOptions options, bool allow_http);

/// The chain of a profile; the services that are asked are behind the same proxy and signed by the same authority.
/// `region`: theirs, where none is configured.
std::shared_ptr<CredentialSource> chain_of(const std::string& profile, std::string region, const ClientParts& parts);

}  // namespace cloudkit::inline v0::aws
