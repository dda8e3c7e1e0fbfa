#include "core/fail.h"
#include "fixture.h"
#include "support/refusing_receiver.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

std::vector<http::Header> head_of(std::string length, std::vector<http::Header> more = {}) {
  std::vector<http::Header> headers = {{"ETag", "\"0x8D1\""},
                                       {"Last-Modified", "Thu, 26 Nov 2026 00:00:00 GMT"},
                                       {"Content-Length", std::move(length)},
                                       {"Content-Type", "text/plain"},
                                       {"x-ms-blob-type", "BlockBlob"}};
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

}  // namespace

TEST_CASE_FIXTURE(BlobFixture, "a get reads headers, metadata and tier") {
  transport->then(reply(200,
                        head_of("5", {{"Cache-Control", "no-cache"},
                                      {"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="},
                                      {"x-ms-meta-Owner", "ada"},
                                      {"x-ms-access-tier", "Cool"},
                                      {"x-ms-version-id", "2026-11-26T00:00:00.0000000Z"}}),
                        "hello"));
  Received collector;
  const auto info = bucket->get("k", {}, collector);
  REQUIRE(info);
  CHECK(collector.data == "hello");
  CHECK(info->size == 5);
  CHECK(info->token == "0x8D1");
  CHECK(info->content.type == "text/plain");
  CHECK(info->content.cache_control == "no-cache");
  CHECK(info->metadata == Metadata{{"owner", "ada"}});
  CHECK(info->storage_class == "Cool");
  CHECK(info->version_id == "2026-11-26T00:00:00.0000000Z");
  CHECK(sent() == std::vector<std::string>{"GET " + kBase + "/k\n"});
}

TEST_CASE_FIXTURE(BlobFixture, "a directory is no object: nobody reads it as an empty one, and its removal is none") {
  const auto directory =
      reply(200, head_of("0", {{"x-ms-resource-type", "directory"}, {"x-ms-meta-hdi_isfolder", "true"}}));
  transport->then(directory, 2);
  Received collector;
  CHECK(bucket->head("logs", {}).error().code == ErrorCode::not_found);
  const Error error = bucket->get("logs", {}, collector).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.message == "there is a directory of that name, and no object");
  for (const auto& [status, code] :
       {std::pair{409, "DirectoryIsNotEmpty"}, {400, "OperationNotSupportedOnDirectory"}}) {
    transport->then(reply(status, {{"x-ms-error-code", code}}), 2);
    CHECK(bucket->remove("logs", {}).has_value());
    CHECK(bucket->remove("logs", {.condition = Condition::match("0x8D1")}).error().code ==
          ErrorCode::precondition_failed);
  }
}

TEST_CASE_FIXTURE(BlobFixture, "a tier that was inherited from the account is the usual one") {
  transport->then(reply(200, head_of("5", {{"x-ms-access-tier", "Hot"}, {"x-ms-access-tier-inferred", "true"}})));
  CHECK(bucket->head("k", {})->storage_class.empty());
}

TEST_CASE_FIXTURE(BlobFixture, "bytes that are not those of the blob's MD5 are lost") {
  transport->then(reply(200, head_of("5", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}), "hellO"));
  Received collector;
  const auto info = bucket->get("k", {}, collector);
  REQUIRE_FALSE(info);
  CHECK(info.error().code == ErrorCode::data_loss);
  CHECK(info.error().message.find("the service says XUFAKrxLKna5cZ2REBfFkg==") != std::string::npos);
  CHECK(info.error().hint.find("the stored Content-MD5 may be stale") == 0);
}

TEST_CASE_FIXTURE(BlobFixture, "an append blob is not held against the MD5 that it was created with") {
  auto headers = head_of("5", {{"Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="}});  // Of nothing.
  for (auto& header : headers) {
    if (header.name == "x-ms-blob-type") header.value = "AppendBlob";
  }
  transport->then(reply(200, headers, "hello"));
  Received collector;
  REQUIRE(bucket->get("k", {}, collector));
  CHECK(collector.data == "hello");
}

TEST_CASE_FIXTURE(BlobFixture, "the MD5 of a reply that was lost is not asked of the next one, which has none") {
  transport
      ->then([](const http::Request&, http::BodyReceiver* receiver, const Context&) {
        http::Exchange lost;
        lost.request_sent = lost.reply_started = true;
        lost.response.status = 200;
        for (auto& header : head_of("5", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}})) {
          lost.response.headers.add(header.name, header.value);
        }
        REQUIRE(receiver->begin(lost.response));
        lost.status = core::fail(ErrorCode::unavailable, "reset");
        lost.status.error().retryable = true;
        return lost;
      })
      .then(reply(200, head_of("5"), "other"));  // Replaced meanwhile, by an upload in blocks.
  Received collector;
  CHECK(bucket->get("k", {}, collector).value().size == 5);
  CHECK(collector.data == "other");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 15: a range is asked for by x-ms-range") {
  transport->then(reply(206, head_of("2", {{"Content-Range", "bytes 1-2/5"}, {"Content-MD5", "of the range"}}), "el"));
  Received collector;
  REQUIRE(bucket->get("k", {.range = ByteRange{1, 2}}, collector));
  CHECK(collector.data == "el");
  CHECK(collector.info.size == 5);
  CHECK(sent() == std::vector<std::string>{"GET " + kBase + "/k\nx-ms-range: bytes=1-2\n"});
}

