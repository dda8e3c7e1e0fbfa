#include "auth/sigv4_canonical.h"

#include "auth/canonical.h"
#include "core/encode.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace cloudkit::inline v0::auth {
namespace {

constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The rule of all services but S3, which differs from RFC 3986 by dropping empty segments:
// "/a//b/../" is "/a/".
void append_normalized(Text& out, std::string_view path) {
  const bool ends_with_slash = !path.empty() && path.back() == '/';
  while (!path.empty()) {
    const std::size_t length = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, length);
    path.remove_prefix(std::min(length + 1, path.size()));
    if (segment == "..") {
      const auto parent = out.view().rfind('/');
      out.truncate(parent == std::string_view::npos ? 0 : parent);
    } else if (!segment.empty() && segment != ".") {
      out.append("/", segment);
    }
  }
  if (ends_with_slash || out.size() == 0) out.append("/");
}

void append_path(Text& out, std::string_view path, PathRules rules) {
  if (path.empty()) path = "/";
  Text normalized;
  if (rules.normalize) {
    append_normalized(normalized, path);
    path = normalized.view();
  }
  if (!rules.encode_twice) return append_encoded(out, path, core::Slash::keep);
  Text once;
  append_encoded(once, path, core::Slash::keep);
  append_encoded(out, once.view(), core::Slash::keep);
}

// Sorted by what is sent, so the encoded forms are compared; "a" < "a-b", so names before values.
void append_query(Text& out, const http::Query& query) {
  if (query.empty()) return;
  struct Parameter {
    std::size_t begin, name_size, value_size;
  };
  Text encoded;
  fmt::basic_memory_buffer<Parameter, 16> parameters;
  for (const auto& [name, value] : query) {
    const std::size_t begin = encoded.size();
    append_encoded(encoded, name, core::Slash::encode);
    const std::size_t name_size = encoded.size() - begin;
    append_encoded(encoded, value, core::Slash::encode);
    parameters.push_back({begin, name_size, encoded.size() - begin - name_size});
  }
  const auto name_of = [&](const Parameter& p) { return encoded.view().substr(p.begin, p.name_size); };
  const auto value_of = [&](const Parameter& p) { return encoded.view().substr(p.begin + p.name_size, p.value_size); };
  const std::span sorted(parameters.data(), parameters.size());
  sort_few(sorted.begin(), sorted.end(), [&](const Parameter& a, const Parameter& b) {
    const int order = name_of(a).compare(name_of(b));
    return order != 0 ? order < 0 : value_of(a) < value_of(b);
  });
  for (const Parameter& parameter : sorted) {
    out.append(name_of(parameter), "=", value_of(parameter), "&");
  }
  out.truncate(out.size() - 1);
}

// Without blanks at the ends; inside, any run of them is one space.
void append_folded(Text& out, std::string_view value) {
  // Most values have no blank at all, which the least byte tells: many bytes at once, by the compiler.
  unsigned char least = 0xFF;
  for (const char c : value) least = std::min(least, static_cast<unsigned char>(c));
  if (least > ' ') return out.append(value);

  char* const begin = out.extend(value.size());
  char* end = begin;
  for (const char c : value) {
    if (!is_blank(c)) {
      *end++ = c;
    } else if (end != begin && end[-1] != ' ') {
      *end++ = ' ';
    }
  }
  if (end != begin && end[-1] == ' ') --end;
  out.truncate(out.size() - static_cast<std::size_t>(begin + value.size() - end));
}

std::uint64_t prefix_of(std::string_view name) noexcept {
  std::array<unsigned char, 8> bytes{};
  if (name.size() >= bytes.size()) {
    std::memcpy(bytes.data(), name.data(), bytes.size());  // Of a known size: one instruction.
  } else {
    std::copy(name.begin(), name.end(), bytes.begin());
  }
  std::uint64_t prefix = 0;
  for (const unsigned char byte : bytes) prefix = prefix << 8 | byte;
  return prefix;
}

