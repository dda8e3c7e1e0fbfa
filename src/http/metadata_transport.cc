#include "http/metadata_transport.h"

#include <chrono>

namespace cloudkit::inline v0::http {

TransportOptions metadata_transport_options(std::chrono::milliseconds first_byte) {
  TransportOptions options;
  options.connect_timeout = std::chrono::seconds(1);
  options.first_byte_timeout = first_byte;
  options.stall_timeout = std::chrono::seconds(1);
  options.allow_http = true;
  options.proxy = "none";
  return options;
}

std::shared_ptr<Transport> make_metadata_transport(std::chrono::milliseconds first_byte) {
  return make_curl_transport(metadata_transport_options(first_byte));
}

}  // namespace cloudkit::inline v0::http
