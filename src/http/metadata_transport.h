#pragma once

#include <cloudkit/driver/http.h>

#include <memory>

namespace cloudkit::inline v0::http {

/// For the services beside a machine or a container that tell it who it is. They are near, so it
/// waits 1 s for a connection and 1 s for a reply; no proxy could reach them, so it uses none. It
/// speaks plain http to every host: which of them may be trusted, the caller has to check.
std::shared_ptr<Transport> make_metadata_transport();

}  // namespace cloudkit::inline v0::http
