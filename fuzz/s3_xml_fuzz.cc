#include "aws/s3/errors.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_listing.h"
#include "aws/s3/protocol_objects.h"
#include "aws/service_endpoint.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// Every XML reply of S3: the first byte chooses status and request, the rest is the body.
using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

http::Request request_of(unsigned kind) {
  http::Request request;
  if (kind == 0) request.query = {{"list-type", "2"}};
  if (kind == 1) request.query = {{"max-buckets", "1000"}};
  if (kind == 2) request.headers.add("x-amz-copy-source", "b/k");
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 301, 400, 403, 404, 409, 500, 503};
  http::Response response;
  response.status = kStatuses[data[0] >> 2 & 7];
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const http::Request request = request_of(data[0] & 3);

  const auto failure = classify_reply(request, response, false);
  if (failure) require(!failure->error.message.empty() || !failure->error.service_code.empty());
  const auto region = region_of_redirect(response);
  require(!region || aws::is_region(*region));
  (void)error_of_reply(response);
  check_page(response, aws::S3Server::aws);
  check_page(response, aws::S3Server::cos);
  const auto copied = parse_copy(response);
  require(!copied || !copied->token.empty());
  const auto buckets = parse_list_buckets("t", response);
  require(!buckets || buckets->next_page_token != "t");
  return 0;
}
