#include "fixture.h"
#include "gcp/gcs/protocol_objects.h"
#include "gcp/gcs/protocol_put.h"

#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;
using ::test::contains;

// What has cost other libraries data or time, one by one.
namespace {

PutOptions when(Condition condition) {
  PutOptions options;
  options.condition = std::move(condition);
  return options;
}

PutPartRequest part_at(std::uint64_t offset, bool last = false) {
  PutPartRequest request;
  request.key = "k";
  request.upload = {"/upload/storage/v1/b/reports/o?uploadType=resumable&upload_id=cktest-session-1"};
  request.number = 1;
  request.offset = offset;
  request.last = last;
  return request;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "trap 2: a name is one segment of a path, whatever it holds") {
  transport->then(reply(200, {}, resource("k")), 5);
  for (const char* const key : {"a/b", "a//b", "../x", "a/../b", "+ %2F?#"}) REQUIRE(bucket->head(key, {}));
  const char* const expected[] = {"a%2Fb", "a%2F%2Fb", "..%2Fx", "a%2F..%2Fb", "%2B%20%252F%3F%23"};
  for (std::size_t i = 0; i < 5; ++i) CHECK(contains(sent(i), fmt::format("/storage/v1/b/reports/o/{}?", expected[i])));
}

TEST_CASE_FIXTURE(Fixture, "trap 2: what the service cannot hold never leaves") {
  for (const char* const key : {"", ".", "..", "a\nb", "a\r", ".well-known/acme-challenge/x"}) {
    CAPTURE(key);
    Received collector;
    CHECK(bucket->put(key, MemorySource("v"), {}).error().code == ErrorCode::invalid_argument);
    CHECK(bucket->get(key, {}, collector).error().code == ErrorCode::invalid_argument);
    CHECK(bucket->head(key, {}).error().code == ErrorCode::invalid_argument);
    CHECK(bucket->remove(key, {}).error().code == ErrorCode::invalid_argument);
    CHECK(bucket->begin_upload(key, {}).error().code == ErrorCode::invalid_argument);
    const std::vector<std::string> keys = {"fine", key};
    CHECK(bucket->remove_many(keys, {}).error().code == ErrorCode::invalid_argument);
  }
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "trap 3: conditions are generations, in the query; absent is 0") {
  transport->then(reply(200, {}, resource("k", "1")), 2);
  CHECK(bucket->put("k", MemorySource("v"), when(Condition::absent())));
  CHECK(bucket->put("k", MemorySource("v"), when(Condition::match("1700000000000000"))));
  CHECK(contains(sent(0), "&ifGenerationMatch=0\n"));
  CHECK(contains(sent(1), "&ifGenerationMatch=1700000000000000\n"));
}

TEST_CASE_FIXTURE(Fixture, "trap 3: a token of another store matches nothing, and is not sent") {
  for (const char* const foreign : {"abc", "0", "01", "-1", "*", "99999999999999999999"}) {
    CAPTURE(foreign);
    const auto error = bucket->put("k", MemorySource("v"), when(Condition::match(foreign))).error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(error.message == "no object of this store has such a token");
  }
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "trap 3: other metadata leave the token as it is") {
  transport->then(reply(200, {}, resource("k", "5", R"(,"metadata":{"old":"1"})")))
      .then(reply(200, {}, resource("k", "5", R"(,"metadata":{"new":"2"})")));
  SetMetadataOptions options;
  options.metadata = Metadata{{"new", "2"}};
  const auto info = bucket->set_metadata("k", options);
  REQUIRE(info);
  CHECK(info->token == "1700000000000001");
  // Of what was seen only, and without what is not to be there any more.
  CHECK(contains(sent(1), "PATCH "));
  CHECK(contains(sent(1), "ifGenerationMatch=1700000000000001&ifMetagenerationMatch=1"));
}

TEST_CASE_FIXTURE(Fixture, "trap 3: a get that may be answered by 304 asks the JSON API, which has such a condition") {
  transport->then(reply(304));
  Received collector;
  GetOptions options;
  options.condition = Condition::not_match("1700000000000001");
  CHECK(bucket->get("k", options, collector).error().code == ErrorCode::not_modified);
  CHECK(contains(sent(0), "ifGenerationNotMatch=1700000000000001"));
}

TEST_CASE_FIXTURE(Fixture, "trap 3: an object that changes after the look of a get is looked at again") {
  const std::string no = refusal(412, "conditionNotMet", "no");
  transport->then(reply(200, {}, resource("k"))).then(reply(412, {}, no));
  transport->then(reply(200, {}, resource("k"))).then(reply(200, media_headers("5"), "12345"));
  Received collector;
  GetOptions options;
  options.condition = Condition::not_match("1700000000000000");
  CHECK(bucket->get("k", options, collector));
  CHECK(collector.data == "12345");
  // Not for ever; and the caller's condition was never broken.
  for (int i = 0; i < 4; ++i) transport->then(reply(200, {}, resource("k"))).then(reply(412, {}, no));
  const auto error = bucket->get("k", options, collector).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.retryable);
}

