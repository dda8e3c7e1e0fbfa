#include "aws/s3/protocol_multipart.h"

#include "aws/s3/errors.h"
#include "aws/s3/name_reader.h"
#include "aws/s3/object_headers.h"
#include "aws/s3/object_request.h"
#include "aws/s3/payload.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "core/upload_rules.h"
#include "http/object/set_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <tuple>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kCrc32cHeader = "x-amz-checksum-crc32c";
// The most that one reply holds: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
constexpr std::string_view kPageSize = "1000";

// AWS's own tools begin at 8 MB (AWS CLI) to 100 MB, which its guide advises:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
constexpr std::uint64_t kWorthParts = std::uint64_t{16} << 20;

Honoured honoured_on_complete(const Quirks& quirks) noexcept {
  return {quirks.complete_if_absent, quirks.complete_if_match, quirks.bare_tag_on_put ? Quotes::without : Quotes::with};
}

// Without an id it would be a request about the object: DELETE above all.
Result<http::Request> upload_request(http::Method method, const Target& target, std::string_view key,
                                     const UploadId& upload) {
  if (upload.value.empty()) return core::invalid_argument("the upload has no id");
  auto request = object_request(method, target, key);
  if (request) request->query.emplace_back("uploadId", upload.value);
  return request;
}

Result<http::Request> part_request(const Target& target, const PutPartRequest& part, std::uint64_t size,
                                   const Quirks& quirks) {
  if (auto status = core::check_part(upload_limits_of(quirks), {}, part, size); !status) return status.error();
  auto request = upload_request(http::Method::put, target, part.key, part.upload);
  if (request) request->query.emplace_back("partNumber", fmt::to_string(part.number));
  return request;
}

Result<codec::XmlDocument> parse_document(std::string_view root, const http::Response& response) {
  auto document = codec::XmlDocument::parse(response.body);
  if (document && document->root().name() != root) {
    return unexpected_reply(
        fmt::format("expected {}, the reply is {}", root, core::printable_excerpt(document->root().name(), 80)));
  }
  return document;
}

std::string etag_in(codec::XmlNode node) { return token_of_etag(core::trim(node.child("ETag").text())); }

std::string checksum_in(codec::XmlNode node) { return std::string(core::trim(node.child("ChecksumCRC32C").text())); }

std::optional<int> parse_part_number(std::string_view text) {
  const auto number = core::parse_u64(core::trim(text));
  if (!number || *number == 0 || *number > INT_MAX) return std::nullopt;
  return static_cast<int>(*number);
}

Result<UploadPart> read_part(codec::XmlNode node) {
  const auto number = parse_part_number(node.child("PartNumber").text());
  if (!number) return bad_field(node, "PartNumber", "a part");
  const std::string name = fmt::format("part {}", *number);
  const auto size = core::parse_u64(core::trim(node.child("Size").text()));
  if (!size) return bad_field(node, "Size", name);
  UploadPart part{*number, *size, etag_in(node), checksum_in(node)};
  if (part.token.empty()) return bad_field(node, "ETag", name);
  return part;
}

Result<UploadEntry> read_upload(codec::XmlNode node, const NameReader& names) {
  auto key = names.read(node.child("Key"));
  if (!key) return std::move(key).error();
  UploadEntry entry;
  entry.key = *std::move(key);
  entry.upload.value = core::trim(node.child("UploadId").text());
  if (entry.key.empty()) return unexpected_reply("the listing has an upload without a key");
  if (entry.upload.value.empty()) return bad_field(node, "UploadId", entry.key);
  if (const auto started = node.child("Initiated")) {
    const auto time = core::parse_rfc3339(core::trim(started.text()));
    if (!time) return bad_field(node, "Initiated", entry.key);
    entry.started = *time;
  }
  return entry;
}

// A page goes on after a key and one of its uploads: "UPLOAD KEY", of which an id has no space
// once it is percent-encoded.
std::string join_markers(std::string_view key, std::string_view upload) {
  return fmt::format("{} {}", core::percent_encode(upload, core::Slash::encode), key);
}

Result<std::string> next_uploads_page(codec::XmlNode root, const NameReader& names, std::string_view current) {
  const auto truncated = read_flag(root, "IsTruncated", "the page");
  if (!truncated.has_value()) return truncated.error();
  if (!*truncated) return std::string();
  const auto key = names.read(root.child("NextKeyMarker"));
  if (!key) return key.error();
  if (key->empty()) return unexpected_reply("the listing goes on, but does not say where");
  std::string next = join_markers(*key, core::trim(root.child("NextUploadIdMarker").text()));
  if (next == current) return unexpected_reply("the listing goes on where it already was");
  return next;
}

}  // namespace

