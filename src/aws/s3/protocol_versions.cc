#include "aws/s3/protocol_versions.h"

#include "aws/s3/errors.h"
#include "aws/s3/listed_object.h"
#include "aws/s3/object_request.h"
#include "aws/s3/request.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

// The place after which a page begins. S3 needs both; as one text they are a page token.
struct Marker {
  std::string key = {};
  std::string version_id = {};
};

std::string token_of(const Marker& marker) {
  return fmt::format("{}&{}", core::percent_encode(marker.key, core::Slash::keep), marker.version_id);
}

Result<Marker> marker_of(std::string_view token) {
  const std::size_t end = token.find('&');
  auto key = core::percent_decode(token.substr(0, end));
  if (end == std::string_view::npos || !key || key->empty()) {
    return core::invalid_argument("the page token is not one of this backend",
                                  "pass VersionPage::next_page_token unchanged");
  }
  return Marker{*std::move(key), std::string(token.substr(end + 1))};
}

Result<VersionEntry> read_version(codec::XmlNode node, const NameReader& names) {
  auto object = read_listed_object(node, names);
  if (!object) return std::move(object).error();
  VersionEntry entry;
  entry.key = std::move(object->key);
  entry.size = object->size;
  entry.modified = object->modified;
  entry.token = std::move(object->token);
  entry.storage_class = std::move(object->storage_class);
  entry.version_id = core::trim(node.child("VersionId").text());
  entry.is_delete_marker = node.name() == "DeleteMarker";
  if (entry.version_id.empty()) {
    return unexpected_reply(
        fmt::format("the listing has no version of \"{}\"", core::printable_excerpt(entry.key, 200)));
  }
  const auto is_latest = read_flag(node, "IsLatest", entry.key);
  if (!is_latest.has_value()) return is_latest.error();
  entry.is_latest = *is_latest;
  return entry;
}

// radosgw 16.2 encodes all names but this one. It is the last key of the page: that tells.
Result<std::string> read_next_key(codec::XmlNode root, const NameReader& names, std::string_view last) {
  const codec::XmlNode node = root.child("NextKeyMarker");
  if (!last.empty() && node.text() == last) return std::string(last);
  return names.read(node);
}

// Never by count: a truncated page without any entry is legal, and so is a full last one.
Result<std::string> next_token(codec::XmlNode root, const NameReader& names, std::string_view last,
                               const std::string& current) {
  const auto truncated = read_flag(root, "IsTruncated", "the page");
  if (!truncated.has_value()) return truncated.error();
  if (!*truncated) return std::string();
  auto key = read_next_key(root, names, last);
  if (!key) return std::move(key).error();
  if (key->empty()) return unexpected_reply("the listing goes on, but does not say where");
  std::string next = token_of({*std::move(key), std::string(core::trim(root.child("NextVersionIdMarker").text()))});
  if (next == current) return unexpected_reply("the listing goes on where it already was");
  return next;
}

// The order of S3's replies: by key, the latest version first. Some servers list versions first and
// delete markers after them.
bool is_ordered(const std::vector<VersionEntry>& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].key < entries[i - 1].key) return false;
    if (entries[i].key == entries[i - 1].key && entries[i].is_latest) return false;
  }
  return true;
}

void put_in_order(std::vector<VersionEntry>& entries) {
  // std::string compares as unsigned bytes, as UTF-8 sorts.
  std::stable_sort(entries.begin(), entries.end(), [](const VersionEntry& a, const VersionEntry& b) {
    if (a.key != b.key) return a.key < b.key;
    if (a.is_latest != b.is_latest) return a.is_latest;
    if (a.modified != b.modified) return a.modified > b.modified;
    return a.is_delete_marker && !b.is_delete_marker;  // Their times are of whole seconds there.
  });
}

}  // namespace

Result<http::Request> list_versions_request(const Target& target, const ListVersionsRequest& page,
                                            const Quirks& quirks) {
  http::Request request = bucket_request(http::Method::get, target);
  request.query.emplace_back("versions", "");
  // XML 1.0 cannot write control characters, which keys may hold.
  if (quirks.encoded_listing) request.query.emplace_back("encoding-type", "url");
  request.query.emplace_back("max-keys", fmt::to_string(page.page_size));
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (page.page_token.empty()) return request;
  auto marker = marker_of(page.page_token);
  if (!marker) return std::move(marker).error();
  request.query.emplace_back("key-marker", std::move(marker->key));
  if (!marker->version_id.empty()) request.query.emplace_back("version-id-marker", std::move(marker->version_id));
  return request;
}

Result<VersionPage> parse_list_versions(const ListVersionsRequest& page, const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "ListVersionsResult") {
    return unexpected_reply(fmt::format("expected ListVersionsResult, the reply is {}", root.name()));
  }
  const NameReader names(root);
  VersionPage result;
  for (codec::XmlNode node = root.first_child(); node; node = node.next()) {
    if (node.name() != "Version" && node.name() != "DeleteMarker") continue;
    auto entry = read_version(node, names);
    if (!entry) return std::move(entry).error();
    result.entries.push_back(*std::move(entry));
  }
  const std::string_view last = result.entries.empty() ? std::string_view() : result.entries.back().key;
  auto next = next_token(root, names, last, page.page_token);
  if (!next) return std::move(next).error();
  result.next_page_token = *std::move(next);
  if (!is_ordered(result.entries)) put_in_order(result.entries);
  return result;
}

Result<http::Request> remove_version_request(const Target& target, std::string_view key, std::string_view version_id) {
  if (version_id.empty()) return core::invalid_argument("the version is empty");
  auto request = object_request(http::Method::remove, target, key);
  if (request) request->query.emplace_back("versionId", version_id);
  return request;
}

std::string versioning_body() {
  return "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status>"
         "</VersioningConfiguration>";
}

http::Request set_versioning_request(const Target& target, std::string_view body, const Quirks& quirks) {
  http::Request request = bucket_request(http::Method::put, target);
  request.query.emplace_back("versioning", "");
  set_xml_body(request, body, quirks);
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3
