#include "azure/blob/protocol_listing.h"

#include "azure/blob/errors.h"
#include "azure/blob/object_headers.h"
#include "codec/xml_reader.h"
#include "core/encode.h"
#include "core/list_pager.h"
#include "core/time.h"
#include "http/object/etag.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace cloudkit::inline v0::azure::blob {
namespace {

using codec::XmlReader;

// One entry as the reply writes it. Views of the reply.
struct WrittenEntry {
  bool is_prefix = false;
  std::optional<std::string_view> name = {};
  std::string_view encoded = {};
  std::string_view size = {};
  std::string_view modified = {};
  std::string_view etag = {};
  std::string_view tier = {};
  std::string_view tier_inferred = {};
  std::string_view resource_type = {};
  std::string_view version_id = {};
  std::string_view is_current = {};

  void note_property(std::string_view name_of, std::string_view text) noexcept {
    std::string_view* const field = name_of == "Content-Length"       ? &size
                                    : name_of == "Last-Modified"      ? &modified
                                    : name_of == "Etag"               ? &etag
                                    : name_of == "AccessTier"         ? &tier
                                    : name_of == "AccessTierInferred" ? &tier_inferred
                                    : name_of == "ResourceType"       ? &resource_type
                                                                      : nullptr;
    if (field != nullptr) *field = text;
  }
};

struct WrittenPage {
  std::vector<WrittenEntry> entries = {};
  std::string_view next_marker = {};
};

// Without a tree, which would be most of what a listing costs. EnumerationResults / Blobs / Blob / Properties.
class PageReader {
 public:
  explicit PageReader(std::string_view body) : reader_(body) {}

  Result<WrittenPage> read() {
    for (auto step = reader_.next(); step != XmlReader::Step::done; step = reader_.next()) {
      if (step == XmlReader::Step::failed) return reader_.error();
      if (step == XmlReader::Step::end) {
        end();
      } else if (!start()) {
        return unexpected_reply(
            fmt::format("expected EnumerationResults, the reply is {}", core::printable_excerpt(reader_.name(), 80)));
      }
    }
    return std::move(page_);
  }

 private:
  bool start() {
    switch (reader_.depth()) {
      case 1: return reader_.name() == "EnumerationResults";
      case 2: in_blobs_ = reader_.name() == "Blobs"; break;
      case 3:
        in_entry_ = in_blobs_ && (reader_.name() == "Blob" || reader_.name() == "BlobPrefix");
        if (in_entry_) page_.entries.emplace_back().is_prefix = reader_.name() == "BlobPrefix";
        break;
      case 4:
        in_properties_ = in_entry_ && reader_.name() == "Properties";
        if (in_entry_ && reader_.name() == "Name") page_.entries.back().encoded = reader_.attribute("Encoded");
        break;
      default: break;
    }
    return true;
  }

  void end() {
    if (reader_.depth() == 5 && in_properties_) page_.entries.back().note_property(reader_.name(), reader_.text());
    if (reader_.depth() == 4 && in_entry_) note(page_.entries.back());
    if (reader_.depth() == 2 && reader_.name() == "NextMarker") page_.next_marker = reader_.text();
  }

  void note(WrittenEntry& entry) {
    if (reader_.name() == "Name") entry.name = reader_.text();
    if (reader_.name() == "VersionId") entry.version_id = reader_.text();
    if (reader_.name() == "IsCurrentVersion") entry.is_current = reader_.text();
  }

  XmlReader reader_;
  WrittenPage page_;
  bool in_blobs_ = false;
  bool in_entry_ = false;
  bool in_properties_ = false;
};

Error bad_field(std::string_view field, std::string_view text, std::string_view key) {
  return unexpected_reply(fmt::format("the listing says {} \"{}\" of \"{}\"", field, core::printable_excerpt(text, 80),
                                      core::printable_excerpt(key, 200)));
}

Result<ListEntry> read_entry(const WrittenEntry& written) {
  auto name = read_name(written.name.value_or(""), written.encoded);
  if (!name) return std::move(name).error();
  if (name->empty()) return unexpected_reply("the listing has an entry without a name");
  ListEntry entry;
  entry.key = *std::move(name);
  entry.is_prefix = written.is_prefix;
  if (entry.is_prefix) return entry;
  const auto size = core::parse_u64(core::trim(written.size));
  if (!size) return bad_field("Content-Length", written.size, entry.key);
  entry.size = *size;
  if (!written.modified.empty()) {
    const auto time = core::parse_http_date(core::trim(written.modified));
    if (!time) return bad_field("Last-Modified", written.modified, entry.key);
    entry.modified = *time;
  }
  entry.token = http::token_of_etag(core::trim(written.etag));
  entry.storage_class = storage_class_of(core::trim(written.tier), core::trim(written.tier_inferred));
  return entry;
}

bool is_after(const ListEntry& entry, std::string_view start_after) noexcept {
  return entry.key > start_after || (entry.is_prefix && start_after.starts_with(entry.key));
}

}  // namespace

