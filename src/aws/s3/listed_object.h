#pragma once

#include "aws/s3/name_reader.h"
#include "codec/xml.h"

#include <cloudkit/object_types.h>

#include <optional>
#include <string_view>

/// What the listings of objects and of versions have in common.
namespace cloudkit::inline v0::aws::s3 {

/// One object as the reply writes it. Views of the reply.
struct ListedFields {
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> size = {};
  std::optional<std::string_view> modified = {};
  std::optional<std::string_view> etag = {};
  std::optional<std::string_view> storage_class = {};

  /// Of several with one name the first counts; others than these are not looked at.
  void note(std::string_view name, std::string_view text) noexcept;
};

/// Key, size, time, ETag, storage class. Errors: `unknown` for what is none.
Status read_listed_object(const ListedFields& fields, const NameReader& names, ListEntry& entry);
Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names);

}  // namespace cloudkit::inline v0::aws::s3
