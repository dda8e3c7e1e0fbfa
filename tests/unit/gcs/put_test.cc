#include "fixture.h"
#include "gcp/gcs/related_body.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

std::string read_all(const Source& source, std::size_t at_once) {
  std::string all;
  while (all.size() < source.size()) {
    std::string buffer(at_once, '\0');
    const auto count = source.read_at(all.size(), buffer);
    if (!count || *count == 0) break;
    all.append(buffer, 0, *count);
  }
  return all;
}

}  // namespace

TEST_CASE("a body of description and bytes is the same from memory and from a source") {
  const MemorySource in_memory("0123456789");
  const StringSource elsewhere("0123456789");
  const gcp::gcs::RelatedBody one("B", "{}", "text/plain", in_memory);
  const gcp::gcs::RelatedBody other("B", "{}", "text/plain", elsewhere);
  const std::string expected =
      "--B\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{}\r\n--B\r\nContent-Type: "
      "text/plain\r\n\r\n0123456789\r\n--B--\r\n";
  CHECK(one.contiguous()->view() == expected);
  CHECK_FALSE(other.contiguous());
  for (const std::size_t at_once : {1U, 7U, 1000U}) CHECK(read_all(other, at_once) == expected);
  CHECK(other.size() == expected.size());
}

TEST_CASE_FIXTURE(Fixture, "an object with another checksum or size than was sent is data loss, and is there") {
  transport->then(reply(200, {}, resource("k", "9", R"(,"crc32c":"AAAAAA==")")))
      .then(reply(200, {}, resource("k", "8")));
  auto error = bucket->put("k", MemorySource("123456789"), {}).error();
  CHECK(error.code == ErrorCode::data_loss);
  CHECK(error.message == "the object has the checksum 4waSgw==, the service says AAAAAA==");
  CHECK(error.may_have_happened);
  error = bucket->put("k", MemorySource("123456789"), {}).error();
  CHECK(error.message == "9 bytes were sent, the service has 8");
}

TEST_CASE_FIXTURE(Fixture, "a put with a condition is not repeated blindly, another one is") {
  transport->then(broken()).then(reply(200, {}, resource("k", "1")));
  PutOptions options;
  options.condition = Condition::absent();
  const auto error = bucket->put("k", MemorySource("v"), options).error();
  CHECK(error.may_have_happened);
  CHECK(error.attempts == 1);
  transport->then(broken()).then(reply(200, {}, resource("k", "1")));
  CHECK(bucket->put("k", MemorySource("v"), {}));
}

TEST_CASE_FIXTURE(Fixture, "a condition that did not hold") {
  transport->then(reply(412, {}, refusal(412, "conditionNotMet", "At least one of the pre-conditions did not hold.")));
  PutOptions options;
  options.condition = Condition::absent();
  CHECK(bucket->put("k", MemorySource("v"), options).error().code == ErrorCode::precondition_failed);
}

TEST_CASE_FIXTURE(Fixture, "an object gets its default type, and its storage class") {
  std::string text;
  transport->then(keeping(text, reply(200, {}, resource("k", "0"))));
  PutOptions options;
  options.storage_class = "NEARLINE";
  REQUIRE(bucket->put("k", MemorySource(""), options));
  CHECK(text.find(R"("storageClass":"NEARLINE","crc32c":"AAAAAA==")") != std::string::npos);
  CHECK(text.find("Content-Type: application/octet-stream\r\n\r\n\r\n--") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a copy with other attributes takes the rest from the source that it is pinned to") {
  std::string text;
  transport->then(reply(200, {}, resource("from", "5", R"(,"contentType":"text/plain","metadata":{"a":"1"})")))
      .then(keeping(text, reply(200, {}, fmt::format(R"({{"done":true,"resource":{}}})", resource("to")))));
  CopyRequest request{"reports", "from", "to", {}, {}, {}};
  request.options.metadata = Metadata{{"b", "2"}};
  REQUIRE(bucket->copy(request));
  CHECK(text.find("ifSourceGenerationMatch=1700000000000001") != std::string::npos);
  CHECK(text.find(R"({"contentType":"text/plain","metadata":{"b":"2"}})") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a copy whose source changed between two steps is a conflict") {
  transport->then(reply(200, {}, resource("from"))).then(reply(200, {}, R"({"done":false,"rewriteToken":"t"})"));
  CopyRequest request{"reports", "from", "to", {}, {}, {}};
  request.options.storage_class = "NEARLINE";
  const auto step = bucket->copy(request);
  REQUIRE(step);
  request.resume_token = step->resume_token;
  transport->then(reply(200, {}, R"({"name":"from","generation":"1700000000000009","size":"5"})"));
  CHECK(bucket->copy(request).error().code == ErrorCode::conflict);
}

TEST_CASE_FIXTURE(Fixture, "a lock that was taken by a put that was answered 503 is one's own: one look tells") {
  std::string sent_first;
  transport->then(keeping(sent_first, reply(503, {}, refusal(503, "backendError", "down"))))
      .then(reply(412, {}, refusal(412, "conditionNotMet", "no")))
      .then([&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
        constexpr std::string_view kName = R"("ckwrite":")";
        const std::string id = sent_first.substr(sent_first.find(kName) + kName.size(), 32);
        const std::string more = fmt::format(R"(,"metadata":{{"ckwrite":"{}"}})", id);
        return reply(200, {}, resource("lock", "4", more))(request, receiver, context);
      });
  PutOptions options;
  options.condition = Condition::absent();
  const auto info = Bucket(bucket).put("lock", "mine", options);
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->token == "1700000000000001");
  CHECK(info->metadata.empty());
  CHECK(transport->sent().size() == 3);

  transport->then(reply(503, {}, refusal(503, "backendError", "down")))
      .then(reply(412, {}, refusal(412, "conditionNotMet", "no")))
      .then(reply(200, {}, resource("lock", "4")));
  const auto error = Bucket(bucket).put("lock", "mine", options).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.attempts == 2);
  CHECK(transport->sent().size() == 6);
}
