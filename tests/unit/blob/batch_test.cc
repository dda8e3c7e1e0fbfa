#include "azure/blob/protocol_batch.h"
#include "azure/blob/protocol_tags.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;

namespace {

using ::test::Keys;

std::string answer(int id, std::string_view status, std::string_view rest = {}) {
  return fmt::format(
      "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: {}\r\n\r\nHTTP/1.1 {}\r\n{}\r\n", id, status,
      rest.empty() ? "x-ms-request-id: 5\r\n" : rest);
}
ScriptedTransport::Step batch_reply(std::string body) {
  return reply(202, {{"Content-Type", "multipart/mixed; boundary=batchresponse_1"}, {"x-ms-request-id", "4ZF"}},
               body + "--batchresponse_1--\r\n");
}
std::string missing(std::string_view code) {
  return fmt::format("x-ms-error-code: {}\r\n\r\n{}", code, error_body(code));
}

}  // namespace

TEST_CASE_FIXTURE(BlobFixture, "trap 15: many removals are one request, with a signature each and without versions") {
  std::string body;
  transport->then([&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    body = request.body.view();
    return batch_reply(answer(0, "202 Accepted") + answer(1, "202 Accepted"))(request, receiver, context);
  });
  const auto failures = bucket->remove_many(Keys{"a b", "c"}, {});
  REQUIRE(failures);
  CHECK(failures->empty());
  const http::Request request = transport->sent().at(0);
  CHECK(sent().at(0).starts_with("POST " + kBase +
                                 "?restype=container&comp=batch\ncontent-type: multipart/mixed; boundary=batch_"));
  CHECK(request.headers.get("x-ms-version") == kServiceVersion);
  const std::string boundary(
      request.headers.get("content-type").substr(std::string_view("multipart/mixed; boundary=").size()));
  CHECK(body.starts_with("--" + boundary +
                         "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 0\r\n"
                         "\r\nDELETE /reports/a%20b HTTP/1.1\r\nx-ms-delete-snapshots: include\r\n"
                         "x-ms-date: Thu, 26 Nov 2026 00:00:00 GMT\r\nAuthorization: SharedKey acc:"));
  CHECK(body.ends_with("Content-Length: 0\r\n\r\n--" + boundary + "--\r\n"));
  CHECK(body.find("x-ms-version") == std::string::npos);
}

TEST_CASE_FIXTURE(BlobFixture, "trap 15: 202 with errors of single keys: they failed, all others are gone") {
  transport->then(batch_reply(answer(1, "404 The specified blob does not exist.", missing("BlobNotFound")) +
                              answer(0, "202 Accepted") +
                              answer(2, "412 There is currently a lease", missing("LeaseIdMissing"))));
  const auto failures = bucket->remove_many(Keys{"a", "b", "c"}, {});
  REQUIRE(failures);
  REQUIRE(failures->size() == 1);
  CHECK((*failures)[0].key == "c");
  CHECK((*failures)[0].error.code == ErrorCode::conflict);
  CHECK((*failures)[0].error.service_code == "LeaseIdMissing");
  CHECK((*failures)[0].error.hint == "somebody holds a lease on it: wait until it ends, or break it");
}

TEST_CASE_FIXTURE(BlobFixture, "a batch whose reply does not answer each request leaves open what was done") {
  for (const auto& body :
       {std::string(), answer(0, "202 Accepted"), answer(0, "202 Accepted") + answer(0, "202 Accepted"),
        answer(0, "202 Accepted") + answer(7, "202 Accepted"), answer(0, "202 Accepted") + answer(1, "nonsense"),
        std::string("garbage")}) {
    transport->then(batch_reply(body));
    const auto failures = bucket->remove_many(Keys{"a", "b"}, {});
    REQUIRE_FALSE(failures);
    CHECK(failures.error().code == ErrorCode::unknown);
    CHECK(failures.error().may_have_happened);
  }
  transport->then(reply(202, {}, "x"));
  CHECK(bucket->remove_many(Keys{"a"}, {}).error().message == "the reply to the batch has no boundary");
}

