#include "azure/blob/protocol_containers.h"

#include "azure/blob/errors.h"
#include "codec/xml.h"
#include "core/encode.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {

http::Request create_container_request(const Target& container) {
  http::Request request = container_request(http::Method::put, container);
  // Repeated, it would meet its own container and call that a failure.
  request.idempotent = false;
  return request;
}

http::Request delete_container_request(const Target& container) {
  http::Request request = container_request(http::Method::remove, container);
  request.idempotent = false;
  return request;
}

http::Request head_container_request(const Target& container) {
  return container_request(http::Method::head, container);
}

http::Request list_containers_request(const Target& account, std::string_view page_token) {
  http::Request request = account_request(http::Method::get, account);
  request.query.emplace_back("comp", "list");
  if (!page_token.empty()) request.query.emplace_back("marker", page_token);
  return request;
}

Result<BucketPage> parse_list_containers(std::string_view page_token, const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "EnumerationResults" || !root.child("Containers")) {
    return unexpected_reply(fmt::format("expected EnumerationResults with Containers, the reply is {}",
                                        core::printable_excerpt(root.name(), 80)));
  }
  BucketPage page;
  for (codec::XmlNode node = root.child("Containers").first_child(); node; node = node.next()) {
    if (node.name() != "Container") continue;
    BucketEntry entry;
    entry.name = node.child("Name").text();
    if (entry.name.empty()) return unexpected_reply("the list of containers has one without a name");
    page.entries.push_back(std::move(entry));
  }
  page.next_page_token = root.child("NextMarker").text();
  if (!page.next_page_token.empty() && page.next_page_token == page_token) {
    return unexpected_reply("the list of containers goes on where it already was");
  }
  return page;
}

}  // namespace cloudkit::inline v0::azure::blob
