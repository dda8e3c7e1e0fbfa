#pragma once

#include "auth/text.h"

#include <cloudkit/driver/http.h>

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

/// The pure part of Signature Version 4: from a request to the text that is signed.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
namespace cloudkit::inline v0::auth {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";

/// In hexadecimal digits, as it is sent.
using Signature = std::array<char, 64>;
inline std::string_view view(const Signature& signature) { return {signature.data(), signature.size()}; }

struct PathRules {
  bool encode_twice = false;
  bool normalize = false;  ///< Resolve "." and "..", make "//" one slash.
};

/// The headers that are signed, with Host, sorted and in lower case. A view of the request.
class CanonicalHeaders {
 public:
  explicit CanonicalHeaders(const http::Request& request);
  CanonicalHeaders(const CanonicalHeaders&) = delete;
  CanonicalHeaders& operator=(const CanonicalHeaders&) = delete;

  /// "name:value\n" for each; values of one name in the order of the request, between commas.
  void append_fields(Text& out) const;
  /// "host;x-amz-date"
  void append_names(Text& out) const;

 private:
  // Without initializers: most of the inline ones are never touched.
  struct Field {
    std::string_view name() const noexcept { return {name_data, name_size}; }
    bool operator<(const Field& other) const noexcept;

    std::uint64_t prefix;  ///< The name's first eight bytes as a number, which mostly settles the order.
    const char* name_data;
    std::size_t name_size;
    const char* value_data;
    std::size_t value_size;
  };

  Text names_;
  fmt::basic_memory_buffer<Field, 16> fields_;
};

/// What proxies change or hop-by-hop headers are is not signed.
bool is_signed_header(std::string_view lower_case_name) noexcept;

/// Returns the names of the signed headers, a view of `out`.
std::string_view append_canonical_request(Text& out, const http::Request& request, const CanonicalHeaders& headers,
                                          std::string_view payload_hash, PathRules rules);

/// `scope` is "DATE/REGION/SERVICE/aws4_request".
void append_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                           std::string_view canonical_request);

/// The chain of signatures over a body in chunks: each covers the one before, the first one that
/// of the request. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
void append_chunk_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                 const Signature& previous, std::string_view chunk);
/// `trailer` is "name:value\n" for each header.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
void append_trailer_string_to_sign(Text& out, std::string_view amz_date, std::string_view scope,
                                   const Signature& previous, std::string_view trailer);

}  // namespace cloudkit::inline v0::auth