TEST_CASE_FIXTURE(Fixture, "trap 3: the get after a look names what was seen, and looks again where that is gone") {
  transport->then(reply(200, {}, resource("k")))
      .then(reply(404, {}, "<Error><Code>NoSuchKey</Code><Message>No such object</Message></Error>"))
      .then(reply(200, {}, resource("k")))
      .then(reply(200, media_headers("5"), "12345"));
  Received collector;
  GetOptions options;
  options.condition = Condition::not_match("1700000000000000");
  CHECK(bucket->get("k", options, collector));
  for (const std::size_t get : {1, 3}) CHECK(contains(sent(get), "/reports/k?generation=1700000000000001\n"));
  // Gone for good.
  transport->then(reply(404, {}, refusal(404, "notFound", "No such object: reports/k")));
  CHECK(bucket->get("k", options, collector).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "trap 3: other metadata that change meanwhile break no condition on the content") {
  const std::string no = refusal(412, "conditionNotMet", "no");
  transport->then(reply(200, {}, resource("k"))).then(reply(412, {}, no)).then(reply(200, {}, resource("k")), 2);
  SetMetadataOptions options;
  options.metadata = Metadata{{"new", "2"}};
  options.condition = Condition::match("1700000000000001");
  CHECK(bucket->set_metadata("k", options));
  // Other content does.
  options.condition = Condition::match("1700000000000000");
  transport->then(reply(200, {}, resource("k")));
  CHECK(bucket->set_metadata("k", options).error().code == ErrorCode::precondition_failed);
}

TEST_CASE_FIXTURE(Fixture, "trap 4: the condition of a session is given when it begins") {
  transport->then(reply(200, {{"Location", "https://h/upload/storage/v1/b/reports/o?upload_id=x"}}));
  CHECK(bucket->begin_upload("k", when(Condition::absent())));
  CHECK(contains(sent(0), "uploadType=resumable"));
  CHECK(contains(sent(0), "ifGenerationMatch=0"));
}

TEST_CASE_FIXTURE(Fixture, "trap 5: the last byte of a 308 is one that is there") {
  std::string first;
  std::string second;
  transport->then(keeping(first, reply(308, {{"Range", fmt::format("bytes=0-{}", kUnit - 1)}})))
      .then(keeping(second, reply(308, {{"Range", fmt::format("bytes=0-{}", 2 * kUnit - 1)}})));
  const auto sent = bucket->put_part(part_at(0), MemorySource(std::string(2 * kUnit, 'x')));
  REQUIRE(sent);
  CHECK(sent->persisted_until == 2 * kUnit);
  CHECK(contains(first, fmt::format("content-range: bytes 0-{}/*", 2 * kUnit - 1)));
  // The service kept half of it: the other half is sent again, and nothing else.
  CHECK(contains(second, fmt::format("content-range: bytes {}-{}/*", kUnit, 2 * kUnit - 1)));
}

TEST_CASE_FIXTURE(Fixture, "trap 5: a 308 without a range means nothing, or that nobody knows: it is asked") {
  transport->then(reply(308)).then(reply(308, {{"Range", fmt::format("bytes=0-{}", kUnit - 1)}}));
  REQUIRE(bucket->put_part(part_at(0), MemorySource(std::string(kUnit, 'x'))));
  CHECK(contains(sent(1), "content-range: bytes */*"));
}

TEST_CASE_FIXTURE(Fixture, "trap 5: a session that has nothing after all is no success") {
  transport->then(reply(308), 8);
  const auto error = bucket->put_part(part_at(0), MemorySource(std::string(kUnit, 'x'))).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.retryable);
  CHECK(error.message == "the service keeps no byte of what comes after the first 0");
}

