#pragma once

#include <cloudkit/driver/http.h>

#include <chrono>
#include <memory>

namespace cloudkit::inline v0::http {

/// Whether anybody is there, they say at once.
constexpr std::chrono::milliseconds kMetadataPatience{1000};
/// Tokens they fetch from elsewhere first, which takes seconds at times:
/// https://github.com/Azure/azure-sdk-for-net/issues/20609 https://github.com/aws/eks-pod-identity-agent/pull/101
constexpr std::chrono::milliseconds kMetadataTokenPatience{10'000};

/// For the services beside a machine or a container that tell it who it is. They are near, so it
/// waits 1 s for a connection, and `first_byte` for a reply; no proxy could reach them, so it uses none. It
/// speaks plain http to every host: which of them may be trusted, the caller has to check.
std::shared_ptr<Transport> make_metadata_transport(std::chrono::milliseconds first_byte = kMetadataPatience);
TransportOptions metadata_transport_options(std::chrono::milliseconds first_byte = kMetadataPatience);

}  // namespace cloudkit::inline v0::http
