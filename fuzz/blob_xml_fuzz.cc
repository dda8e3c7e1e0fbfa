#include "azure/blob/errors.h"
#include "azure/blob/protocol_batch.h"
#include "azure/blob/protocol_blocks.h"
#include "azure/blob/protocol_containers.h"
#include "azure/blob/protocol_listing.h"
#include "azure/blob/protocol_objects.h"
#include "azure/blob/protocol_tags.h"
#include "http/object/version_pages.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

// Every reply of Azure's Blob service that has a body: the first byte chooses which, the rest is the body.
using namespace cloudkit;
using namespace cloudkit::azure::blob;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_list(const http::Response& response) {
  ListPageRequest request;
  request.start_after = "k";
  request.page_token = "here";
  const auto page = parse_list(request, response);
  if (!page) return;
  require(page->next_page_token != request.page_token);
  for (const ListEntry& entry : page->entries) require(!entry.key.empty());
}

// Of the same body, so that one corpus serves both.
void read_versions(const http::Response& response) {
  ListVersionsRequest request;
  request.page_token = "k";
  auto page = parse_list_versions(request, "here", response);
  if (!page) return;
  require(page->next_page_token != "here");
  for (const VersionEntry& entry : page->entries) require(entry.key >= "k" && !entry.version_id.empty());
  const VersionPage whole = http::whole_keys(*std::move(page), is_newer);
  for (std::size_t i = 1; i < whole.entries.size(); ++i) {
    require(whole.entries[i - 1].key <= whole.entries[i].key);
  }
}

void read_batch(http::Response& response) {
  response.headers.add("Content-Type", "multipart/mixed; boundary=b");
  const auto replies = parse_batch(3, response);
  if (!replies) return;
  require(replies->size() == 3);
  for (const http::Response& reply : *replies) {
    require(reply.status >= 100);
    (void)failure_of({}, reply);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  http::Response response;
  response.status = 200;
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      read_list(response);
      read_versions(response);
      break;
    case 1: (void)parse_list_containers("here", response); break;
    case 2: {
      const auto parts = parse_blocks("00112233445566778899aabb", response);
      for (std::size_t i = 1; parts && i < parts->size(); ++i) require((*parts)[i - 1].number <= (*parts)[i].number);
      break;
    }
    case 3: (void)parse_tags(response); break;
    case 4: read_batch(response); break;
    default: {
      response.status = 400 + data[0];
      const http::Failure failure = failure_of({}, response);
      require(failure.error.message.find('\n') == std::string::npos);
      break;
    }
  }
  return 0;
}
