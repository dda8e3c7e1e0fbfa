#include "gcp/gcs/session_transport.h"

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

// Begins a session, or is about one.
bool is_of_session(const http::Request& request) {
  return std::any_of(request.query.begin(), request.query.end(), [](const auto& item) {
    return item.first == "upload_id" || (item.first == "uploadType" && item.second == "resumable");
  });
}

}  // namespace

// No request of a session has a receiver, which would be shown the reply before this.
http::Exchange SessionTransport::send(const http::Request& request, http::BodyReceiver* receiver,
                                      const Context& context) {
  http::Exchange exchange = inner_->send(request, receiver, context);
  if (is_of_session(request)) exchange.response.headers.remove("x-guploader-uploadid");
  return exchange;
}

}  // namespace cloudkit::inline v0::gcp::gcs
