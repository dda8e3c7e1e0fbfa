#include "aws/s3/protocol_tags.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_request.h"
#include "aws/s3/request.h"
#include "codec/xml.h"
#include "http/object/tag_set.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

Result<http::Request> tags_request(http::Method method, const Target& target, std::string_view key,
                                   std::string_view version_id) {
  auto request = object_request(method, target, key);
  if (!request) return request;
  request->query.emplace_back("tagging", "");
  if (!version_id.empty()) request->query.emplace_back("versionId", version_id);
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
  const codec::XmlNode set = root.child("TagSet");
  if (root.name() != "Tagging" || !set) {
    return unexpected_reply(fmt::format("expected Tagging with a TagSet, the reply is {}", root.name()));
  }
  auto tags = http::read_tag_set(set);
  if (!tags) return unexpected_reply(tags.error().message);
  return tags;
}

std::string tags_body(const Tags& tags) {
  if (tags.empty()) return {};
  return "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + http::tag_set(tags) + "</Tagging>";
}

Result<http::Request> set_tags_request(const Target& target, std::string_view key, std::string_view version_id,
                                       std::string_view body, const Quirks& quirks) {
  auto request = tags_request(body.empty() ? http::Method::remove : http::Method::put, target, key, version_id);
  if (request && !body.empty()) set_xml_body(*request, body, quirks);
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3