UploadLimits upload_limits_of(const Quirks& quirks) noexcept {
  UploadLimits limits = quirks.uploads;
  limits.use_from = kWorthParts;
  return limits;
}

// Repeated after a lost reply, it leaves an upload without parts behind, which costs nothing.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
Result<http::Request> begin_upload_request(const Target& target, std::string_view key, const PutOptions& options,
                                           const Quirks& quirks) {
  if (auto status = check_write_condition(options.condition, honoured_on_complete(quirks)); !status) {
    return status.error();
  }
  if (quirks.loses_upload_tags && !options.tags.empty()) {
    return core::unsupported("this server loses the tags of an upload in parts", "set them once the object is there");
  }
  auto request = object_request(http::Method::post, target, key);
  if (!request) return request;
  request->query.emplace_back("uploads", "");
  add_object_headers(request->headers, options.content, options.metadata, options.storage_class);
  add_tags(request->headers, options.tags);
  if (quirks.crc32c_header) {
    // Of the whole object, so that whoever reads it can check it; else it is one of the parts'.
    request->headers.add("x-amz-checksum-algorithm", "CRC32C");
    request->headers.add("x-amz-checksum-type", "FULL_OBJECT");
  }
  return request;
}

Result<UploadId> parse_begin_upload(const http::Response& response) {
  const auto document = parse_document("InitiateMultipartUploadResult", response);
  if (!document) return document.error();
  UploadId upload{std::string(core::trim(document->root().child("UploadId").text()))};
  if (upload.value.empty()) return unexpected_reply("the reply does not say which upload it began");
  return upload;
}

Result<http::Request> put_part_request(const Target& target, const PutPartRequest& part, const Source& source,
                                       std::string_view crc32c, const Quirks& quirks) {
  auto request = part_request(target, part, source.size(), quirks);
  if (!request) return request;
  http::set_body(*request, source);
  if (!crc32c.empty()) request->headers.add(std::string(kCrc32cHeader), std::string(crc32c));
  return request;
}

Result<UploadPart> parse_put_part(int number, std::uint64_t size, std::string_view crc32c,
                                  const http::Response& response) {
  UploadPart part{number, size, token_of_etag(response.headers.get("etag")), std::string(crc32c)};
  if (part.token.empty()) return unexpected_reply(fmt::format("the reply to part {} has no ETag", number));
  if (auto same = check_stored(fmt::format("part {}", number), crc32c, response); !same) {
    Error error = std::move(same).error();
    error.retryable = true;
    return error;
  }
  return part;
}

Result<http::Request> copy_part_request(const Target& target, const PutPartRequest& part, const PartSource& source,
                                        const Quirks& quirks) {
  if (!quirks.copy_part) return core::unsupported("this server copies no parts");
  if (auto status = core::check_part_range(source.range); !status) return status.error();
  auto request = part_request(target, part, source.range.length, quirks);
  if (!request) return request;
  request->thinking_time = kThinkingTime;
  request->headers.add("x-amz-copy-source", copy_source(source.bucket, source.key));
  // Both ends are inclusive.
  request->headers.add("x-amz-copy-source-range",
                       fmt::format("bytes={}-{}", source.range.offset, source.range.offset + source.range.length - 1));
  const Status pinned = add_if_match(*request, "x-amz-copy-source-if-match", source.token, Quotes::with);
  if (!pinned) return pinned.error();
  return request;
}

Result<UploadPart> parse_copy_part(int number, std::uint64_t size, const http::Response& response) {
  const auto document = parse_document("CopyPartResult", response);
  if (!document) return document.error();
  UploadPart part{number, size, etag_in(document->root()), checksum_in(document->root())};
  if (part.token.empty()) return unexpected_reply(fmt::format("the reply to the copy of part {} has no ETag", number));
  return part;
}

Result<std::string> complete_upload_body(const std::vector<UploadPart>& parts, const Quirks& quirks) {
  if (auto status = core::check_part_order(parts); !status) return status.error();
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadPart& part : parts) {
    const auto etag = etag_of_token(part.token, Quotes::with);
    if (!etag) return etag.error();
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", part.number, codec::xml_escape(*etag));
    if (quirks.crc32c_header && !part.checksum.empty()) {
      body += fmt::format("<ChecksumCRC32C>{}</ChecksumCRC32C>", codec::xml_escape(part.checksum));
    }
    body += "</Part>";
  }
  return body + "</CompleteMultipartUpload>";
}

