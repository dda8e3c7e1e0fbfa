#include "core/encode.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cloudkit::inline v0::core {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using ByteSet = std::array<bool, 256>;

constexpr ByteSet alphanumeric_and(std::string_view others) {
  ByteSet table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr ByteSet kKeptWithSlash = alphanumeric_and("-._~/");
constexpr ByteSet kKeptWithoutSlash = alphanumeric_and("-._~");
constexpr ByteSet kTokenBytes = alphanumeric_and("!#$%&'*+-.^_`|~");

const ByteSet& kept(Slash slash) noexcept { return slash == Slash::keep ? kKeptWithSlash : kKeptWithoutSlash; }

bool is_all_in(std::string_view text, const ByteSet& set) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

bool is_control_character(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// U+0080 to U+009F in UTF-8, which terminals obey as they do escape sequences.
bool is_c1_at(std::string_view text, std::size_t i) noexcept {
  if (text.size() - i < 2 || text[i] != '\xC2') return false;
  const auto second = static_cast<unsigned char>(text[i + 1]);
  return second >= 0x80 && second < 0xA0;
}

constexpr std::array<signed char, 256> make_base64_values() {
  std::array<signed char, 256> table{};
  for (auto& value : table) value = -1;
  for (int i = 0; i < 64; ++i) table[static_cast<unsigned char>(kBase64[i])] = static_cast<signed char>(i);
  return table;
}
constexpr auto kBase64Values = make_base64_values();

// Calls `put` with each byte of the encoded text, until it answers false.
template <class Put>
bool encode_each(std::string_view text, const ByteSet& kept, Put put) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kept[byte]) {
      if (!put(c)) return false;
    } else if (!put('%') || !put(kUpperHex[byte >> 4]) || !put(kUpperHex[byte & 15])) {
      return false;
    }
  }
  return true;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// USER:PASSWORD@HOST, of which a '/' or a '?' in the password may have hidden the rest; else a login is USER@HOST:PORT.
bool login_may_hold_secret(std::string_view url, std::size_t colon) {
  const std::size_t at = url.rfind('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) return false;
  const std::string_view behind = url.substr(colon + 1);
  const std::string_view port = behind.substr(0, behind.find_first_of("/?"));
  const bool user_is_before = url.substr(0, colon).find('@') != std::string_view::npos;
  return !user_is_before || !parse_u64(port);
}

}  // namespace

void percent_encode_to(std::string& out, std::string_view text, Slash slash) {
  const ByteSet& as_is = kept(slash);
  if (is_all_in(text, as_is)) {  // As most of what is encoded is.
    out += text;
    return;
  }
  encode_each(text, as_is, [&](char c) {
    out.push_back(c);
    return true;
  });
}

std::string percent_encode(std::string_view text, Slash slash) {
  std::string out;
  out.reserve(text.size() + 8);
  percent_encode_to(out, text, slash);
  return out;
}

std::optional<std::size_t> percent_encode_into(std::span<char> out, std::string_view text, Slash slash) {
  const ByteSet& as_is = kept(slash);
  if (text.size() <= out.size() && is_all_in(text, as_is)) {
    std::copy(text.begin(), text.end(), out.data());
    return text.size();
  }
  std::size_t used = 0;
  const bool fits = encode_each(text, as_is, [&](char c) {
    if (used == out.size()) return false;
    out[used++] = c;
    return true;
  });
  if (!fits) return std::nullopt;
  return used;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  // Most keys of a listing have nothing to decode.
  std::size_t plain = std::min(text.find('%'), text.size());
  if (plus_is_space) plain = std::min(text.find('+'), plain);
  std::string out(text.substr(0, plain));
  if (plain == text.size()) return out;
  out.reserve(text.size());
  for (std::size_t i = plain; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

void hex_encode_into(char* out, std::span<const unsigned char> bytes) noexcept {
  // Computed, not looked up: so the compiler does sixteen at a time.
  const auto digit = [](unsigned nibble) { return static_cast<char>(nibble + '0' + (nibble > 9 ? 'a' - '9' - 1 : 0)); };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = digit(bytes[i] >> 4);
    out[2 * i + 1] = digit(bytes[i] & 15U);
  }
}

std::string hex_encode(std::span<const unsigned char> bytes) {
  std::string out(bytes.size() * 2, '\0');
  hex_encode_into(out.data(), bytes);
  return out;
}

std::string base64_encode(std::span<const unsigned char> bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned triple = 0;
    for (std::size_t k = 0; k < 3; ++k) triple = triple << 8 | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? kBase64[triple >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

std::string base64_encode(std::string_view bytes) {
  return base64_encode(std::span(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = !last ? 0 : text[i + 2] == '=' && text[i + 3] == '=' ? 2 : text[i + 3] == '=' ? 1 : 0;
    unsigned quad = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k >= 4 - padding ? 0 : kBase64Values[static_cast<unsigned char>(text[i + k])];
      if (value < 0) return std::nullopt;
      quad = quad << 6 | static_cast<unsigned>(value);
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) out.push_back(static_cast<char>(quad >> (16 - 8 * k) & 255));
  }
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  std::string out = base64_encode(bytes);
  out.erase(std::min(out.find('='), out.size()));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

bool is_valid_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : (lead & 0xF0) == 0xE0       ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || text.size() - i < length) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

std::size_t character_size(std::string_view text) noexcept {
  const std::size_t most = std::min<std::size_t>(text.size(), 4);
  std::size_t size = 1;
  while (size < most && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return size;
}

bool has_control_character(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), is_control_character);
}

void mask_control_characters(std::string& text) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_c1 = is_c1_at(text, i);
    text[size++] = is_c1 || is_control_character(text[i]) ? '?' : text[i];
    if (is_c1) ++i;
  }
  text.resize(size);
}

bool is_http_token(std::string_view text) noexcept { return !text.empty() && is_all_in(text, kTokenBytes); }

bool is_http_field_value(std::string_view text) noexcept {
  // Without an early end, and in bytes, so that the compiler looks at many at once: each header passes here.
  unsigned char bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad = static_cast<unsigned char>(bad | ((byte < 0x20) & (byte != '\t')) | (byte == 0x7F));
  }
  return bad == 0;
}

bool is_framing_header(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> kFraming = {"Content-Length", "Transfer-Encoding", "Trailer", "Connection"};
  return std::any_of(kFraming.begin(), kFraming.end(),
                     [name](std::string_view header) { return equals_ignoring_case(header, name); });
}

std::string printable_excerpt(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte > 0x7E) c = '?';
  }
  return out;
}

void append_listed(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

std::string shown_url(std::string_view url) {
  const std::string_view plain = url.substr(0, url.find('?'));
  const std::size_t scheme = plain.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  // KEY:SECRET@HOST, of which a '/' in the secret may have hidden the rest.
  const std::size_t colon = plain.find(':', start);
  const bool is_login = equals_ignoring_case(plain.substr(0, start), "ssh://");
  const bool has_colon = colon != std::string_view::npos && !plain.substr(start).starts_with("arn:aws");
  const bool may_hold_secret =
      is_login ? login_may_hold_secret(url, colon) : has_colon || plain.find('@') != std::string_view::npos;
  return printable_excerpt(may_hold_secret ? plain.substr(0, start) : plain, 120) + (may_hold_secret ? "..." : "");
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace cloudkit::inline v0::core
