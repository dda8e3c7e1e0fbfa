#pragma once

#include "aws/s3/name_reader.h"
#include "codec/xml.h"

#include <cloudkit/object_types.h>

/// What the listings of objects and of versions have in common.
namespace cloudkit::inline v0::aws::s3 {

/// Key, size, time, ETag, storage class. Errors: `unknown` for what is none.
Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names);
}  // namespace cloudkit::inline v0::aws::s3
