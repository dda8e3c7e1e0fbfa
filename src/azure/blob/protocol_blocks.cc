#include "azure/blob/protocol_blocks.h"

#include "azure/blob/errors.h"
#include "azure/blob/object_headers.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/upload_rules.h"
#include "http/object/set_body.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::azure::blob {
namespace {

constexpr std::size_t kPrefixBytes = 12;
constexpr int kMostBlocks = 50'000;
constexpr std::uint64_t kLargestBlock = std::uint64_t{4000} << 20;
// As Microsoft's client for Python. In one request the service keeps an MD5, and the last of two writers wins.
constexpr std::uint64_t kWorthBlocks = std::uint64_t{64} << 20;

}  // namespace

std::string new_upload() { return core::random_hex(kPrefixBytes); }

Result<std::string> block_id(std::string_view upload, int number) {
  const bool is_upload =
      upload.size() == 2 * kPrefixBytes && upload.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_upload) return core::invalid_argument("the upload is not one of this backend");
  if (number < 1 || number > kMostBlocks) {
    return core::invalid_argument(fmt::format("part {} is not one of 1 to {}", number, kMostBlocks));
  }
  return core::base64_encode(fmt::format("{}{:06}", upload, number));
}

std::optional<int> number_of_block(std::string_view upload, std::string_view id) {
  const auto text = core::base64_decode(id);
  if (!text || !std::string_view(*text).starts_with(upload)) return std::nullopt;
  const auto number = core::parse_u64(std::string_view(*text).substr(upload.size()));
  if (!number || *number > kMostBlocks) return std::nullopt;
  const auto again = block_id(upload, static_cast<int>(*number));
  if (!again || *again != id) return std::nullopt;
  return static_cast<int>(*number);
}

UploadLimits block_limits() noexcept {
  UploadLimits limits;
  limits.max_part = kLargestBlock;
  limits.max_parts = kMostBlocks;
  limits.use_from = kWorthBlocks;
  return limits;
}

Result<http::Request> put_block_request(const Target& target, const PutPartRequest& part, const Source& source,
                                        const Digest& digest) {
  auto id = block_id(part.upload.value, part.number);
  if (!id) return std::move(id).error();
  if (source.size() == 0) return core::invalid_argument("a part has at least one byte");
  if (source.size() > kLargestBlock) {
    return core::invalid_argument(fmt::format("a part has at most {} bytes", kLargestBlock));
  }
  auto request = blob_request(http::Method::put, target, part.key);
  if (!request) return request;
  request->query.emplace_back("comp", "block");
  request->query.emplace_back("blockid", *std::move(id));
  digest.add_to(request->headers);
  http::set_body(*request, source);
  return request;
}

// Latest: a commit that is repeated after its reply was lost finds its blocks in the blob.
std::string block_list_body(const std::vector<UploadPart>& parts) {
  std::string body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (const UploadPart& part : parts) body += fmt::format("<Latest>{}</Latest>", codec::xml_escape(part.token));
  return body += "</BlockList>";
}

Result<http::Request> commit_request(const Target& target, std::string_view key, std::string_view body,
                                     const Digest& digest, const PutOptions& options) {
  auto request = blob_request(http::Method::put, target, key);
  if (!request) return request;
  request->query.emplace_back("comp", "blocklist");
  add_content_headers(request->headers, options.content);
  add_metadata(request->headers, options.metadata);
  add_tier(request->headers, options.storage_class);
  add_tags(request->headers, options.tags);
  digest.add_to(request->headers);
  set_xml_body(*request, body);
  if (auto status = add_write_condition(*request, options.condition); !status) return std::move(status).error();
  return request;
}

Result<http::Request> list_blocks_request(const Target& target, std::string_view key) {
  auto request = blob_request(http::Method::get, target, key);
  if (!request) return request;
  request->query.emplace_back("comp", "blocklist");
  request->query.emplace_back("blocklisttype", "all");
  return request;
}

Result<std::vector<UploadPart>> parse_blocks(std::string_view upload, const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "BlockList") {
    return unexpected_reply(
        fmt::format("expected BlockList, the reply is {}", core::printable_excerpt(root.name(), 80)));
  }
  // A commit takes all that it names, and discards the rest: so one block in the blob tells of all.
  for (codec::XmlNode node = root.child("CommittedBlocks").first_child(); node; node = node.next()) {
    if (number_of_block(upload, core::trim(node.child("Name").text()))) return core::no_such_upload();
  }
  std::vector<UploadPart> parts;
  for (codec::XmlNode node = root.child("UncommittedBlocks").first_child(); node; node = node.next()) {
    const std::string_view id = core::trim(node.child("Name").text());
    const auto number = number_of_block(upload, id);
    if (!number) continue;  // Of another writer.
    const auto size = core::parse_u64(core::trim(node.child("Size").text()));
    if (!size) return unexpected_reply("the list of blocks has one without a size");
    UploadPart part;
    part.number = *number;
    part.size = *size;
    part.token = id;
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return parts;
}

}  // namespace cloudkit::inline v0::azure::blob
