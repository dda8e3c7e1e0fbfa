#include "peers/static_store.h"

#include "core/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cloudkit::bench {
namespace {

constexpr std::string_view kNamespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
constexpr std::string_view kModified = "Sun, 01 Nov 2026 08:49:37 GMT";

// The digits after the last `mark` in the text.
std::uint64_t number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = text.substr(at + mark.size());
  return core::parse_u64(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(0);
}

// As of an upload in parts: clients take another for an MD5, and would compare.
std::string etag_of(std::uint64_t number) { return fmt::format("{:032x}-1", number * 0x9e3779b97f4a7c15U); }

struct Reply {
  std::string_view status = "200 OK";
  std::string headers = {};
  std::string body = {};
};

bool send_reply(Stream& stream, const Reply& reply) {
  return stream.write(fmt::format("HTTP/1.1 {}\r\nx-amz-request-id: 1\r\n{}Content-Length: {}\r\n\r\n{}", reply.status,
                                  reply.headers, reply.body.size(), reply.body));
}

Reply xml(std::string body) { return {.headers = "Content-Type: application/xml\r\n", .body = std::move(body)}; }

// ---- objects ----

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool partial = false;
};

Extent extent_of(std::string_view range, std::uint64_t size) {
  if (!range.starts_with("bytes=") || size == 0) return {0, size, false};
  range.remove_prefix(6);
  const std::size_t dash = std::min(range.find('-'), range.size() - 1);
  const auto first = core::parse_u64(range.substr(0, dash));
  const auto last = core::parse_u64(range.substr(dash + 1));
  if (!first) {
    const std::uint64_t tail = std::min(last.value_or(size), size);
    return {size - tail, tail, true};
  }
  const std::uint64_t offset = std::min(*first, size - 1);
  return {offset, std::min(last.value_or(size - 1), size - 1) - offset + 1, true};
}

bool send_object(Stream& stream, const RequestHead& head) {
  const std::uint64_t size = number_after(head.path, "/size-");
  const Extent extent = extent_of(head.header("range"), size);
  std::string text = fmt::format(
      "HTTP/1.1 {}\r\nx-amz-request-id: 1\r\nContent-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\n"
      "ETag: \"{}\"\r\nLast-Modified: {}\r\nContent-Length: {}\r\n",
      extent.partial ? "206 Partial Content" : "200 OK", etag_of(size), kModified, extent.length);
  if (extent.partial) {
    text += fmt::format("Content-Range: bytes {}-{}/{}\r\n", extent.offset, extent.offset + extent.length - 1, size);
  } else if (core::equals_ignoring_case(head.header("x-amz-checksum-mode"), "enabled")) {
    text += fmt::format("x-amz-checksum-crc32c: {}\r\nx-amz-checksum-type: FULL_OBJECT\r\n", content_crc32c(size));
  }
  text += "\r\n";
  if (head.method == "HEAD") return stream.write(text);
  // A small one in one piece, as a server would.
  if (extent.length <= 64 * 1024 && extent.offset + extent.length <= content().size()) {
    return stream.write(text.append(content().substr(extent.offset, extent.length)));
  }
  return stream.write(text) && stream.send_content(extent.offset, extent.length);
}

// ---- listings ----

