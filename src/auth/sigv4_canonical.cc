#include "auth/sigv4_canonical.h"

#include "core/encode.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace cloudkit::inline v0::auth {
namespace {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

void append_encoded(Text& out, std::string_view text, core::Slash slash) {
  const std::size_t start = out.size();
  const auto encode = [&] {
    return core::percent_encode_into(std::span(out.data() + start, out.capacity() - start), text, slash);
  };
  auto length = encode();
  if (!length) {
    out.reserve(start + 3 * text.size());
    length = encode();
  }
  out.resize(start + *length);
}

// The rule of all services but S3, which differs from RFC 3986 by dropping empty segments:
// "/a//b/../" is "/a/".
void append_normalized(Text& out, std::string_view path) {
  const bool ends_with_slash = !path.empty() && path.back() == '/';
  while (!path.empty()) {
    const std::size_t length = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, length);
    path.remove_prefix(std::min(length + 1, path.size()));
    if (segment == "..") {
      const auto parent = view(out).rfind('/');
      out.resize(parent == std::string_view::npos ? 0 : parent);
    } else if (!segment.empty() && segment != ".") {
      out.push_back('/');
      append(out, segment);
    }
  }
  if (ends_with_slash || out.size() == 0) out.push_back('/');
}

void append_path(Text& out, std::string_view path, PathRules rules) {
  if (path.empty()) path = "/";
  Text normalized;
  if (rules.normalize) {
    append_normalized(normalized, path);
    path = view(normalized);
  }
  if (!rules.encode_twice) return append_encoded(out, path, core::Slash::keep);
  Text once;
  append_encoded(once, path, core::Slash::keep);
  append_encoded(out, view(once), core::Slash::keep);
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
  const auto name_of = [&](const Parameter& p) { return view(encoded).substr(p.begin, p.name_size); };
  const auto value_of = [&](const Parameter& p) { return view(encoded).substr(p.begin + p.name_size, p.value_size); };
  const std::span sorted(parameters.data(), parameters.size());
  std::sort(sorted.begin(), sorted.end(), [&](const Parameter& a, const Parameter& b) {
    const int order = name_of(a).compare(name_of(b));
    return order != 0 ? order < 0 : value_of(a) < value_of(b);
  });
  for (const Parameter& parameter : sorted) {
    append(out, name_of(parameter));
    out.push_back('=');
    append(out, value_of(parameter));
    out.push_back('&');
  }
  out.resize(out.size() - 1);
}

// Without blanks at the ends; inside, any run of them is one space.
void append_folded(Text& out, std::string_view value) {
  const std::size_t start = out.size();
  bool blank_before = false;
  for (const char c : value) {
    const bool blank = is_blank(c);
    if (!blank) {
      if (blank_before && out.size() > start) out.push_back(' ');
      out.push_back(c);
    }
    blank_before = blank;
  }
}

void append_hex(Text& out, const crypto::Sha256Digest& digest) {
  const std::size_t start = out.size();
  out.resize(start + 2 * digest.size());
  core::hex_encode_into(out.data() + start, digest);
}

void append_lines(Text& out, std::initializer_list<std::string_view> lines) {
  for (const auto line : lines) {
    append(out, line);
    out.push_back('\n');
  }
}

}  // namespace

bool is_signed_header(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 13> kUnsigned{
      "authorization",      "user-agent",          "expect", "accept-encoding", "connection",        "keep-alive",
      "proxy-authenticate", "proxy-authorization", "te",     "trailer",         "transfer-encoding", "upgrade",
      "x-amzn-trace-id"};
  return std::none_of(kUnsigned.begin(), kUnsigned.end(),
                      [&](std::string_view other) { return core::equals_ignoring_case(name, other); });
}

CanonicalHeaders::CanonicalHeaders(const http::Request& request) {
  // Views of the names must survive the adding of more.
  std::size_t size = 4;
  for (const auto& header : request.headers) size += header.name.size();
  names_.reserve(size);
  add("host", request.host);
  for (const auto& header : request.headers) {
    if (is_signed_header(header.name)) add(header.name, header.value);
  }
  // Values of one name keep their order: their names lie in memory in that order.
  std::sort(fields_.begin(), fields_.end(), [](const Field& a, const Field& b) {
    const int order = a.name.compare(b.name);
    return order != 0 ? order < 0 : a.name.data() < b.name.data();
  });
}

void CanonicalHeaders::add(std::string_view name, std::string_view value) {
  const std::size_t start = names_.size();
  names_.resize(start + name.size());
  std::transform(name.begin(), name.end(), names_.data() + start, to_lower);
  fields_.push_back({{names_.data() + start, name.size()}, value});
}

void CanonicalHeaders::append_fields(Text& out) const {
  for (const Field* field = fields_.begin(); field != fields_.end(); ++field) {
    const bool repeated = field != fields_.begin() && field[-1].name == field->name;
    if (repeated) {
      out.push_back(',');
    } else {
      if (field != fields_.begin()) out.push_back('\n');
      append(out, field->name);
      out.push_back(':');
    }
    append_folded(out, field->value);
  }
  out.push_back('\n');
}

void CanonicalHeaders::append_names(Text& out) const {
  for (const Field* field = fields_.begin(); field != fields_.end(); ++field) {
    if (field != fields_.begin()) {
      if (field[-1].name == field->name) continue;
      out.push_back(';');
    }
    append(out, field->name);
  }
}

void append_canonical_request(Text& out, const http::Request& request, const CanonicalHeaders& headers,
                              std::string_view payload_hash, PathRules rules) {
  append(out, http::to_string(request.method));
  out.push_back('\n');
  append_path(out, request.path, rules);
  out.push_back('\n');
  append_query(out, request.query);
  out.push_back('\n');
  headers.append_fields(out);
  out.push_back('\n');
  headers.append_names(out);
  out.push_back('\n');
  append(out, payload_hash);
}

void append_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                           std::string_view canonical_request) {
  append_lines(out, {kSigV4Algorithm, amz_date, scope});
  append_hex(out, crypto::sha256(canonical_request));
}

void append_chunk_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                 const Signature& previous, std::string_view chunk) {
  append_lines(out, {"AWS4-HMAC-SHA256-PAYLOAD", amz_date, scope, view(previous)});
  append_hex(out, crypto::sha256({}));  // Of the chunk's own headers, of which there never are any.
  out.push_back('\n');
  append_hex(out, crypto::sha256(chunk));
}

void append_trailer_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                   const Signature& previous, std::string_view trailer) {
  append_lines(out, {"AWS4-HMAC-SHA256-TRAILER", amz_date, scope, view(previous)});
  append_hex(out, crypto::sha256(trailer));
}

}  // namespace cloudkit::inline v0::auth