TEST_CASE_FIXTURE(BlobFixture, "trap 15: the last bytes are asked for by the size, of the blob that has it") {
  transport->then(reply(200, head_of("5"))).then(reply(206, head_of("2", {{"Content-Range", "bytes 3-4/5"}}), "lo"));
  Received collector;
  REQUIRE(bucket->get("k", {.range = ByteRange::suffix(2)}, collector));
  CHECK(collector.data == "lo");
  CHECK(sent() == std::vector<std::string>{"HEAD " + kBase + "/k\n",
                                           "GET " + kBase + "/k\nx-ms-range: bytes=3-\nif-match: \"0x8D1\"\n"});
  // Replaced between the two.
  transport->then(reply(200, head_of("5"))).then(refused(412, "ConditionNotMet"));
  const auto replaced = bucket->get("k", {.range = ByteRange::suffix(2)}, collector);
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().code == ErrorCode::unavailable);
  CHECK(replaced.error().retryable);
}

TEST_CASE_FIXTURE(BlobFixture, "a receiver's own failed precondition was taken for a blob that was replaced") {
  for (const bool at_once : {true, false}) {
    CAPTURE(at_once);
    transport->then(reply(200, head_of("5"))).then(reply(206, head_of("2", {{"Content-Range", "bytes 3-4/5"}}), "lo"));
    ::test::RefusingReceiver receiver(at_once);
    const auto error = bucket->get("k", {.range = ByteRange::suffix(2)}, receiver).error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(error.message == "the sink does not want it");
    CHECK(receiver.begins == 1);
  }
}

TEST_CASE_FIXTURE(BlobFixture, "trap 15: of an empty blob every range is 416, and no bytes") {
  transport->then(refused(416, "InvalidRange")).then(reply(200, head_of("0")));
  Received collector;
  const auto info = bucket->get("k", {.range = ByteRange{5, 3}}, collector);
  REQUIRE(info);
  CHECK(info->size == 0);
  CHECK(collector.begins == 1);
  CHECK(collector.length == 0);
  transport->then(reply(200, head_of("0"))).then(reply(200, head_of("0")));
  CHECK(bucket->get("k", {.range = ByteRange::suffix(3)}, collector));
}

TEST_CASE_FIXTURE(BlobFixture, "a range that begins where the blob ends, by 416 and by Azurite's 206 of nothing") {
  for (const auto& answer :
       {refused(416, "InvalidRange"), reply(206, head_of("0", {{"Content-Range", "bytes 5-4/5"}}))}) {
    transport->then(answer).then(reply(200, head_of("5")));
    Received collector;
    const auto past = bucket->get("k", {.range = ByteRange{5, 1}}, collector);
    REQUIRE_FALSE(past);
    CHECK(past.error().code == ErrorCode::invalid_argument);
    CHECK(past.error().message == "the range begins at 5, the object has 5 bytes");
    CHECK(collector.begins == 0);
  }
}

TEST_CASE_FIXTURE(BlobFixture, "a blob that is the same is not read again") {
  transport->then(reply(304, {{"x-ms-error-code", "ConditionNotMet"}}));
  Received collector;
  const auto same = bucket->get("k", {.condition = Condition::not_match("0x8D1")}, collector);
  REQUIRE_FALSE(same);
  CHECK(same.error().code == ErrorCode::not_modified);
  CHECK(transport->sent().at(0).headers.get("if-none-match") == "\"0x8D1\"");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 10: of a HEAD that fails the header says why, in one request") {
  transport->then(reply(404, {{"x-ms-error-code", "ContainerNotFound"}, {"x-ms-request-id", "4ZF"}}));
  const auto head = bucket->head("k", {});
  REQUIRE_FALSE(head);
  CHECK(head.error().code == ErrorCode::not_found);
  CHECK(head.error().service_code == "ContainerNotFound");
  CHECK(head.error().message == "no such container");
  CHECK(head.error().request_id == "4ZF");
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(BlobFixture, "replies that cannot be are no objects") {
  Received collector;
  for (const auto& answer : {reply(200, {{"Content-Length", "5"}}, "hello"),
                             reply(200, {{"ETag", "\"0x8D1\""}}, "hello"), reply(200, head_of("5", {}), "hello!"),
                             reply(206, head_of("5", {{"Content-Range", "bytes 0-4/5"}}), "hello")}) {
    transport->then(answer);
    const auto info = bucket->get("k", {}, collector);
    REQUIRE_FALSE(info);
    CHECK(info.error().code == ErrorCode::unknown);
  }
}