// A name with a character that XML cannot write.
Result<std::string> read_name(std::string_view text, std::string_view encoded) {
  if (encoded != "true") return std::string(text);
  auto name = core::percent_decode(text);
  if (!name) {
    return unexpected_reply(
        fmt::format("a name in the listing is badly encoded: {}", core::printable_excerpt(text, 200)));
  }
  return *std::move(name);
}

http::Request list_request(const Target& target, const ListPageRequest& page, Everything everything) {
  http::Request request = container_request(http::Method::get, target);
  request.query.emplace_back("comp", "list");
  request.query.emplace_back("maxresults", fmt::to_string(page.page_size));
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (!page.delimiter.empty()) request.query.emplace_back("delimiter", page.delimiter);
  if (!page.page_token.empty()) request.query.emplace_back("marker", page.page_token);
  // Inclusive, and with each page. A server that does not know it begins at the beginning. With a delimiter it could
  // leave out a prefix that holds more.
  if (!page.start_after.empty() && page.delimiter.empty()) request.query.emplace_back("startFrom", page.start_after);
  if (everything == Everything::yes) request.query.emplace_back("include", "snapshots,uncommittedblobs,versions");
  return request;
}

Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response) {
  PageReader reader(response.body);  // Owns what the page views.
  const auto written = reader.read();
  if (!written) return written.error();
  ListPage result;
  result.entries.reserve(written->entries.size());
  for (const WrittenEntry& item : written->entries) {
    // Accounts with directories list those as blobs of no bytes; they are no objects.
    // https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-namespace
    if (!item.is_prefix && item.resource_type == "directory") continue;
    auto entry = read_entry(item);
    if (!entry) return std::move(entry).error();
    if (page.start_after.empty() || is_after(*entry, page.start_after)) result.entries.push_back(*std::move(entry));
  }
  core::sort_by_key(result.entries);
  // Never by count: a page without any entry may have a next one.
  result.next_page_token = written->next_marker;
  if (!result.next_page_token.empty() && result.next_page_token == page.page_token) {
    return unexpected_reply("the listing goes on where it already was");
  }
  return result;
}

http::Request list_versions_request(const Target& target, const ListVersionsRequest& page,
                                    std::string_view service_token) {
  http::Request request = container_request(http::Method::get, target);
  request.query.emplace_back("comp", "list");
  request.query.emplace_back("include", "versions");
  request.query.emplace_back("maxresults", fmt::to_string(page.page_size));
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (!service_token.empty()) request.query.emplace_back("marker", service_token);
  if (!page.page_token.empty()) request.query.emplace_back("startFrom", page.page_token);
  return request;
}

// Without versions there is one of each blob, which has no id.
Result<VersionPage> parse_list_versions(const ListVersionsRequest& page, std::string_view service_token,
                                        const http::Response& response) {
  PageReader reader(response.body);
  const auto written = reader.read();
  if (!written) return written.error();
  VersionPage result;
  for (const WrittenEntry& item : written->entries) {
    if (item.is_prefix || item.resource_type == "directory") continue;
    auto entry = read_entry(item);
    if (!entry) return std::move(entry).error();
    if (entry->key < page.page_token) continue;
    VersionEntry version;
    version.key = std::move(entry->key);
    version.version_id = item.version_id.empty() ? kNoVersion : item.version_id;
    version.is_latest = item.version_id.empty() || core::equals_ignoring_case(core::trim(item.is_current), "true");
    version.size = entry->size;
    version.modified = entry->modified;
    version.token = std::move(entry->token);
    version.storage_class = std::move(entry->storage_class);
    result.entries.push_back(std::move(version));
  }
  result.next_page_token = written->next_marker;
  if (!result.next_page_token.empty() && result.next_page_token == service_token) {
    return unexpected_reply("the listing goes on where it already was");
  }
  return result;
}

// Their ids are times of one form. https://learn.microsoft.com/azure/storage/blobs/versioning-overview#version-id
bool is_newer(const VersionEntry& a, const VersionEntry& b) {
  if (a.is_latest != b.is_latest) return a.is_latest;
  if ((a.version_id == kNoVersion) != (b.version_id == kNoVersion)) return b.version_id == kNoVersion;
  return a.version_id > b.version_id;
}

}  // namespace cloudkit::inline v0::azure::blob
