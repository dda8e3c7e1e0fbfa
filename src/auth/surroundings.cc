#include "auth/surroundings.h"

#include "http/metadata_transport.h"

#include <utility>

namespace cloudkit::inline v0::auth {

Surroundings default_surroundings(http::TransportOptions transport) {
  return {Environment::process(),
          http::make_curl_transport(std::move(transport)),
          {},
          http::make_metadata_transport(),
          http::make_metadata_transport(http::kMetadataTokenPatience)};
}

}  // namespace cloudkit::inline v0::auth
