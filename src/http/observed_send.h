#pragma once

#include <cloudkit/driver/http.h>

namespace cloudkit::inline v0::http {

/// The attempt with this number, of which the observer, if there is one, hears.
Exchange observed_send(Transport& transport, const Request& request, BodyReceiver* receiver, const Context& context,
                       int number);

}  // namespace cloudkit::inline v0::http
