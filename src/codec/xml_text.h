#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::codec {

/// Appends a run of text as it reads: CR and CRLF as LF and, if asked for, references as what they stand for. A
/// reference to NUL, to a surrogate or above 0x10FFFF is none: returns where in `run` it is. Unknown names and a lonely
/// `&` stay as they are, for the sake of servers that do not escape their messages. Appends no more than `run` has.
std::optional<std::size_t> decode_xml_text(std::string_view run, bool decode_references, std::string& out);

/// `&`, `<`, `>`, `"` and what XML 1.0 must write as a number.
std::string xml_escape(std::string_view text);

}  // namespace cloudkit::inline v0::codec
