#pragma once

#include "codec/xml.h"

#include <cloudkit/object_types.h>

#include <string>

/// `<TagSet><Tag><Key>…</Key><Value>…</Value></Tag></TagSet>`, as S3 and Azure write an object's tags.
namespace cloudkit::inline v0::http {

/// Errors: `unknown` where a tag is there twice, or has no name.
Result<Tags> read_tag_set(codec::XmlNode set);
std::string tag_set(const Tags& tags);

}  // namespace cloudkit::inline v0::http
