#include "azure/blob/protocol_listing.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;

namespace {

std::string blob(std::string_view name, std::string_view properties = {}, std::string_view attributes = {}) {
  return fmt::format(
      "<Blob><Name{}>{}</Name><Properties><Last-Modified>Thu, 26 Nov 2026 00:00:00 GMT</Last-Modified>"
      "<Etag>0x8D1</Etag><Content-Length>3</Content-Length>{}</Properties></Blob>",
      attributes, name, properties);
}
std::string page(std::string_view blobs, std::string_view next = {}) {
  return fmt::format(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://x/\" "
      "ContainerName=\"reports\"><Blobs>{}</Blobs><NextMarker>{}</NextMarker></EnumerationResults>",
      blobs, next);
}
Result<ListPage> parse(std::string body, const ListPageRequest& request = {}) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  return parse_list(request, response);
}
std::vector<std::string> keys_of(const ListPage& listed) {
  std::vector<std::string> keys;
  for (const ListEntry& entry : listed.entries) keys.push_back(entry.key + (entry.is_prefix ? " prefix" : ""));
  return keys;
}
using ::test::Keys;

}  // namespace

TEST_CASE("a listing asks for prefix, delimiter, marker and place to begin") {
  const Target target{"https", "acc.blob.core.windows.net", "/reports"};
  CHECK(text_of(list_request(target, {})) == "GET " + kBase + "?restype=container&comp=list&maxresults=1000\n");
  ListPageRequest request;
  request.prefix = "a b";
  request.start_after = "a b/1";
  request.page_token = "2!76!x";
  request.page_size = 7;
  CHECK(text_of(list_request(target, request)) ==
        "GET " + kBase +
            "?restype=container&comp=list&maxresults=7&prefix=a%20b&marker=2%2176%21x&startFrom=a%20b%2F1\n");
  request.delimiter = "/";
  CHECK(text_of(list_request(target, request)).find("startFrom") == std::string::npos);
}

TEST_CASE("trap 9: a listing begins with a byte order mark") {
  const auto listed =
      parse(page(blob("a", "<AccessTier>Cool</AccessTier>") +
                 blob("b", "<AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>")));
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{"a", "b"});
  CHECK(listed->entries[0].size == 3);
  CHECK(listed->entries[0].token == "0x8D1");
  CHECK(listed->entries[0].storage_class == "Cool");
  CHECK(listed->entries[1].storage_class.empty());
  CHECK(listed->next_page_token.empty());
}

TEST_CASE("trap 9: names that XML cannot write are encoded, and only those that say so") {
  const auto listed = parse(page(blob("a%EF%BF%BEb", {}, " Encoded=\"true\"") + blob("c%20d") +
                                 blob("e%20f", {}, " Encoded=\"false\"") +
                                 "<BlobPrefix><Name Encoded='true'>g%EF%BF%BF/</Name></BlobPrefix>"));
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{"a\xEF\xBF\xBE"
                                 "b",
                                 "c%20d", "e%20f", "g\xEF\xBF\xBF/ prefix"});
  CHECK(parse(page(blob("a%zz", {}, " Encoded=\"true\""))).error().code == ErrorCode::unknown);
}

TEST_CASE("trap 9: a page without a blob may have a next one; one that goes on where it was has none") {
  const auto listed = parse(page("", "2!76!x"));
  REQUIRE(listed);
  CHECK(listed->entries.empty());
  CHECK(listed->next_page_token == "2!76!x");
  ListPageRequest again;
  again.page_token = "2!76!x";
  CHECK(parse(page("", "2!76!x"), again).error().message == "the listing goes on where it already was");
}

TEST_CASE("trap 9: directories of accounts that have them are no objects") {
  const auto listed = parse(
      page(blob("d", "<ResourceType>directory</ResourceType>") + blob("d/k", "<ResourceType>file</ResourceType>")));
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{"d/k"});
}

TEST_CASE("spaces in names stay, blobs and prefixes come in byte order") {
  const auto listed = parse(page(blob("b") + blob(" ") + blob("a ") + "<BlobPrefix><Name>a/</Name></BlobPrefix>"));
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{" ", "a ", "a/ prefix", "b"});
}

TEST_CASE("a listing that is not understood whole is none") {
  for (const std::string& body :
       {std::string(), std::string("<Error/>"), page(blob("")), page("<Blob><Name>a</Name></Blob>"),
        page("<Blob><Name>a</Name><Properties><Content-Length>-1</Content-Length></Properties></Blob>"),
        page("<Blob><Name>a</Name><Properties><Content-Length>1</Content-Length><Last-Modified>now</Last-Modified>"
             "</Properties></Blob>"),
        page(blob("a")).substr(0, 200)}) {
    const auto listed = parse(body);
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == ErrorCode::unknown);
  }
}

TEST_CASE_FIXTURE(BlobFixture, "a server that does not know startFrom begins at the beginning: nothing comes twice") {
  transport->then(reply(200, {}, page(blob("a") + blob("b"), "m1"))).then(reply(200, {}, page(blob("c"))));
  const Bucket handle(bucket);
  const auto listed = handle.list_all({.start_after = "b"});
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK((*listed)[0].key == "c");
}

TEST_CASE_FIXTURE(BlobFixture, "a prefix that holds the place to begin stays only if it holds more") {
  const std::string groups =
      "<BlobPrefix><Name>a/</Name></BlobPrefix><BlobPrefix><Name>d/</Name></BlobPrefix>"
      "<BlobPrefix><Name>e/</Name></BlobPrefix>";
  ListPageRequest request;
  request.delimiter = "/";
  request.start_after = "d/1";
  transport->then(reply(200, {}, page(groups))).then(reply(200, {}, page(blob("d/1") + blob("d/2"))));
  auto listed = bucket->list_page(request);
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{"d/ prefix", "e/ prefix"});
  transport->then(reply(200, {}, page(groups)))
      .then(reply(200, {}, page("", "m")))
      .then(reply(200, {}, page(blob("d/1"))));
  listed = bucket->list_page(request);
  REQUIRE(listed);
  CHECK(keys_of(*listed) == Keys{"e/ prefix"});
}
