#include "aws/s3/listed_object.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "core/encode.h"
#include "core/time.h"

namespace cloudkit::inline v0::aws::s3 {

void ListedFields::note(std::string_view name, std::string_view text) noexcept {
  std::optional<std::string_view>* const field = name == "Key"            ? &key
                                                 : name == "Size"         ? &size
                                                 : name == "LastModified" ? &modified
                                                 : name == "ETag"         ? &etag
                                                 : name == "StorageClass" ? &storage_class
                                                                          : nullptr;
  if (field != nullptr && !*field) *field = text;
}

Status read_listed_object(const ListedFields& fields, const NameReader& names, ListEntry& entry) {
  auto key = names.read(fields.key.value_or(""));
  if (!key) return std::move(key).error();
  if (key->empty()) return unexpected_reply("the listing has an object without a key");
  entry.key = *std::move(key);
  if (fields.size) {
    const auto bytes = core::parse_u64(core::trim(*fields.size));
    if (!bytes) return bad_field("Size", *fields.size, entry.key);
    entry.size = *bytes;
  }
  if (fields.modified) {
    const auto time = core::parse_rfc3339(core::trim(*fields.modified));
    if (!time) return bad_field("LastModified", *fields.modified, entry.key);
    entry.modified = *time;
  }
  entry.token = token_of_etag(core::trim(fields.etag.value_or("")));
  entry.storage_class = storage_class_of(core::trim(fields.storage_class.value_or("")));
  return {};
}

Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names) {
  ListedFields fields;
  // In one walk: a look-up of each by its name would be most of what a listing costs.
  for (codec::XmlNode child = node.first_child(); child; child = child.next()) fields.note(child.name(), child.text());
  ListEntry entry;
  if (auto read = read_listed_object(fields, names, entry); !read) return std::move(read).error();
  return entry;
}

}  // namespace cloudkit::inline v0::aws::s3
