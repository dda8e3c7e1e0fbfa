#pragma once

#include <cloudkit/result.h>

#include <string_view>

#include "codec/xml.h"

namespace cloudkit::inline v0::codec {

struct XmlScan {
  /// Some element has its text in several pieces, between comments, CDATA or elements.
  bool split_text = false;
};

/// Refuses, in one pass that allocates next to nothing, what pugixml would take or would spend
/// much memory on. Never counts fewer nodes than pugixml will make; does not replace it: names,
/// attributes and matching end tags are its work.
Result<XmlScan> scan_xml(std::string_view text, const XmlLimits& limits);

}  // namespace cloudkit::inline v0::codec
