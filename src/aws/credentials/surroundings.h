#pragma once

#include "aws/config.h"
#include "aws/credentials/lookup.h"
#include "aws/profile_files.h"

#include <cloudkit/context.h>
#include <cloudkit/driver/http.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// What the sources share; injected, so that tests have a network, a clock and a home of their own.
struct Surroundings {
  Environment environment;
  std::shared_ptr<http::Transport> transport;
  http::ClientHooks hooks;
  std::shared_ptr<http::Transport> metadata_transport = {};  ///< For containers and instances; else as `transport`.
  std::string region = {};  ///< Of the services that are asked, where none is configured.

  std::chrono::system_clock::time_point now() const {
    return hooks.now ? hooks.now() : std::chrono::system_clock::now();
  }
};

/// The same with the transport that the two functions below want.
inline Surroundings for_metadata(Surroundings surroundings) {
  if (surroundings.metadata_transport != nullptr) surroundings.transport = surroundings.metadata_transport;
  return surroundings;
}

/// The keys that a program prints: `credential_process` of a profile, whose name is for messages.
/// No shell sees the command. Errors: `unauthenticated` for a program that cannot be run, fails
/// or prints something else; `timeout`, `cancelled`; `unsupported` where cloudkit was built without.
Result<Lookup> look_in_process(const std::string& command, std::string_view profile, const Surroundings& surroundings,
                               const Context& context);

/// The endpoint that ECS and EKS name by variables. `transport`: see `make_metadata_transport`.
/// Errors: `invalid_argument` for a URL that tokens must not be sent to; `unauthenticated` for a
/// reply without valid keys; those of http::Client.
Result<Lookup> look_in_container(const Surroundings& surroundings, const Context& context);

/// The metadata service of an EC2 instance, version 2 only. No machine of EC2 is a reason, not an
/// error. `transport`: see `make_metadata_transport`. Errors: as `look_in_container`.
Result<Lookup> look_in_instance_metadata(const ChosenProfile& profile, const Surroundings& surroundings,
                                         const Context& context);

}  // namespace cloudkit::inline v0::aws
