#include "aws/s3/listed_object.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "core/encode.h"
#include "core/time.h"

namespace cloudkit::inline v0::aws::s3 {

Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names) {
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

}  // namespace cloudkit::inline v0::aws::s3
