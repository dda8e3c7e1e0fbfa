#include "aws/service/reply.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/request_id.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::service {
namespace {

// A page of fifty functions, each with its environment of 4 KB, has some 400 KB.
constexpr codec::JsonLimits kJsonReply = {.max_size = std::size_t{16} << 20};
constexpr codec::XmlLimits kXmlReply = {.max_size = std::size_t{16} << 20};

}  // namespace

Error unexpected_reply(std::string_view what, const http::Response& response) {
  Error error = core::fail(ErrorCode::unknown, fmt::format("the reply is not one of this service: {}", what),
                           "is the endpoint the right one?");
  error.http_status = response.status;
  error.attempts = response.attempts;
  error.request_id = http::request_id_of(response.headers);
  return error;
}

Result<codec::JsonValue> read_json(const http::Response& response) {
  if (core::trim(response.body).empty()) return codec::JsonValue();
  auto value = codec::JsonValue::parse(response.body, kJsonReply);
  if (!value) return unexpected_reply(value.error().message, response);
  return value;
}

Result<codec::XmlDocument> read_xml(const http::Response& response, std::string_view root) {
  auto document = codec::XmlDocument::parse(response.body, kXmlReply);
  if (!document) return unexpected_reply(document.error().message, response);
  if (document->root().name() == root) return document;
  return unexpected_reply(
      fmt::format("expected {}, it is {}", root, core::printable_excerpt(document->root().name(), 80)), response);
}

std::string text_of(codec::XmlNode node) { return std::string(core::trim(node.text())); }

std::string text_at(const codec::JsonValue& object, std::string_view name) {
  return std::string(object.find(name).as_string().value_or(""));
}

std::map<std::string, std::string> texts_at(const codec::JsonValue& object, std::string_view name) {
  std::map<std::string, std::string> texts;
  for (const codec::JsonMember& member : object.find(name).members()) {
    if (const auto text = member.value.as_string()) texts.emplace(member.name, *text);
  }
  return texts;
}

}  // namespace cloudkit::inline v0::aws::service
