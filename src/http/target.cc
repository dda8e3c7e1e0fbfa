#include <cloudkit/driver/http.h>

#include "core/encode.h"

namespace cloudkit::inline v0::http {
namespace {

void append_path(std::string& out, const Request& request) {
  if (!request.encoded_path.empty()) {
    out += request.encoded_path;
  } else if (request.path.empty()) {
    out += '/';
  } else {
    core::percent_encode_to(out, request.path, core::Slash::keep);
  }
}

}  // namespace

std::string encode_target(const Request& request) {
  std::string out;
  out.reserve(request.path.size() + 64);
  append_path(out, request);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    out += separator;
    separator = '&';
    core::percent_encode_to(out, name, core::Slash::encode);
    out += '=';
    core::percent_encode_to(out, value, core::Slash::encode);
  }
  return out;
}

std::string redacted_url(const Request& request) {
  std::string out = request.scheme + "://" + request.host;
  append_path(out, request);
  // Any parameter may be a credential of some service, so none is shown.
  if (!request.query.empty()) out += "?...";
  return out;
}

}  // namespace cloudkit::inline v0::http
