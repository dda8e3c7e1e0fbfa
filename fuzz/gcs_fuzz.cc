#include "gcp/gcs/errors.h"
#include "gcp/gcs/object_resource.h"
#include "gcp/gcs/protocol_buckets.h"
#include "gcp/gcs/protocol_bulk.h"
#include "gcp/gcs/protocol_listing.h"
#include "gcp/gcs/protocol_objects.h"
#include "gcp/gcs/protocol_put.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

// Every reply of Cloud Storage: the first byte chooses who reads it, the rest is its body or its one header.
using namespace cloudkit;
using namespace cloudkit::gcp::gcs;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_object(const Result<ObjectResource>& object) {
  if (!object) return;
  require(!object->info.key.empty() && is_generation(object->info.token));
}

void check_list(const http::Response& response) {
  ListPageRequest request;
  request.start_after = "a";
  const auto page = parse_list(request, response);
  if (!page) return;
  for (std::size_t i = 0; i < page->entries.size(); ++i) {
    require(!page->entries[i].key.empty());
    require(i == 0 || page->entries[i - 1].key <= page->entries[i].key);
    require(page->entries[i].is_prefix || page->entries[i].key != "a");
  }
}

void check_batch(const http::Response& response) {
  const std::vector<std::string> keys = {"a", "b"};
  const auto failures = parse_batch(keys, response);
  if (failures) require(failures->size() <= keys.size());
}

// Whatever a reply says of itself, no other host is asked, and none without an id.
void check_session(const http::Response& response) {
  const Target target;
  const auto upload = parse_begin_session(target, "b", response);
  if (!upload) return;
  const auto request = session_state_request(target, "b", *upload);
  if (request) require(request->host == target.host && request->scheme == target.scheme);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::Response response;
  response.status = 200;
  response.body = text;
  response.headers.add("content-type", "multipart/mixed; boundary=x");
  switch (data[0] % 8) {
    case 0: check_object(parse_object(response)); break;
    case 1: check_list(response); break;
    case 2: (void)parse_list_versions("", response); break;
    case 3: (void)parse_list_buckets({}, response); break;
    case 4: (void)parse_rewrite(response); break;
    case 5: check_batch(response); break;
    case 6:
      response.headers.add("location", text);
      response.headers.add("x-goog-hash", text);
      response.headers.add("x-goog-generation", "1");
      check_session(response);
      (void)read_object_headers("k", response);
      response.status = 308;
      response.headers.add("range", text);
      (void)parse_session_state(response);
      break;
    default:
      response.status = 400 + data[0] / 8;
      require(classify_reply({}, response, false).has_value());
      break;
  }
  return 0;
}
