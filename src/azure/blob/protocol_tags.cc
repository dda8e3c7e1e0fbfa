#include "azure/blob/protocol_tags.h"

#include "azure/blob/errors.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "http/object/tag_set.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {
namespace {

Result<http::Request> tags_request(http::Method method, const Target& target, std::string_view key,
                                   std::string_view version_id) {
  auto request = blob_request(method, target, key);
  if (!request) return request;
  request->query.emplace_back("comp", "tags");
  add_version(*request, version_id);
  return request;
}

}  // namespace

Result<http::Request> get_tags_request(const Target& target, std::string_view key, std::string_view version_id) {
  return tags_request(http::Method::get, target, key, version_id);
}

Result<Tags> parse_tags(const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "Tags") {
    return unexpected_reply(fmt::format("expected Tags, the reply is {}", core::printable_excerpt(root.name(), 80)));
  }
  auto tags = http::read_tag_set(root.child("TagSet"));
  if (!tags) return unexpected_reply(tags.error().message);
  return tags;
}

std::string tags_body(const Tags& tags) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags>" + http::tag_set(tags) + "</Tags>";
}

Result<http::Request> set_tags_request(const Target& target, std::string_view key, std::string_view version_id,
                                       std::string_view body, const Digest& digest) {
  auto request = tags_request(http::Method::put, target, key, version_id);
  if (!request) return request;
  digest.add_to(request->headers);
  set_xml_body(*request, body);
  return request;
}

}  // namespace cloudkit::inline v0::azure::blob