void append_hex(Text& out, const crypto::Sha256Digest& digest) {
  core::hex_encode_into(out.extend(2 * digest.size()), digest);
}

}  // namespace

bool is_signed_header(std::string_view name) noexcept {
  switch (name.size()) {
    case 2: return name != "te";
    case 6: return name != "expect";
    case 7: return name != "trailer" && name != "upgrade";
    case 10: return name != "connection" && name != "keep-alive" && name != "user-agent";
    case 13: return name != "authorization";
    case 15: return name != "accept-encoding" && name != "x-amzn-trace-id";
    case 17: return name != "transfer-encoding";
    case 18: return name != "proxy-authenticate";
    case 19: return name != "proxy-authorization";
    default: return true;
  }
}

CanonicalHeaders::CanonicalHeaders(const http::Request& request) {
  // All names first, since fields point at them; in one go, which the compiler does many bytes at once.
  names_.append("host");
  for (const auto& header : request.headers) names_.append(header.name);
  char* name = names_.data();
  std::transform(name, name + names_.size(), name, to_lower);

  const auto add = [&](std::size_t name_size, std::string_view value) {
    const std::string_view lower_name(name, name_size);
    name += name_size;
    if (is_signed_header(lower_name))
      fields_.push_back({prefix_of(lower_name), lower_name.data(), name_size, value.data(), value.size()});
  };
  add(4, request.host);
  for (const auto& header : request.headers) add(header.name.size(), header.value);
  sort_few(fields_.begin(), fields_.end());
}

bool CanonicalHeaders::Field::operator<(const Field& other) const noexcept {
  if (prefix != other.prefix) return prefix < other.prefix;
  const int order = name().compare(other.name());
  // Values of one name keep their order: their names lie in memory in that order.
  return order != 0 ? order < 0 : name_data < other.name_data;
}

void CanonicalHeaders::append_fields(Text& out) const {
  for (const Field* field = fields_.begin(); field != fields_.end(); ++field) {
    const bool repeated = field != fields_.begin() && field[-1].name() == field->name();
    if (repeated) {
      out.truncate(out.size() - 1);
      out.append(",");
    } else {
      out.append(field->name(), ":");
    }
    append_folded(out, {field->value_data, field->value_size});
    out.append("\n");
  }
}

void CanonicalHeaders::append_names(Text& out) const {
  for (const Field* field = fields_.begin(); field != fields_.end(); ++field) {
    if (field == fields_.begin()) {
      out.append(field->name());
    } else if (field[-1].name() != field->name()) {
      out.append(";", field->name());
    }
  }
}

std::string_view append_canonical_request(Text& out, const http::Request& request, const CanonicalHeaders& headers,
                                          std::string_view payload_hash, PathRules rules) {
  out.append(http::to_string(request.method), "\n");
  append_path(out, request.path, rules);
  out.append("\n");
  append_query(out, request.query);
  out.append("\n");
  headers.append_fields(out);
  out.append("\n");
  const std::size_t names = out.size();
  headers.append_names(out);
  const std::size_t names_size = out.size() - names;
  out.append("\n", payload_hash);
  return out.view().substr(names, names_size);
}

void append_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                           std::string_view canonical_request) {
  out.append(kSigV4Algorithm, "\n", amz_date, "\n", scope, "\n");
  append_hex(out, crypto::sha256(canonical_request));
}

void append_chunk_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                 const Signature& previous, std::string_view chunk) {
  out.append("AWS4-HMAC-SHA256-PAYLOAD\n", amz_date, "\n", scope, "\n", view(previous), "\n");
  append_hex(out, crypto::sha256({}));  // Of the chunk's own headers, of which there never are any.
  out.append("\n");
  append_hex(out, crypto::sha256(chunk));
}

void append_trailer_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                   const Signature& previous, std::string_view trailer) {
  out.append("AWS4-HMAC-SHA256-TRAILER\n", amz_date, "\n", scope, "\n", view(previous), "\n");
  append_hex(out, crypto::sha256(trailer));
}

}  // namespace cloudkit::inline v0::auth