TEST_CASE_FIXTURE(Fixture, "trap 5: what a session has kept nothing of is sent again") {
  std::string again;
  transport->then(reply(308), 2).then(keeping(again, reply(308, {{"Range", fmt::format("bytes=0-{}", kUnit - 1)}})));
  REQUIRE(bucket->put_part(part_at(0), MemorySource(std::string(kUnit, 'x'))));
  CHECK(contains(again, fmt::format("content-range: bytes 0-{}/*", kUnit - 1)));
}

TEST_CASE_FIXTURE(Fixture, "trap 6: a session that is gone is no such upload, and 499 ends one") {
  for (const int status : {404, 410}) {
    CAPTURE(status);
    transport->then(reply(status, {}, "Not Found"));
    const auto error = bucket->put_part(part_at(0), MemorySource(std::string(kUnit, 'x'))).error();
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.service_code == "NoSuchUpload");
    CHECK(error.http_status == status);
  }
  for (const int status : {499, 204, 404, 410}) {
    transport->then(reply(status));
    CHECK(bucket->abort_upload("k", part_at(0).upload, {}));
  }
}

TEST_CASE_FIXTURE(Fixture, "trap 6: a session is a secret: no error shows it") {
  transport->then(reply(400, {}, refusal(400, "invalid", "no")), 1);
  const auto error = bucket->put_part(part_at(0), MemorySource(std::string(kUnit, 'x'))).error();
  CHECK_FALSE(contains(error.to_string(), "cktest-session"));
  CHECK_FALSE(contains(http::redacted_url(transport->sent()[0]), "cktest-session"));
}

TEST_CASE_FIXTURE(Fixture, "trap 6: a reply sends no token to another host") {
  transport->then(reply(200, {{"Location", "https://evil.example/upload/storage/v1/b/reports/o?upload_id=x"}}))
      .then(reply(308, {{"Range", fmt::format("bytes=0-{}", kUnit - 1)}}));
  const auto upload = bucket->begin_upload("k", {});
  REQUIRE(upload);
  PutPartRequest request = part_at(0);
  request.upload = *upload;
  CHECK(bucket->put_part(request, MemorySource(std::string(kUnit, 'x'))));
  CHECK(transport->sent()[1].host == "storage.googleapis.com");
}

TEST_CASE_FIXTURE(Fixture, "trap 7: a small put is one request, with metadata and checksum") {
  std::string text;
  transport->then(keeping(text, reply(200, {}, resource("k", "9", R"(,"crc32c":"4waSgw==")"))));
  PutOptions options;
  options.content.type = "text/plain";
  options.metadata = {{"owner", "ada"}};
  REQUIRE(bucket->put("d/k", MemorySource("123456789"), options));
  CHECK(contains(text, "POST https://storage.googleapis.com/upload/storage/v1/b/reports/o?uploadType=multipart&"));
  CHECK(contains(text, "content-type: multipart/related; boundary="));
  CHECK(contains(text, R"({"name":"d/k","contentType":"text/plain","metadata":{"owner":"ada"},"crc32c":"4waSgw=="})"));
  CHECK(contains(text, "\r\nContent-Type: text/plain\r\n\r\n123456789\r\n--"));
}

