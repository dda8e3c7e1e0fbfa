#include "aws/s3/errors.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_bulk.h"
#include "aws/s3/protocol_listing.h"
#include "aws/s3/protocol_multipart.h"
#include "aws/s3/protocol_objects.h"
#include "aws/s3/protocol_tags.h"
#include "aws/s3/protocol_versions.h"
#include "aws/service_endpoint.h"
#include "codec/xml.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

// Every XML reply of S3: the first byte chooses status and request, the rest is the body. Its
// highest bits choose among the requests of uploads in parts.
using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Ended {
  std::size_t depth;
  std::string_view name;
  std::string_view text;
  bool operator==(const Ended&) const = default;
};

void walk(codec::XmlNode node, std::size_t depth, std::vector<Ended>& out) {
  for (codec::XmlNode child = node.first_child(); child; child = child.next()) walk(child, depth + 1, out);
  out.push_back({depth, node.name(), node.text()});
}

// The tree is made by another parser: what it makes must mean what the reader says, and it takes what that takes.
void check_reader(std::string_view text) {
  const auto document = codec::XmlDocument::parse(text);
  codec::XmlReader reader(text);
  std::vector<Ended> read;
  auto step = codec::XmlReader::Step::start;
  while (step != codec::XmlReader::Step::done && step != codec::XmlReader::Step::failed) {
    step = reader.next();
    if (step == codec::XmlReader::Step::end) read.push_back({reader.depth(), reader.name(), reader.text()});
  }
  if (step == codec::XmlReader::Step::failed) {
    require(!document && document.error().message == reader.error().message);
    return;
  }
  require(document.has_value());
  std::vector<Ended> expected;
  walk(document->root(), 1, expected);
  require(read == expected);
}

http::Request upload_request_of(unsigned kind) {
  http::Request request;
  const bool begins_or_lists = (kind & 1) != 0;
  request.method = (kind & 2) != 0 ? http::Method::post : http::Method::get;
  request.query = {{begins_or_lists ? "uploads" : "uploadId", "u"}};
  return request;
}

http::Request request_of(unsigned kind, unsigned of_upload, unsigned other) {
  if (of_upload != 0) return upload_request_of(kind);
  http::Request request;
  if (kind == 0) request.query = {{"list-type", "2"}};
  if (kind == 1) request.query = {{"max-buckets", "1000"}};
  if (kind == 2) request.headers.add("x-amz-copy-source", "b/k");
  if (kind != 3) return request;
  constexpr const char* kQueries[] = {"", "delete", "versions", "tagging"};
  request.method = other == 1 ? http::Method::post : http::Method::get;
  if (other != 0) request.query = {{kQueries[other], ""}};
  return request;
}

void check_page(const http::Response& response, aws::S3Server server) {
  ListPageRequest asked;
  asked.page_token = "t";
  const auto page = parse_list(asked, response, quirks_of(server));
  if (!page) return require(!page.error().message.empty());
  require(page->next_page_token != "t");
  for (std::size_t i = 0; i < page->entries.size(); ++i) {
    require(!page->entries[i].key.empty());
    require(i == 0 || page->entries[i - 1].key <= page->entries[i].key);
  }
}

void check_versions(const http::Response& response) {
  ListVersionsRequest asked;
  asked.page_token = "k&v";
  const auto page = parse_list_versions(asked, response);
  if (!page) return require(!page.error().message.empty());
  for (std::size_t i = 0; i < page->entries.size(); ++i) {
    require(!page->entries[i].key.empty() && !page->entries[i].version_id.empty());
    require(i == 0 || page->entries[i - 1].key <= page->entries[i].key);
  }
  if (page->next_page_token.empty()) return;
  require(page->next_page_token != "k&v");
  asked.page_token = page->next_page_token;
  require(list_versions_request({}, asked, quirks_of(aws::S3Server::aws)).has_value());
}

void check_removals(const http::Response& response) {
  const std::string keys[] = {"a", "b&c"};
  const auto failures = parse_remove_many(keys, response);
  if (!failures) return require(failures.error().may_have_happened);
  for (const RemoveFailure& failure : *failures) require(failure.key == keys[0] || failure.key == keys[1]);
}

void check_uploads(const http::Response& response) {
  const auto begun = parse_begin_upload(response);
  require(!begun || !begun->value.empty());
  const auto copied = parse_copy_part(1, 1, response);
  require(!copied || !copied->token.empty());
  const auto completed = parse_complete_upload("k", response);
  require(completed || completed.error().may_have_happened);

  const auto parts = parse_list_parts(3, response);
  int last = 3;
  for (std::size_t i = 0; parts && i < parts->parts.size(); ++i) {
    require(parts->parts[i].number > last && !parts->parts[i].token.empty());
    last = parts->parts[i].number;
  }
  require(!parts || parts->next == 0 || (parts->next >= last && parts->next > 3));

  const auto uploads = parse_list_uploads("u k", response);
  require(!uploads || uploads->next_page_token != "u k");
  for (std::size_t i = 0; uploads && i < uploads->entries.size(); ++i) {
    require(!uploads->entries[i].key.empty() && !uploads->entries[i].upload.value.empty());
    require(i == 0 || uploads->entries[i - 1].key <= uploads->entries[i].key);
  }
  // What one page says, the next request can ask.
  require(!uploads || list_uploads_request({}, {}, uploads->next_page_token, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 301, 400, 403, 404, 409, 500, 503};
  http::Response response;
  response.status = kStatuses[data[0] >> 2 & 7];
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const http::Request request = request_of(data[0] & 3, data[0] >> 5 & 1, data[0] >> 6 & 3);

  check_reader(response.body);
  const auto failure = classify_reply(request, response, false);
  if (failure) require(!failure->error.message.empty() || !failure->error.service_code.empty());
  const auto region = region_of_redirect(response);
  require(!region || aws::is_region(*region));
  (void)error_of_reply(response);
  check_page(response, aws::S3Server::aws);
  check_page(response, aws::S3Server::cos);
  check_uploads(response);
  const auto copied = parse_copy(response);
  require(!copied || !copied->token.empty());
  const auto buckets = parse_list_buckets("t", response);
  require(!buckets || buckets->next_page_token != "t");
  check_versions(response);
  check_removals(response);
  const auto tags = parse_tags(response);
  require(!tags || tags->count("") == 0);
  return 0;
}
