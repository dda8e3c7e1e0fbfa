#pragma once

#include <cloudkit/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::core {

/// The one URL encoder. Keeps `A-Z a-z 0-9 - . _ ~`, and `/` when asked; all else becomes %XX.
enum class Slash { keep, encode };
void percent_encode_to(std::string& out, std::string_view text, Slash slash);
std::string percent_encode(std::string_view text, Slash slash);
/// The same into a fixed buffer; returns the length, or nothing when it does not fit.
std::optional<std::size_t> percent_encode_into(std::span<char> out, std::string_view text, Slash slash);

/// Nothing for a `%` without two hex digits. `plus_is_space` for form coding.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Lower case.
void hex_encode_into(char* out, std::span<const unsigned char> bytes) noexcept;
std::string hex_encode(std::span<const unsigned char> bytes);
std::string base64_encode(std::span<const unsigned char> bytes);
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
/// For URLs and tokens, without padding. https://www.rfc-editor.org/rfc/rfc4648#section-5
std::string base64url_encode(std::string_view bytes);

bool is_valid_utf8(std::string_view text) noexcept;
/// How many bytes the first character has, as far as `text` is UTF-8; 1 to 4. `text` must not be empty.
std::size_t character_size(std::string_view text) noexcept;
/// Any byte below 0x20, or 0x7F.
bool has_control_character(std::string_view text) noexcept;
/// Puts a `?` for each of these, which would forge lines of a log, and for each of U+0080 to U+009F in UTF-8.
void mask_control_characters(std::string& text) noexcept;
/// What may be the name of a header: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
bool is_http_token(std::string_view text) noexcept;
/// What may be its value: no control character but the tab. https://www.rfc-editor.org/rfc/rfc9110#section-5.5
bool is_http_field_value(std::string_view text) noexcept;
/// A header that only the connection itself may set: how a message ends, and what becomes of the connection.
bool is_framing_header(std::string_view name) noexcept;
/// For excerpts in messages: printable ASCII, the rest as `?`, at most `limit` bytes.
std::string printable_excerpt(std::string_view text, std::size_t limit);

/// Makes "a, b, c" for messages, an item at a time.
void append_listed(std::string& list, std::string_view item);

/// A URL for messages: without its query, and without all else where it may hold credentials.
std::string shown_url(std::string_view url);

/// Digits only, no sign, no space; nothing on overflow.
std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text) noexcept;

}  // namespace cloudkit::inline v0::core