TEST_CASE_FIXTURE(Fixture, "trap 8: the offset is inclusive, pages may lack either list, or both, and go on") {
  transport
      ->then(reply(200, {}, fmt::format(R"({{"items":[{},{}],"nextPageToken":"t"}})", resource("a"), resource("b"))))
      .then(reply(200, {}, R"({"nextPageToken":"u"})"))
      .then(reply(200, {}, R"({"prefixes":["c/"]})"));
  ListPageRequest request;
  request.start_after = "a";
  auto page = bucket->list_page(request);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries[0].key == "b");
  CHECK(contains(sent(0), "startOffset=a"));
  request.page_token = page->next_page_token;
  page = bucket->list_page(request);
  REQUIRE(page);
  CHECK(page->entries.empty());
  request.page_token = page->next_page_token;
  page = bucket->list_page(request);
  REQUIRE(page);
  CHECK(page->entries.at(0).is_prefix);
  CHECK(page->next_page_token.empty());
  CHECK(contains(sent(0),
                 "fields=items%28name%2Cgeneration%2Csize%2Cupdated%2CstorageClass%29%2Cprefixes%2CnextPageToken"));
}

TEST_CASE_FIXTURE(Fixture, "trap 9: numbers are texts, and a number is none") {
  transport->then(reply(200, {}, resource("k", "18446744073709551615")))
      .then(reply(200, {}, R"({"name":"k","generation":"5","size":7})"));
  CHECK(bucket->head("k", {})->size == UINT64_MAX);
  CHECK(bucket->head("k", {}).error().message == "size of \"k\" is \"\"");
}

TEST_CASE_FIXTURE(Fixture, "trap 9: a composed object has a CRC and no MD5") {
  transport->then(reply(200, {}, resource("k", "9", R"(,"crc32c":"4waSgw==","componentCount":2)")));
  const auto info = bucket->head("k", {});
  REQUIRE(info);
  CHECK(info->checksum.algorithm == Checksum::Algorithm::crc32c);
  CHECK(info->checksum.value == 0xE3069283);
}

TEST_CASE_FIXTURE(Fixture, "trap 10: gzip is asked for with every get, so that nothing is unpacked on the way") {
  transport->then(reply(200, media_headers("5"), "12345"));
  Received collector;
  REQUIRE(bucket->get("k", {}, collector));
  CHECK(contains(sent(0), "accept-encoding: gzip"));
}

TEST_CASE_FIXTURE(Fixture, "trap 11: removing what is not there succeeds, unless it should have a token") {
  const std::string missing = refusal(404, "notFound", "No such object: reports/k");
  transport->then(reply(404, {}, missing), 2);
  CHECK(bucket->remove("k", {}));
  RemoveOptions options;
  options.condition = Condition::match("5");
  CHECK(bucket->remove("k", options).error().code == ErrorCode::precondition_failed);
  transport->then(reply(404, {}, refusal(404, "notFound", "The specified bucket does not exist.")));
  const auto error = bucket->remove("k", {}).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.service_code == "NoSuchBucket");
}

TEST_CASE_FIXTURE(Fixture, "trap 11: a conditional removal whose reply was lost has happened") {
  transport->then(broken()).then(reply(404, {}, refusal(404, "notFound", "No such object: reports/k")));
  RemoveOptions options;
  options.condition = Condition::match("5");
  CHECK(bucket->remove("k", options));
}

TEST_CASE_FIXTURE(Fixture, "trap 11: a removal whose reply was lost, and somebody else's object there, is not known") {
  transport->then(broken()).then(reply(412, {}, refusal(412, "conditionNotMet", "no")));
  RemoveOptions options;
  options.condition = Condition::match("5");
  const auto error = bucket->remove("k", options).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "trap 11: a copy goes on by its token") {
  transport->then(reply(200, {}, R"({"done":false,"rewriteToken":"tok"})"))
      .then(reply(200, {}, fmt::format(R"({{"done":true,"resource":{}}})", resource("to"))));
  CopyRequest request;
  request.source_bucket = "other";
  request.source_key = "a/b";
  request.destination_key = "c/d";
  const auto first = bucket->copy(request);
  REQUIRE(first);
  CHECK_FALSE(first->info);
  request.resume_token = first->resume_token;
  const auto second = bucket->copy(request);
  REQUIRE(second);
  CHECK(second->info->key == "to");
  CHECK(contains(sent(0), "/storage/v1/b/other/o/a%2Fb/rewriteTo/b/reports/o/c%2Fd?"));
  CHECK_FALSE(contains(sent(0), "&rewriteToken="));
  CHECK(contains(sent(1), "&rewriteToken=tok"));
}

