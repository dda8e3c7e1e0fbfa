#include "aws/s3/protocol_listing.h"

#include "aws/s3/errors.h"
#include "aws/s3/listed_object.h"
#include "aws/s3/request.h"
#include "codec/xml_reader.h"
#include "core/encode.h"
#include "core/list_pager.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace cloudkit::inline v0::aws::s3 {
namespace {

using codec::XmlReader;

// A page as the reply writes it: only at its end is it sure whether names are encoded.
struct WrittenPage {
  std::vector<ListedFields> objects = {};
  std::vector<std::optional<std::string_view>> prefixes = {};
  std::optional<std::string_view> encoding_type = {};
  std::optional<std::string_view> is_truncated = {};
  std::optional<std::string_view> continuation_token = {};
  std::optional<std::string_view> marker = {};

  // Of several with one name the first counts.
  void note(std::string_view name, std::string_view text) noexcept {
    std::optional<std::string_view>* const field = name == "IsTruncated"             ? &is_truncated
                                                   : name == "NextContinuationToken" ? &continuation_token
                                                   : name == "NextMarker"            ? &marker
                                                   : name == "EncodingType"          ? &encoding_type
                                                                                     : nullptr;
    if (field != nullptr && !*field) *field = text;
  }
};

// Without a tree, which would be most of what a listing costs.
Status read_page(XmlReader& reader, WrittenPage& page) {
  bool in_object = false;
  bool in_prefix = false;
  for (auto step = reader.next(); step != XmlReader::Step::done; step = reader.next()) {
    if (step == XmlReader::Step::failed) return reader.error();
    const bool starts = step == XmlReader::Step::start;
    if (starts && reader.depth() == 1 && reader.name() != "ListBucketResult") {
      return unexpected_reply(fmt::format("expected ListBucketResult, the reply is {}", reader.name()));
    }
    if (starts && reader.depth() == 2) {
      in_object = reader.name() == "Contents";
      in_prefix = reader.name() == "CommonPrefixes";
      if (in_object) page.objects.emplace_back();
      if (in_prefix) page.prefixes.emplace_back();
    }
    if (starts) continue;
    if (reader.depth() == 3 && in_object) page.objects.back().note(reader.name(), reader.text());
    if (reader.depth() == 3 && in_prefix && reader.name() == "Prefix" && !page.prefixes.back()) {
      page.prefixes.back() = reader.text();
    }
    if (reader.depth() == 2 && !in_object && !in_prefix) page.note(reader.name(), reader.text());
  }
  return {};
}

Result<ListEntry> read_prefix(std::string_view text, const NameReader& names) {
  auto prefix = names.read(text);
  if (!prefix) return std::move(prefix).error();
  if (prefix->empty()) return unexpected_reply("the listing has an empty common prefix");
  ListEntry entry;
  entry.key = *std::move(prefix);
  entry.is_prefix = true;
  return entry;
}

// Where the next page begins: of ListObjects after the last entry. NextMarker says the same, where it is there, but is
// URL-encoded with the keys at AWS and never by radosgw 16.2.
Result<std::string> continuation(const WrittenPage& written, const NameReader& names, const ListPage& page,
                                 Listing listing) {
  // Opaque, and never URL-encoded.
  if (listing == Listing::v2) return std::string(written.continuation_token.value_or(""));
  if (!page.entries.empty()) return page.entries.back().key;
  return names.read(written.marker.value_or(""));
}

// Never by count: a truncated page without any key is legal, and so is a full last one.
Result<std::string> next_token(const WrittenPage& written, const std::string& current, Result<std::string> next) {
  const std::string_view truncated = core::trim(written.is_truncated.value_or(""));
  if (truncated.empty() || truncated == "false") return std::string();
  if (truncated != "true") return bad_field("IsTruncated", *written.is_truncated, "the page");
  if (!next) return next;
  if (next->empty()) return unexpected_reply("the listing goes on, but does not say where");
  if (*next == current) return unexpected_reply("the listing goes on where it already was");
  return next;
}

}  // namespace

http::Request list_request(const Target& target, const ListPageRequest& page, const Quirks& quirks) {
  const bool v2 = quirks.listing == Listing::v2;
  http::Request request = bucket_request(http::Method::get, target);
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
  XmlReader reader(response.body);
  WrittenPage written;
  written.objects.reserve(static_cast<std::size_t>(std::clamp(page.page_size, 0, 1000)));
  if (auto read = read_page(reader, written); !read) return std::move(read).error();
  const NameReader names(written.encoding_type.value_or(""));
  ListPage result;
  result.entries.reserve(written.objects.size() + written.prefixes.size());
  for (const ListedFields& fields : written.objects) {
    if (auto read = read_listed_object(fields, names, result.entries.emplace_back()); !read) {
      return std::move(read).error();
    }
  }
  for (const auto& text : written.prefixes) {
    auto entry = read_prefix(text.value_or(""), names);
    if (!entry) return std::move(entry).error();
    result.entries.push_back(*std::move(entry));
  }
  core::sort_by_key(result.entries);
  auto next = next_token(written, page.page_token, continuation(written, names, result, quirks.listing));
  if (!next) return std::move(next).error();
  result.next_page_token = *std::move(next);
  return result;
}

}  // namespace cloudkit::inline v0::aws::s3
