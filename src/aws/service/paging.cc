#include "aws/service/paging.h"

#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::service {
namespace {

// "a.b" is a, and b is left.
std::string_view take_step(std::string_view& path) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const std::string_view step = path.substr(0, dot);
  path.remove_prefix(std::min(dot + 1, path.size()));
  return step;
}

Error unreadable(const Error& why) {
  return core::fail(ErrorCode::unknown,
                    fmt::format("the reply does not say whether there are more pages: {}", why.message));
}

// EC2 says with an empty text that there is no more, DynamoDB with nothing.
bool is_end(const codec::JsonValue& token) { return token.is_null() || token.as_string() == ""; }

Result<std::optional<codec::JsonValue>> token_in_json(std::string_view body, std::string_view path) {
  // As many as fit: a page of DynamoDB is 1 MB, and may be all small numbers.
  auto document =
      codec::JsonValue::parse(body, {.max_size = std::size_t{16} << 20, .max_values = std::size_t{16} << 20});
  if (!document) return unreadable(document.error());
  const codec::JsonValue* place = &*document;
  while (!path.empty()) place = &place->find(take_step(path));
  if (is_end(*place)) return std::optional<codec::JsonValue>();
  return std::optional(*place);
}

Result<std::optional<codec::JsonValue>> token_in_xml(std::string_view body, std::string_view path) {
  const auto document = codec::XmlDocument::parse(body);
  if (!document) return unreadable(document.error());
  codec::XmlNode place = document->root();
  while (!path.empty()) place = place.child(take_step(path));
  const std::string_view text = core::trim(place.text());
  if (text.empty()) return std::optional<codec::JsonValue>();
  auto quoted = codec::JsonWriter().string(text).finish();
  if (!quoted) return unreadable(quoted.error());
  auto token = codec::JsonValue::parse(*quoted);
  if (!token) return unreadable(token.error());
  return std::optional(*std::move(token));
}

// The body's members, but with this one.
Result<std::string> with_member(std::string_view body, std::string_view name, const codec::JsonValue& token) {
  auto object = codec::JsonValue::parse(body.empty() ? "{}" : body);
  if (!object || !object->is_object()) return core::invalid_argument("the body of the call is no JSON object");
  codec::JsonWriter writer;
  writer.begin_object();
  for (const codec::JsonMember& member : object->members()) {
    if (member.name != name) writer.name(member.name).value(member.value);
  }
  return writer.name(name).value(token).end_object().finish();
}

}  // namespace

Result<std::optional<codec::JsonValue>> next_token(ServiceProtocol protocol, std::string_view body,
                                                   std::string_view path) {
  return protocol == ServiceProtocol::query ? token_in_xml(body, path) : token_in_json(body, path);
}

Result<ServiceCall> with_token(ServiceProtocol protocol, ServiceCall call, std::string_view name,
                               const codec::JsonValue& token) {
  if (protocol == ServiceProtocol::json) {
    auto body = with_member(call.body, name, token);
    if (!body) return std::move(body).error();
    call.body = *std::move(body);
    return call;
  }
  const auto text = token.as_string();
  if (!text) return core::fail(ErrorCode::unknown, "the token of the next page is no text");
  std::erase_if(call.parameters, [&](const auto& parameter) { return parameter.first == name; });
  call.parameters.emplace_back(name, *text);
  return call;
}

}  // namespace cloudkit::inline v0::aws::service
