#include "aws/s3/listed_object.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "core/encode.h"
#include "core/time.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {

struct Fields {
  codec::XmlNode key, size, modified, etag, storage_class;
};

// In one walk: a look-up of each by its name would be most of what a listing costs.
Fields fields_of(codec::XmlNode node) {
  Fields fields;
  for (codec::XmlNode child = node.first_child(); child; child = child.next()) {
    const std::string_view name = child.name();
    codec::XmlNode* const field = name == "Key"            ? &fields.key
                                  : name == "Size"         ? &fields.size
                                  : name == "LastModified" ? &fields.modified
                                  : name == "ETag"         ? &fields.etag
                                  : name == "StorageClass" ? &fields.storage_class
                                                           : nullptr;
    if (field != nullptr && !*field) *field = child;
  }
  return fields;
}

}  // namespace

Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names) {
  const Fields fields = fields_of(node);
  auto key = names.read(fields.key);
  if (!key) return std::move(key).error();
  if (key->empty()) return unexpected_reply("the listing has an object without a key");
  ListEntry entry;
  entry.key = *std::move(key);
  if (fields.size) {
    const auto bytes = core::parse_u64(core::trim(fields.size.text()));
    if (!bytes) return bad_field(fields.size, entry.key);
    entry.size = *bytes;
  }
  if (fields.modified) {
    const auto time = core::parse_rfc3339(core::trim(fields.modified.text()));
    if (!time) return bad_field(fields.modified, entry.key);
    entry.modified = *time;
  }
  entry.token = token_of_etag(core::trim(fields.etag.text()));
  entry.storage_class = storage_class_of(core::trim(fields.storage_class.text()));
  return entry;
}

}  // namespace cloudkit::inline v0::aws::s3
