#include "codec/http_event.h"
#include "codec/http_reply.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::codec {
namespace {

// The values of one name.
struct Grouped {
  std::string name;
  std::vector<std::string> values;
};

std::vector<Grouped> grouped(const HttpFields& fields) {
  std::vector<Grouped> groups;
  for (const auto& field : fields) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Grouped& group) {
      return core::equals_ignoring_case(group.name, field.first);
    });
    if (same != groups.end()) {
      same->values.push_back(field.second);
    } else {
      groups.push_back({field.first, {field.second}});
    }
  }
  return groups;
}

bool is_single(const Grouped& group) { return group.values.size() == 1; }

void write_single_headers(JsonWriter& json, const std::vector<Grouped>& groups, bool with_lists) {
  json.name("headers").begin_object();
  for (const Grouped& group : groups) {
    if (with_lists || is_single(group)) json.name(group.name).string(fmt::format("{}", fmt::join(group.values, ",")));
  }
  json.end_object();
}

void write_list_headers(JsonWriter& json, const std::vector<Grouped>& groups, bool with_singles) {
  json.name("multiValueHeaders").begin_object();
  for (const Grouped& group : groups) {
    if (!with_singles && is_single(group)) continue;
    json.name(group.name).begin_array();
    for (const std::string& value : group.values) json.string(value);
    json.end_array();
  }
  json.end_object();
}

void write_cookie_list(JsonWriter& json, const std::vector<std::string>& cookies) {
  json.name("cookies").begin_array();
  for (const std::string& cookie : cookies) json.string(cookie);
  json.end_array();
}

}  // namespace

void write_http_body(JsonWriter& json, std::string_view body) {
  const bool is_text = core::is_valid_utf8(body);
  json.name("body");
  if (is_text) {
    json.string(body);
  } else {
    json.string(core::base64_encode(body));
  }
  json.name("isBase64Encoded").boolean(!is_text);
}

Result<std::string> write_http_reply(HttpEventForm form, const HttpResponse& response) {
  auto fields = reply_headers(response);
  if (!fields) return std::move(fields).error();
  if (form != HttpEventForm::gateway_v2) {
    for (const std::string& cookie : response.cookies) fields->emplace_back("set-cookie", cookie);
  }
  const std::vector<Grouped> groups = grouped(*fields);
  JsonWriter json;
  json.begin_object().name("statusCode").number(response.status);
  switch (form) {
    case HttpEventForm::gateway_v1:
      write_single_headers(json, groups, false);
      write_list_headers(json, groups, false);
      break;
    case HttpEventForm::gateway_v2:
      write_single_headers(json, groups, true);
      write_cookie_list(json, response.cookies);
      break;
    case HttpEventForm::load_balancer:
      // Joined, cookies would be something else: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
      if (response.cookies.size() > 1) {
        return core::unsupported("a load balancer takes one cookie in a reply",
                                 "switch multi-value headers on in its target group");
      }
      write_single_headers(json, groups, true);
      break;
    case HttpEventForm::load_balancer_lists: write_list_headers(json, groups, true); break;
  }
  write_http_body(json, response.body);
  return json.end_object().finish();
}

}  // namespace cloudkit::inline v0::codec
