#include "aws/s3/protocol_listing.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

// Reads names as the reply writes them: form-coded only where it says so, which some servers do
// not, though they were asked to.
class NameReader {
 public:
  explicit NameReader(codec::XmlNode root) : encoded_(core::trim(root.child("EncodingType").text()) == "url") {}

  Result<std::string> read(codec::XmlNode node) const {
    if (!encoded_) return std::string(node.text());
    auto name = core::percent_decode(node.text(), true);
    if (!name) {
      return unexpected_reply(
          fmt::format("a key in the listing is badly encoded: {}", core::printable_excerpt(node.text(), 200)));
    }
    return *std::move(name);
  }

 private:
  bool encoded_;
};

Error bad_field(codec::XmlNode field, std::string_view key) {
  return unexpected_reply(fmt::format("the listing says {} \"{}\" of \"{}\"", field.name(),
                                      core::printable_excerpt(field.text(), 80), core::printable_excerpt(key, 200)));
}

Result<ListEntry> read_object(codec::XmlNode node, const NameReader& names) {
  auto key = names.read(node.child("Key"));
  if (!key) return std::move(key).error();
  if (key->empty()) return unexpected_reply("the listing has an object without a key");
  ListEntry entry;
  entry.key = *std::move(key);
  if (const auto size = node.child("Size")) {
    const auto bytes = core::parse_u64(core::trim(size.text()));
    if (!bytes) return bad_field(size, entry.key);
    entry.size = *bytes;
  }
  if (const auto modified = node.child("LastModified")) {
    const auto time = core::parse_rfc3339(core::trim(modified.text()));
    if (!time) return bad_field(modified, entry.key);
    entry.modified = *time;
  }
  entry.token = token_of_etag(core::trim(node.child("ETag").text()));
  entry.storage_class = storage_class_of(core::trim(node.child("StorageClass").text()));
  return entry;
}

Result<ListEntry> read_prefix(codec::XmlNode node, const NameReader& names) {
  auto prefix = names.read(node.child("Prefix"));
  if (!prefix) return std::move(prefix).error();
  if (prefix->empty()) return unexpected_reply("the listing has an empty common prefix");
  ListEntry entry;
  entry.key = *std::move(prefix);
  entry.is_prefix = true;
  return entry;
}

// Where the next page begins: of ListObjects after the last entry. NextMarker says the same, where it is there, but is
// URL-encoded with the keys at AWS and never by radosgw 16.2.
Result<std::string> continuation(codec::XmlNode root, const NameReader& names, const ListPage& page, Listing listing) {
  // Opaque, and never URL-encoded.
  if (listing == Listing::v2) return std::string(root.child("NextContinuationToken").text());
  if (!page.entries.empty()) return page.entries.back().key;
  return names.read(root.child("NextMarker"));
}

// Never by count: a truncated page without any key is legal, and so is a full last one.
Result<std::string> next_token(codec::XmlNode root, const std::string& current, Result<std::string> next) {
  const std::string_view truncated = core::trim(root.child("IsTruncated").text());
  if (truncated.empty() || truncated == "false") return std::string();
  if (truncated != "true") return bad_field(root.child("IsTruncated"), "the page");
  if (!next) return next;
  if (next->empty()) return unexpected_reply("the listing goes on, but does not say where");
  if (*next == current) return unexpected_reply("the listing goes on where it already was");
  return next;
}

}  // namespace

http::Request list_request(const Target& target, const ListPageRequest& page, const Quirks& quirks) {
  const bool v2 = quirks.listing == Listing::v2;
  http::Request request;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path.empty() ? "/" : target.path;
  if (v2) request.query.emplace_back("list-type", "2");
  // XML 1.0 cannot write control characters, which keys may hold.
  if (quirks.encoded_listing) request.query.emplace_back("encoding-type", "url");
  request.query.emplace_back("max-keys", fmt::to_string(page.page_size));
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (!page.delimiter.empty()) request.query.emplace_back("delimiter", page.delimiter);
  if (!page.page_token.empty()) {
    request.query.emplace_back(v2 ? "continuation-token" : "marker", page.page_token);
  } else if (!page.start_after.empty()) {
    request.query.emplace_back(v2 ? "start-after" : "marker", page.start_after);
  }
  return request;
}

Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response, const Quirks& quirks) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "ListBucketResult") {
    return unexpected_reply(fmt::format("expected ListBucketResult, the reply is {}", root.name()));
  }
  const NameReader names(root);
  ListPage result;
  for (codec::XmlNode node = root.first_child(); node; node = node.next()) {
    const bool is_object = node.name() == "Contents";
    if (!is_object && node.name() != "CommonPrefixes") continue;
    auto entry = is_object ? read_object(node, names) : read_prefix(node, names);
    if (!entry) return std::move(entry).error();
    result.entries.push_back(*std::move(entry));
  }
  // Objects come first, then prefixes; std::string compares as unsigned bytes, as UTF-8 sorts.
  const auto by_key = [](const ListEntry& a, const ListEntry& b) { return a.key < b.key; };
  if (!std::is_sorted(result.entries.begin(), result.entries.end(), by_key)) {
    std::sort(result.entries.begin(), result.entries.end(), by_key);
  }
  auto next = next_token(root, page.page_token, continuation(root, names, result, quirks.listing));
  if (!next) return std::move(next).error();
  result.next_page_token = *std::move(next);
  return result;
}

}  // namespace cloudkit::inline v0::aws::s3
