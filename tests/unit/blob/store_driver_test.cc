#include "auth/shared_key.h"
#include "azure/blob/open.h"
#include "azure/blob/protocol_listing.h"
#include "core/encode.h"
#include "fixture.h"

#include <cloudkit/open.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

const std::string kEmptyPage = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>";

}  // namespace

TEST_CASE_FIXTURE(BlobFixture, "containers are made, found and deleted") {
  transport->then(reply(201)).then(reply(200)).then(refused(404, "ContainerNotFound"));
  CHECK(store->create_bucket("reports", {}));
  CHECK(store->bucket_exists("reports", {}).value());
  CHECK_FALSE(store->bucket_exists("reports", {}).value());
  CHECK(sent().at(0) == "PUT " + kBase + "?restype=container\n");
  CHECK(sent().at(1) == "HEAD " + kBase + "?restype=container\n");
  transport->then(refused(409, "ContainerAlreadyExists"));
  CHECK(store->create_bucket("reports", {}).error().code == ErrorCode::already_exists);
  CHECK(store->create_bucket("reports", {.versioned = true}).error().code == ErrorCode::unsupported);
}

TEST_CASE_FIXTURE(BlobFixture, "a container with anything in it is not deleted, though Azure would") {
  transport->then(reply(200, {}, "<EnumerationResults><Blobs/><NextMarker>m</NextMarker></EnumerationResults>"))
      .then(reply(200, {},
                  "<EnumerationResults><Blobs><Blob><Name>k</Name><Properties><Content-Length>1</Content-Length>"
                  "</Properties></Blob></Blobs></EnumerationResults>"));
  const auto full = store->delete_bucket("reports", {});
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ErrorCode::conflict);
  CHECK(full.error().hint ==
        "remove its objects first; snapshots, earlier versions and parts of unfinished uploads count too, which no "
        "list shows");
  CHECK(sent().at(0).find("include=snapshots%2Cuncommittedblobs%2Cversions") != std::string::npos);
  CHECK(sent().at(1).find("marker=m") != std::string::npos);
  transport->then(reply(200, {}, kEmptyPage)).then(reply(202));
  CHECK(store->delete_bucket("reports", {}));
  CHECK(sent().back() == "DELETE " + kBase + "?restype=container\n");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 14: the name of a container that is being deleted is waited for") {
  transport->then(refused(409, "ContainerBeingDeleted")).then(reply(201));
  CHECK(store->create_bucket("reports", {}));
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(BlobFixture, "containers are listed page by page") {
  transport
      ->then(reply(200, {},
                   "\xEF\xBB\xBF<EnumerationResults><Containers><Container><Name>a</Name></Container>"
                   "<Container><Name>b</Name></Container></Containers><NextMarker>/acc/c</NextMarker>"
                   "</EnumerationResults>"))
      .then(reply(200, {}, "<EnumerationResults><Containers/><NextMarker/></EnumerationResults>"));
  const auto page = store->list_buckets_page({}, {});
  REQUIRE(page);
  REQUIRE(page->entries.size() == 2);
  CHECK(page->entries[1].name == "b");
  CHECK(page->next_page_token == "/acc/c");
  CHECK(store->list_buckets_page(page->next_page_token, {})->next_page_token.empty());
  CHECK(sent() == std::vector<std::string>{"GET https://acc.blob.core.windows.net/?comp=list\n",
                                           "GET https://acc.blob.core.windows.net/?comp=list&marker=%2Facc%2Fc\n"});
}

TEST_CASE_FIXTURE(BlobFixture, "a URL is presigned by a shared access signature of its one blob") {
  const auto url = bucket->presign("a b", {.method = PresignMethod::put});
  REQUIRE(url);
  CHECK(url->starts_with(kBase + "/a%20b?"));
  CHECK(url->find("sp=cw") != std::string::npos);
  CHECK(url->find("sr=b") != std::string::npos);
  CHECK(url->find("se=2026-11-26T00%3A15%3A00Z") != std::string::npos);
  CHECK(url->find("spr=https") != std::string::npos);
  CHECK(bucket->presign("k", {.content_type = "text/plain"}).error().code == ErrorCode::unsupported);
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(BlobFixture, "a URL says what the reply is to say, and of which version, as its signature does") {
  PresignOptions options;
  options.response = {.type = "application/pdf",
                      .cache_control = "no-store",
                      .encoding = "gzip",
                      .disposition = "attachment; filename=\"a b.pdf\"",
                      .language = "de"};
  options.version_id = "2026-11-01T00:00:00.0000000Z";
  const auto url = bucket->presign("k", options);
  REQUIRE(url);
  for (const char* said :
       {"sr=bv&", "rsct=application%2Fpdf&", "rscc=no-store&", "rsce=gzip&", "rscl=de&",
        "rscd=attachment%3B%20filename%3D%22a%20b.pdf%22&", "sp=r&", "&versionid=2026-11-01T00%3A00%3A00.0000000Z"}) {
    CAPTURE(said);
    CHECK(url->find(said) != std::string::npos);
  }
  const auto key = auth::SharedKey::parse("acc", with_key().account_key).value();
  const std::string signature = key.sign(
      "r\n\n2026-11-26T00:15:00Z\n/blob/acc/reports/k\n\n\nhttps\n2022-11-02\nbv\n"
      "2026-11-01T00:00:00.0000000Z\n\nno-store\nattachment; filename=\"a b.pdf\"\ngzip\nde\napplication/pdf");
  CHECK(url->find("&sig=" + core::percent_encode(signature, core::Slash::encode) + "&") != std::string::npos);
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(BlobFixture, "a URL that removes a version may do no more, and one of no version is the blob's") {
  const auto version = bucket->presign("k", {.method = PresignMethod::remove, .version_id = "2026-01"}).value();
  for (const char* said : {"sp=x&", "sr=bv&", "&versionid=2026-01"}) CHECK(version.find(said) != std::string::npos);
  const auto blob = bucket->presign("k", {.method = PresignMethod::remove, .version_id = "null"}).value();
  for (const char* said : {"sp=d&", "sr=b&"}) CHECK(blob.find(said) != std::string::npos);
  CHECK(blob.find("versionid") == std::string::npos);
}

TEST_CASE("what an az URL says") {
  const auto options = azure::blob::options_of(
      Url::parse("az://reports/2026?account=acc&endpoint=https://acc.example&anonymous=true").value());
  REQUIRE(options);
  CHECK(options->account == "acc");
  CHECK(options->endpoint == "https://acc.example");
  CHECK(options->anonymous);
  const auto wrong = azure::blob::options_of(Url::parse("az://reports?key=x").value());
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::invalid_argument);
  CHECK_FALSE(azure::blob::options_of(Url::parse("az://reports?anonymous=maybe").value()));
  const auto bucket = open_bucket("az://reports/2026?account=acc&anonymous=true");
  REQUIRE(bucket);
  CHECK(bucket->url("k") == "az://reports/2026/k");
  CHECK(open_bucket("az://Reports?account=acc&anonymous=true").error().code == ErrorCode::invalid_argument);
}