void append_key(std::string& body, const std::string& prefix, std::string_view name, std::uint64_t size,
                const std::string& etag) {
  fmt::format_to(std::back_inserter(body),
                 "<Contents><Key>{}{}</Key><LastModified>2026-11-01T08:49:37.000Z</LastModified>"
                 "<ETag>&quot;{}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                 prefix, name, etag, size);
}

// Keys are numbers, so the last one of a page says where the next begins, whatever the token is called.
std::uint64_t first_index(const RequestHead& head) {
  for (const char* name : {"continuation-token", "marker", "start-after"}) {
    const std::string after = head.parameter(name);
    if (!after.empty()) return core::parse_u64(after.substr(after.rfind('/') + 1)).value_or(0) + 1;
  }
  return 0;
}

Reply list(const RequestHead& head) {
  const std::string prefix = head.parameter("prefix");
  // Below a "size-" alone there is the one large object, for clients that look for it in a listing.
  const bool is_many = prefix.find("count-") != std::string::npos;
  const std::uint64_t count = is_many ? number_after(prefix, "count-") : prefix.starts_with("size-") ? 1 : 0;
  const std::uint64_t size = number_after("/" + prefix, "/size-");
  const std::uint64_t most = std::min<std::uint64_t>(core::parse_u64(head.parameter("max-keys")).value_or(1000), 1000);
  const std::uint64_t first = std::min(first_index(head), count);
  const std::uint64_t end = std::min(count, first + most);
  std::string body = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult {}><Name>bench</Name>"
      "<Prefix>{}</Prefix><MaxKeys>{}</MaxKeys><KeyCount>{}</KeyCount>",
      kNamespace, prefix, most, end - first);
  body.reserve(body.size() + (end - first) * 256 + 256);
  if (head.asks_for("encoding-type")) body += "<EncodingType>url</EncodingType>";
  body += fmt::format("<IsTruncated>{}</IsTruncated>", end < count);
  if (end < count && head.asks_for("list-type")) {
    body += fmt::format("<NextContinuationToken>{}</NextContinuationToken>", end - 1);
  } else if (end < count) {
    body += fmt::format("<NextMarker>{}{:08}</NextMarker>", prefix, end - 1);
  }
  // The one that the object has when it is read: clients compare the two.
  const std::string etag = etag_of(size);
  for (std::uint64_t i = first; i < end; ++i) {
    append_key(body, prefix, is_many ? fmt::format("{:08}", i) : "object", size, etag);
  }
  body += "</ListBucketResult>";
  return xml(std::move(body));
}

// ---- the rest ----

Reply begin_upload(std::string_view key) {
  return xml(
      fmt::format("<InitiateMultipartUploadResult {}><Bucket>bench</Bucket><Key>{}</Key>"
                  "<UploadId>upload</UploadId></InitiateMultipartUploadResult>",
                  kNamespace, key));
}

Reply complete_upload(std::string_view key) {
  return xml(
      fmt::format("<CompleteMultipartUploadResult {}><Location>http://bench</Location><Bucket>bench</Bucket>"
                  "<Key>{}</Key><ETag>&quot;{}&quot;</ETag></CompleteMultipartUploadResult>",
                  kNamespace, key, etag_of(1)));
}

Reply stored(const RequestHead& head) {
  Reply reply;
  reply.headers = fmt::format("ETag: \"{}\"\r\n", etag_of(number_after(head.path, "/size-")));
  for (const auto& [name, value] : head.headers) {
    if (name.starts_with("x-amz-checksum-")) reply.headers += fmt::format("{}: {}\r\n", name, value);
  }
  return reply;
}

Reply answer(const RequestHead& head, std::string_view key) {
  if (head.method == "PUT") return stored(head);
  if (head.method == "DELETE") return {.status = "204 No Content"};
  if (head.method == "POST" && head.asks_for("uploads")) return begin_upload(key);
  if (head.method == "POST" && head.asks_for("uploadId")) return complete_upload(key);
  if (head.method == "GET" && head.asks_for("location")) {
    return xml(fmt::format("<LocationConstraint {}></LocationConstraint>", kNamespace));
  }
  if (head.method == "GET") return list(head);
  return {};
}

// "size-N" and "count-N" are directories: what looks for an object of that very name finds none.
bool names_object(std::string_view key) {
  const std::string_view name = key.substr(key.rfind('/') + 1);
  return !name.empty() && !name.starts_with("count-") && !name.starts_with("size-");
}

bool reply_to(Stream& stream, const RequestHead& head) {
  const std::size_t slash = head.path.find('/', 1);
  const std::string_view key =
      slash == std::string::npos ? std::string_view() : std::string_view(head.path).substr(slash + 1);
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (reads && names_object(key)) return send_object(stream, head);
  if (head.method == "HEAD" && !key.empty()) return send_reply(stream, {.status = "404 Not Found"});
  return send_reply(stream, answer(head, key));
}

}  // namespace

void serve(Stream& stream) {
  RequestReader requests(stream);
  while (const auto head = requests.next()) {
    const bool sent = requests.skip_body(*head) && reply_to(stream, *head);
    if (!sent || core::equals_ignoring_case(head->header("connection"), "close")) return;
  }
}

}  // namespace cloudkit::bench
