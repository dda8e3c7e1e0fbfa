#include "azure/blob/checksum.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;

TEST_CASE("Azure's CRC-64 is NVMe's with its lowest byte first") {
  // https://github.com/Azure/azure-sdk-for-cpp/blob/main/sdk/storage/azure-storage-common/test/ut/crypt_functions_test.cpp
  CHECK(digest_of("", Digests::crc64).value == "AAAAAAAAAAA=");
  CHECK(digest_of("Hello Azure!", Digests::crc64).value == "DtjZpL9/o8c=");
  CHECK(digest_of(StringSource("Hello Azure!"), Digests::crc64, {})->value == "DtjZpL9/o8c=");
  CHECK(digest_of(StringSource("Hello Azure!"), Digests::md5, {})->value == "Pz8543xut4RVSbb2g52Mww==");
}

TEST_CASE("CRC-64 goes to Azure's own hosts, MD5 to all others") {
  for (const char* const host : {"acc.blob.core.windows.net", "acc.blob.core.chinacloudapi.cn",
                                 "acc.blob.core.usgovcloudapi.net", "acc.z01.blob.storage.azure.net"}) {
    CHECK(digests_of_host(host) == Digests::crc64);
  }
  for (const char* const host : {"127.0.0.1", "localhost", "blob.example.com", "core.windows.net.example.com", ""}) {
    CHECK(digests_of_host(host) == Digests::md5);
  }
}

TEST_CASE_FIXTURE(BlobFixture, "a put says all of the blob in one request") {
  transport->then(reply(201, {{"ETag", "\"0x8D1\""}, {"Last-Modified", "Thu, 26 Nov 2026 00:00:00 GMT"}}));
  PutOptions options;
  options.content = {"text/plain", "no-cache", "br", "attachment", "de"};
  options.metadata = {{"owner", "ada"}};
  options.storage_class = "Cool";
  options.tags = {{"Two Words", "a=b"}, {"x", ""}};
  const auto info = bucket->put("k", MemorySource("Hello Azure!"), options);
  REQUIRE(info);
  CHECK(info->token == "0x8D1");
  CHECK(info->size == 12);
  CHECK(sent() == std::vector<std::string>{"PUT " + kBase +
                                           "/k\n"
                                           "x-ms-blob-type: BlockBlob\n"
                                           "x-ms-blob-content-type: text/plain\n"
                                           "x-ms-blob-cache-control: no-cache\n"
                                           "x-ms-blob-content-encoding: br\n"
                                           "x-ms-blob-content-disposition: attachment\n"
                                           "x-ms-blob-content-language: de\n"
                                           "x-ms-meta-owner: ada\n"
                                           "x-ms-access-tier: Cool\n"
                                           "x-ms-tags: Two%20Words=a%3Db&x=\n"
                                           "x-ms-content-crc64: DtjZpL9/o8c=\n"});
}

TEST_CASE_FIXTURE(BlobFixture, "trap 7: absent() on a blob that is there is 409 BlobAlreadyExists at Azure") {
  transport->then(refused(409, "BlobAlreadyExists"));
  const auto put = bucket->put("k", MemorySource("v"), {.condition = Condition::absent()});
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::precondition_failed);
  CHECK(put.error().service_code == "BlobAlreadyExists");
  CHECK(transport->sent().at(0).headers.get("if-none-match") == "*");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 7: match() on a blob that is not there did not hold, by 404 and by 412 alike") {
  transport->then(refused(404, "BlobNotFound")).then(refused(412, "ConditionNotMet"));
  for (int i = 0; i < 2; ++i) {
    const auto put = bucket->put("k", MemorySource("v"), {.condition = Condition::match("0x8D1")});
    REQUIRE_FALSE(put);
    CHECK(put.error().code == ErrorCode::precondition_failed);
  }
  CHECK(transport->sent().at(0).headers.get("if-match") == "\"0x8D1\"");
  // A container that is not there is no answer to the condition.
  transport->then(refused(404, "ContainerNotFound"));
  CHECK(bucket->put("k", MemorySource("v"), {.condition = Condition::match("0x8D1")}).error().code ==
        ErrorCode::not_found);
}

TEST_CASE_FIXTURE(BlobFixture, "a conditional put whose reply is lost is not repeated by the client, a plain one is") {
  transport->then(broken());
  const auto lost = bucket->put("k", MemorySource("v"), {.condition = Condition::absent()});
  REQUIRE_FALSE(lost);
  CHECK(lost.error().may_have_happened);
  CHECK(transport->sent().size() == 1);
  transport->then(broken()).then(reply(201, {{"ETag", "\"0x8D1\""}}));
  CHECK(bucket->put("k", MemorySource("v"), {}));
  CHECK(transport->sent().size() == 3);
}

TEST_CASE_FIXTURE(BlobFixture, "a lost reply to a conditional put is settled by the write's id") {
  const Bucket handle(bucket);
  std::string id;
  transport->then([&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    id = request.headers.get("x-ms-meta-ckwrite");
    return broken()(request, receiver, context);
  });
  transport->then([&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    return reply(200, {{"ETag", "\"0x8D1\""}, {"Content-Length", "1"}, {"x-ms-meta-ckwrite", id}})(request, receiver,
                                                                                                   context);
  });
  const auto put = handle.put("k", "v", {.condition = Condition::absent()});
  REQUIRE(put);
  CHECK(put->token == "0x8D1");
  CHECK(put->metadata.empty());
  CHECK(id.size() == 32);
}

TEST_CASE_FIXTURE(BlobFixture, "bytes that arrived wrong are sent once more, then they are lost") {
  transport->then(refused(400, "Crc64Mismatch"), 2);
  const auto put = bucket->put("k", MemorySource("v"), {});
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::data_loss);
  CHECK(transport->sent().size() == 2);
  transport->then(reply(201, {{"ETag", "\"0x8D1\""}, {"x-ms-content-crc64", "AAAAAAAAAAA="}}));
  const auto stored = bucket->put("k", MemorySource("v"), {});
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == ErrorCode::data_loss);
  CHECK(stored.error().may_have_happened);
}

TEST_CASE_FIXTURE(BlobFixture, "trap 14: a blob is removed with its snapshots, and one that is not there is gone") {
  transport->then(reply(202)).then(refused(404, "BlobNotFound")).then(refused(404, "ContainerNotFound"));
  CHECK(bucket->remove("k", {}));
  CHECK(sent().back() == "DELETE " + kBase + "/k\nx-ms-delete-snapshots: include\n");
  CHECK(bucket->remove("k", {}));
  CHECK(bucket->remove("k", {}).error().code == ErrorCode::not_found);
}