TEST_CASE_FIXTURE(BlobFixture, "a batch that is refused as a whole says why, and nothing of what was signed") {
  transport->then(batch_reply(
      "--batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 403 Forbidden\r\n"
      "x-ms-error-code: AuthenticationFailed\r\n\r\n" +
      error_body("AuthenticationFailed", "<AuthenticationErrorDetail>cktest-signed-1</AuthenticationErrorDetail>") +
      "\r\n"));
  const auto failures = bucket->remove_many(Keys{"a", "b"}, {});
  REQUIRE_FALSE(failures);
  CHECK(failures.error().code == ErrorCode::unauthenticated);
  CHECK(failures.error().service_code == "AuthenticationFailed");
  CHECK(failures.error().message == "the batch was refused: said AuthenticationFailed");
  CHECK_FALSE(failures.error().may_have_happened);
}

TEST_CASE_FIXTURE(BlobFixture, "parts that were signed by a wrong clock are asked for again once it is right") {
  const std::string refusal = missing("AuthenticationFailed");
  const auto refused_parts = batch_reply(answer(0, "403 Forbidden", refusal) + answer(1, "202 Accepted"));
  transport
      ->then(reply(403, {{"x-ms-error-code", "AuthenticationFailed"}, {"Date", "Thu, 26 Nov 2026 03:00:00 GMT"}},
                   error_body("AuthenticationFailed")))
      .then(refused_parts, 2);
  const auto failures = bucket->remove_many(Keys{"a", "b"}, {});
  REQUIRE(failures);
  REQUIRE(failures->size() == 1);
  CHECK(failures->front().error.retryable);
  // With the right clock from the beginning they are refused for good.
  const auto again = bucket->remove_many(Keys{"a", "b"}, {});
  REQUIRE(again);
  CHECK_FALSE(again->at(0).error.retryable);
}

TEST_CASE_FIXTURE(BlobFixture, "tags are a document each way") {
  transport->then(reply(204))
      .then(reply(200, {},
                  "\xEF\xBB\xBF<Tags><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag>"
                  "</TagSet></Tags>"));
  CHECK(bucket->set_tags("k", {{"a", "1"}}, {}));
  CHECK(sent().back().starts_with("PUT " + kBase + "/k?comp=tags\nx-ms-content-crc64: "));
  CHECK(tags_body({{"a", "<"}, {"b", ""}}) ==
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags><TagSet><Tag><Key>a</Key><Value>&lt;</Value></Tag>"
        "<Tag><Key>b</Key><Value></Value></Tag></TagSet></Tags>");
  CHECK(bucket->get_tags("k", {}).value() == Tags{{"a", "1 & 2"}});
  transport->then(reply(200, {}, "<Tags><TagSet><Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag></TagSet></Tags>"));
  CHECK(bucket->get_tags("k", {}).error().message == "the tag \"a\" is there twice");
}

TEST_CASE_FIXTURE(BlobFixture, "tags are those of the version that is named, and only its") {
  transport->then(reply(204), 2);
  CHECK(bucket->set_tags("k", {{"a", "1"}}, {"2026-01", {}}));
  CHECK(sent().back().starts_with("PUT " + kBase + "/k?comp=tags&versionid=2026-01\n"));
  CHECK(bucket->set_tags("k", {}, {"null", {}}));
  CHECK(sent().back().starts_with("PUT " + kBase + "/k?comp=tags\n"));
}

TEST_CASE_FIXTURE(BlobFixture, "a key with more segments than Azure holds is refused before tags are asked for") {
  const std::string key = std::string(2 * 254, '/');
  for (const std::string version : {"", "2026-01"}) {
    const auto got = bucket->get_tags(key, {version, {}});
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::invalid_argument);
    CHECK(got.error().message == "the key has 509 segments; Azure holds 254");
    const auto set = bucket->set_tags(key, {}, {version, {}});
    REQUIRE_FALSE(set);
    CHECK(set.error().code == ErrorCode::invalid_argument);
  }
  CHECK(transport->sent().empty());
}