// Repeated after a lost reply, it is answered as at first, or with NoSuchUpload where the server
// has forgotten the upload: the client says that it may have happened.
Result<http::Request> complete_upload_request(const Target& target, std::string_view key, const UploadId& upload,
                                              const CompleteDetails& details, const Quirks& quirks) {
  auto request = upload_request(http::Method::post, target, key, upload);
  if (!request) return request;
  request->thinking_time = kThinkingTime;
  request->headers.add("content-type", "application/xml");
  request->body = Bytes(details.body.data(), details.body.size());
  if (quirks.crc32c_header && !details.crc32c.empty()) {
    request->headers.add(std::string(kCrc32cHeader), std::string(details.crc32c));
    request->headers.add("x-amz-checksum-type", "FULL_OBJECT");
  }
  const Status conditional = add_write_condition(*request, details.condition, honoured_on_complete(quirks));
  if (!conditional) return conditional.error();
  return request;
}

Result<ObjectInfo> parse_complete_upload(std::string_view key, const http::Response& response) {
  const auto document = parse_document("CompleteMultipartUploadResult", response);
  if (!document) {
    Error error = document.error();
    error.may_have_happened = true;
    return error;
  }
  ObjectInfo info;
  info.key = key;
  info.etag = info.token = etag_in(document->root());
  info.version_id = response.headers.get("x-amz-version-id");
  return info;
}

Result<http::Request> abort_upload_request(const Target& target, std::string_view key, const UploadId& upload) {
  return upload_request(http::Method::remove, target, key, upload);
}

Result<http::Request> list_parts_request(const Target& target, std::string_view key, const UploadId& upload,
                                         int after) {
  auto request = upload_request(http::Method::get, target, key, upload);
  if (!request) return request;
  request->query.emplace_back("max-parts", kPageSize);
  if (after > 0) request->query.emplace_back("part-number-marker", fmt::to_string(after));
  return request;
}

Result<PartsPage> parse_list_parts(int after, const http::Response& response) {
  const auto document = parse_document("ListPartsResult", response);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  PartsPage page;
  int last = after;
  for (codec::XmlNode node = root.first_child(); node; node = node.next()) {
    if (node.name() != "Part") continue;
    auto part = read_part(node);
    if (!part) return std::move(part).error();
    if (part->number <= last)
      return unexpected_reply(fmt::format("part {} is listed after part {}", part->number, last));
    last = part->number;
    page.parts.push_back(*std::move(part));
  }
  const auto truncated = read_flag(root, "IsTruncated", "the page");
  if (!truncated.has_value()) return truncated.error();
  if (!*truncated) return page;
  const auto next = parse_part_number(root.child("NextPartNumberMarker").text());
  if (!next || *next < last || *next == after) return bad_field(root, "NextPartNumberMarker", "the page");
  page.next = *next;
  return page;
}

Result<http::Request> list_uploads_request(const Target& target, std::string_view prefix, std::string_view page_token,
                                           const Quirks& quirks) {
  http::Request request;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path.empty() ? "/" : target.path;
  request.query = {{"uploads", ""}, {"max-uploads", std::string(kPageSize)}};
  if (quirks.encoded_uploads) request.query.emplace_back("encoding-type", "url");
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (page_token.empty()) return request;
  const std::size_t space = page_token.find(' ');
  const auto upload = core::percent_decode(page_token.substr(0, space));
  if (space == std::string_view::npos || !upload) return core::invalid_argument("the page token is not one");
  request.query.emplace_back("key-marker", page_token.substr(space + 1));
  if (!upload->empty()) request.query.emplace_back("upload-id-marker", *upload);
  return request;
}

Result<UploadPage> parse_list_uploads(std::string_view page_token, const http::Response& response) {
  const auto document = parse_document("ListMultipartUploadsResult", response);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  const NameReader names(root);
  UploadPage page;
  for (codec::XmlNode node = root.first_child(); node; node = node.next()) {
    if (node.name() != "Upload") continue;
    auto entry = read_upload(node, names);
    if (!entry) return std::move(entry).error();
    page.entries.push_back(*std::move(entry));
  }
  auto next = next_uploads_page(root, names, page_token);
  if (!next) return std::move(next).error();
  page.next_page_token = *std::move(next);
  std::sort(page.entries.begin(), page.entries.end(), [](const UploadEntry& a, const UploadEntry& b) {
    return std::tie(a.key, a.started, a.upload.value) < std::tie(b.key, b.started, b.upload.value);
  });
  return page;
}

}  // namespace cloudkit::inline v0::aws::s3