TEST_CASE_FIXTURE(Fixture, "trap 12: too many writes of one object, and a busy service, are tried again") {
  transport->then(reply(429, {}, refusal(429, "rateLimitExceeded", "slow")))
      .then(reply(503, {}, refusal(503, "backendError", "busy")))
      .then(reply(408, {}, ""))
      .then(reply(200, {}, resource("k")));
  CHECK(bucket->head("k", {}));
  CHECK(transport->sent().size() == 4);
  transport->then(reply(403, {}, refusal(403, "rateLimitExceeded", "slow")), 4);
  const auto error = bucket->head("k", {}).error();
  CHECK(error.code == ErrorCode::throttled);
  CHECK(error.attempts == 4);
}

TEST_CASE_FIXTURE(Fixture, "trap 12: many removals are one request, a hundred at most") {
  const std::vector<std::string> keys = {"a/b", "c"};
  std::string text;
  const std::string body =
      "--x\r\nContent-Type: application/http\r\nContent-ID: <response-cloudkit+0>\r\n\r\nHTTP/1.1 204 No Content\r\n"
      "\r\n\r\n--x\r\nContent-Type: application/http\r\nContent-ID: <response-cloudkit+1>\r\n\r\nHTTP/1.1 403 "
      "Forbidden\r\nContent-Type: application/json\r\n\r\n" +
      refusal(403, "forbidden", "no") + "\r\n--x--\r\n";
  transport->then(keeping(text, reply(200, {{"Content-Type", "multipart/mixed; boundary=x"}}, body)));
  const auto failures = bucket->remove_many(keys, {});
  REQUIRE(failures);
  REQUIRE(failures->size() == 1);
  CHECK(failures->front().key == "c");
  CHECK(failures->front().error.code == ErrorCode::permission_denied);
  CHECK(contains(text, "DELETE /storage/v1/b/reports/o/a%2Fb HTTP/1.1\r\n"));
  CHECK(bucket->capabilities().max_remove_many == 100);
}

TEST_CASE_FIXTURE(Fixture, "trap 13: a refused token is renewed once") {
  transport->then(reply(401, {}, refusal(401, "authError", "Invalid Credentials"))).then(reply(200, {}, resource("k")));
  CHECK(bucket->head("k", {}));
  CHECK(token->renewed == 1);
  transport->then(reply(401, {}, refusal(401, "authError", "Invalid Credentials")), 2);
  const auto error = bucket->head("k", {}).error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(token->renewed == 2);
  CHECK(error.hint == "the service does not take the token of the test: is it of another project or service?");
  CHECK_FALSE(contains(error.to_string(), "cktest-token"));
}

TEST_CASE_FIXTURE(Fixture,
                  "trap 1: all but the bytes of a get goes to the JSON API, with a token and without S3's signature") {
  transport->then(reply(200, {}, resource("k"))).then(reply(200, {}, R"({"items":[]})")).then(reply(204));
  CHECK(bucket->head("k", {}));
  CHECK(bucket->list_page({}));
  CHECK(bucket->remove("k", {}));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(contains(sent(i), "https://storage.googleapis.com/storage/v1/b/reports/o"));
    CHECK(transport->sent()[i].headers.get("authorization") == "Bearer cktest-token-10");
    CHECK_FALSE(contains(sent(i), "x-id="));
  }
}

TEST_CASE_FIXTURE(
    Fixture,
    "trap 14: what is kept for undoing a removal is not there: no list asks for it, and no bucket has folders") {
  std::string made;
  transport->then(reply(200, {}, R"({"items":[]})"))
      .then(reply(200, {}, R"({"items":[]})"))
      .then(keeping(made, reply(200, {}, R"({"name":"reports"})")))
      .then(reply(204));
  CHECK(bucket->list_page({}));
  CHECK(bucket->list_versions_page({}));
  CHECK_FALSE(contains(sent(0), "softDeleted"));
  CHECK_FALSE(contains(sent(1), "softDeleted"));
  CHECK(store->create_bucket("reports", {}));
  CHECK_FALSE(contains(made, "hierarchicalNamespace"));
  // The service refuses a bucket with objects and forgets softly removed ones with it, so its word is taken.
  CHECK(store->delete_bucket("reports", {}));
}
