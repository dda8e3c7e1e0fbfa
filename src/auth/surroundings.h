#pragma once

#include "auth/environment.h"

#include <cloudkit/driver/http.h>

#include <chrono>
#include <concepts>
#include <memory>
#include <utility>

namespace cloudkit::inline v0::auth {

/// What the places share where credentials are; injected, so that tests have a network, a clock and a home of their
/// own.
struct Surroundings {
  Environment environment;
  std::shared_ptr<http::Transport> transport;
  http::ClientHooks hooks;
  std::shared_ptr<http::Transport> metadata_transport = {};  ///< For containers and instances; else as `transport`.
  std::shared_ptr<http::Transport> token_transport = {};     ///< For their tokens; else as `metadata_transport`.

  std::chrono::system_clock::time_point now() const {
    return hooks.now ? hooks.now() : std::chrono::system_clock::now();
  }
};

/// This process's environment, and the network. Does no I/O.
Surroundings default_surroundings(http::TransportOptions transport);

/// The same with the transport that metadata services want.
template <std::derived_from<Surroundings> Some>
Some for_metadata(Some surroundings) {
  if (surroundings.metadata_transport != nullptr) surroundings.transport = surroundings.metadata_transport;
  return surroundings;
}

/// The same with the one that waits until a metadata service has fetched a token.
template <std::derived_from<Surroundings> Some>
Some for_metadata_tokens(Some surroundings) {
  if (surroundings.token_transport == nullptr) return for_metadata(std::move(surroundings));
  surroundings.transport = surroundings.token_transport;
  return surroundings;
}

}  // namespace cloudkit::inline v0::auth
