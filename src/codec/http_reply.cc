#include "codec/http_reply.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::codec {
namespace {

bool belongs_to_connection(std::string_view name) {
  return core::is_framing_header(name) || core::equals_ignoring_case(name, "keep-alive") ||
         core::equals_ignoring_case(name, "upgrade");
}

Error bad_reply(std::string what) { return core::invalid_argument("the reply " + std::move(what)); }

}  // namespace

Result<HttpFields> reply_headers(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599) {
    return bad_reply(fmt::format("has the status {}, which is not from 200 to 599", response.status));
  }
  HttpFields fields;
  const auto add = [&](std::string_view name, std::string_view value) -> Status {
    if (!core::is_http_token(name) || !core::is_http_field_value(value)) {
      return bad_reply(fmt::format("has a header \"{}\" that HTTP does not have", core::printable_excerpt(name, 80)));
    }
    if (!belongs_to_connection(name)) fields.emplace_back(name, value);
    return {};
  };
  const bool names_type = std::any_of(response.headers.begin(), response.headers.end(), [](const auto& field) {
    return core::equals_ignoring_case(field.first, "content-type");
  });
  if (!names_type && !response.content_type.empty()) {
    if (auto added = add("content-type", response.content_type); !added) return std::move(added).error();
  }
  for (const auto& [name, value] : response.headers) {
    if (auto added = add(name, value); !added) return std::move(added).error();
  }
  for (const std::string& cookie : response.cookies) {
    if (!core::is_http_field_value(cookie)) return bad_reply("has a cookie with a control character");
  }
  return fields;
}

void append_cookies(HttpFields& cookies, std::string_view header) {
  while (!header.empty()) {
    const std::string_view pair = header.substr(0, header.find(';'));
    header.remove_prefix(std::min(pair.size() + 1, header.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = core::trim(pair.substr(0, equals));
    if (!name.empty()) cookies.emplace_back(name, core::trim(pair.substr(equals + 1)));
  }
}

std::string client_of(const HttpFields& headers) {
  // Some proxies add a field of their own instead of going on with the client's.
  const auto last = std::find_if(headers.rbegin(), headers.rend(),
                                 [](const auto& field) { return field.first == "x-forwarded-for"; });
  if (last == headers.rend()) return {};
  const std::string_view forwarded_for = last->second;
  const std::size_t comma = forwarded_for.rfind(',');
  return std::string(core::trim(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1)));
}

}  // namespace cloudkit::inline v0::codec
