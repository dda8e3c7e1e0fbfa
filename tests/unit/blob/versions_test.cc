#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// What an account keeps of blobs that were replaced or removed.
namespace {

std::string row(std::string_view name, std::string_view version, bool is_current = false) {
  return fmt::format(
      "<Blob><Name>{}</Name>{}{}<Properties><Last-Modified>Thu, 26 Nov 2026 00:00:00 GMT</Last-Modified>"
      "<Etag>0x{}</Etag><Content-Length>3</Content-Length><AccessTier>Cool</AccessTier></Properties></Blob>",
      name, version.empty() ? "" : fmt::format("<VersionId>{}</VersionId>", version),
      is_current ? "<IsCurrentVersion>true</IsCurrentVersion>" : "", version.size());
}
ScriptedTransport::Step listed(std::string_view rows, std::string_view next = {}) {
  return reply(
      200, {},
      fmt::format("<EnumerationResults><Blobs>{}</Blobs><NextMarker>{}</NextMarker></EnumerationResults>", rows, next));
}
std::vector<std::string> shown(const VersionPage& page) {
  std::vector<std::string> texts;
  for (const VersionEntry& entry : page.entries) {
    texts.push_back(entry.key + " " + entry.version_id + (entry.is_latest ? " latest" : ""));
  }
  return texts;
}
using Texts = std::vector<std::string>;

ScriptedTransport::Step head(std::string etag, std::string version) {
  return reply(200, {{"content-length", "3"}, {"etag", '"' + etag + '"'}, {"x-ms-version-id", version}});
}

}  // namespace

TEST_CASE_FIXTURE(BlobFixture, "the versions of a key come together, the newest first") {
  transport->then(listed(row("k", "2026-01") + row("k", "2026-02"), "m1"))
      .then(listed(row("k", "2026-03", true) + row("l", "2026-01"), "m2"));
  ListVersionsRequest request;
  request.prefix = "p";
  request.page_token = "k";
  const auto page = bucket->list_versions_page(request);
  REQUIRE(page);
  CHECK(shown(*page) == Texts{"k 2026-03 latest", "k 2026-02", "k 2026-01"});
  CHECK(page->entries[0].size == 3);
  CHECK(page->entries[0].storage_class == "Cool");
  // More of it may be on the next page.
  CHECK(page->next_page_token == "l");
  CHECK(sent()[0] ==
        "GET " + kBase + "?restype=container&comp=list&include=versions&maxresults=1000&prefix=p&startFrom=k\n");
  CHECK(sent()[1].find("&marker=m1&startFrom=k") != std::string::npos);
}

TEST_CASE_FIXTURE(BlobFixture, "an account without versions has one of each blob, that a removal removes") {
  transport->then(listed(row("k", "") + row("before the token", ""))).then(reply(202)).then(head("e1", ""));
  ListVersionsRequest request;
  request.page_token = "c";
  const auto page = bucket->list_versions_page(request);
  REQUIRE(page);
  CHECK(shown(*page) == Texts{"k null latest"});
  CHECK(bucket->remove_version("k", "null", {}));
  CHECK(bucket->head("k", {"null", {}}));
  CHECK(sent()[1].find("DELETE " + kBase + "/k\n") == 0);
  CHECK(sent()[2].find("HEAD " + kBase + "/k\n") == 0);
}

TEST_CASE_FIXTURE(BlobFixture, "a listing of versions that would have no end is an error") {
  transport->then(listed(row("k", "2026-01"), "m")).then(listed(row("k", "2026-02"), "m"));
  CHECK(bucket->list_versions_page({}).error().message == "the listing goes on where it already was");
}

TEST_CASE_FIXTURE(BlobFixture, "an earlier version is read, asked about, and removed by its id") {
  transport->then(reply(200, {{"content-length", "3"}, {"etag", "\"e1\""}, {"x-ms-version-id", "2026-01"}}, "old"))
      .then(head("e1", "2026-01"))
      .then(reply(200, {}, "<Tags><TagSet></TagSet></Tags>"))
      .then(reply(202))
      .then(refused(404, "BlobNotFound"));
  Received collector;
  GetOptions get;
  get.version_id = "2026-01";
  CHECK(bucket->get("k", get, collector)->version_id == "2026-01");
  CHECK(collector.data == "old");
  CHECK(bucket->head("k", {"2026-01", {}})->version_id == "2026-01");
  CHECK(bucket->get_tags("k", {"2026-01", {}}));
  CHECK(bucket->remove_version("k", "2026-01", {}));
  CHECK(bucket->remove_version("k", "2026-01", {}));  // It is gone already.
  for (const std::string& text : sent()) CHECK(text.find("versionid=2026-01") != std::string::npos);
  CHECK(sent()[3] == "DELETE " + kBase + "/k?versionid=2026-01\n");
}

TEST_CASE_FIXTURE(BlobFixture,
                  "the current version becomes an earlier one before it is removed, if it still is the one") {
  transport->then(refused(403, "OperationNotAllowedOnRootBlob"))
      .then(head("e1", "2026-03"))
      .then(reply(202))
      .then(reply(202));
  CHECK(bucket->remove_version("k", "2026-03", {}));
  REQUIRE(sent().size() == 4);
  CHECK(sent()[2].find("if-match: \"e1\"\n") != std::string::npos);
  CHECK(sent()[3].find("DELETE " + kBase + "/k?versionid=2026-03\n") == 0);

  // Another one is current by now: that one stays.
  transport->then(refused(403, "OperationNotAllowedOnRootBlob")).then(head("e2", "2026-04")).then(reply(202));
  CHECK(bucket->remove_version("k", "2026-03", {}));
  CHECK(sent().size() == 7);
  transport->then(refused(403, "OperationNotAllowedOnRootBlob"))
      .then(head("e1", "2026-03"))
      .then(refused(412, "ConditionNotMet"))
      .then(reply(202));
  CHECK(bucket->remove_version("k", "2026-03", {}));
}

TEST_CASE_FIXTURE(BlobFixture, "a copy of an earlier version names it, and is pinned to it") {
  transport->then(head("e1", "2026-01"))
      .then(reply(202, {{"etag", "\"e9\""},
                        {"x-ms-copy-id", "c"},
                        {"x-ms-copy-status", "success"},
                        {"x-ms-version-id", "2026-09"}}));
  CopyRequest request;
  request.source_bucket = "reports";
  request.source_key = request.destination_key = "k";
  request.source_version = "2026-01T00:00:00Z";
  request.options.condition = Condition::absent();
  const auto step = bucket->copy(request);
  REQUIRE(step);
  CHECK(step->info->version_id == "2026-09");
  CHECK(sent()[0].find("/k?versionid=2026-01T00%3A00%3A00Z") != std::string::npos);
  CHECK(sent()[1].find("x-ms-copy-source: " + kBase + "/k?versionid=2026-01T00%3A00%3A00Z\n") != std::string::npos);
  CHECK(sent()[1].find("x-ms-source-if-match: \"e1\"\n") != std::string::npos);
}
