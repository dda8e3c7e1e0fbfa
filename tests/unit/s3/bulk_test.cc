#include "aws/s3/protocol_bulk.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using namespace cloudkit::testing;

namespace {

using Keys = std::vector<std::string>;

std::string result_of(std::string_view inner) {
  return fmt::format("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</DeleteResult>", inner);
}
std::string failed(std::string_view key, std::string_view code) {
  return fmt::format("<Error><Key>{}</Key><Code>{}</Code><Message>said {}</Message></Error>", key, code, code);
}

}  // namespace

TEST_CASE("trap 13: the request is a document, guarded by a CRC to AWS and by Content-MD5 to all others") {
  const std::string body = remove_many_body(Keys{"a b", "<&>\"'", "\xC3\xBC%2F+"});
  CHECK(body ==
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet><Object><Key>a b</Key></Object>"
        "<Object><Key>&lt;&amp;&gt;&quot;'</Key></Object><Object><Key>\xC3\xBC%2F+</Key></Object></Delete>");
  const std::string begin = "POST https://objects.example/reports?delete=\ncontent-type: application/xml\n";
  CHECK(text_of(remove_many_request(kTarget, body, quirks_of(S3Server::generic))) ==
        begin + "content-md5: cD/ixJ48iDLDhrTkpT09ag==\n\n" + body);
  CHECK(text_of(remove_many_request(kTarget, body, quirks_of(S3Server::aws))) ==
        begin + "x-amz-checksum-crc32c: wM0RTQ==\n\n" + body);
}

TEST_CASE("a key that some reader of XML would take for another one is not named in it") {
  for (const char* key : {"a", "a b", "\xC3\xBC", "\xF0\x9F\x98\x80", "a/b//c", "..", "&amp;"}) {
    CHECK(can_be_named_in_xml(key));
  }
  for (const char* key : {"\x01", "a\nb", "a\tb", "a\r", " a", "a ", "a\x7F", "\xEF\xBF\xBE", "b\xEF\xBF\xBF"}) {
    CHECK_FALSE(can_be_named_in_xml(key));
  }
}

TEST_CASE_FIXTURE(Fixture, "200 with errors of single keys: they failed, all others are gone") {
  transport->then(reply(200, {{"x-amz-request-id", "4ZF"}},
                        result_of("<Deleted><Key>a</Key></Deleted>" + failed("b&amp;c", "AccessDenied") +
                                  failed("d", "InternalError") + failed("e", "NoSuchKey"))));
  const auto failures = bucket->remove_many(Keys{"a", "b&c", "d", "e", "f"}, {}).value();
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].key == "b&c");
  CHECK(failures[0].error.code == ErrorCode::permission_denied);
  CHECK(failures[0].error.service_code == "AccessDenied");
  CHECK(failures[0].error.message == "said AccessDenied");
  CHECK(failures[0].error.request_id == "4ZF");
  CHECK_FALSE(failures[0].error.retryable);
  CHECK(failures[1].error.code == ErrorCode::unavailable);
  CHECK(failures[1].error.retryable);
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "keys that XML cannot name are unsupported here, and are not sent") {
  transport->then(reply(200, {}, result_of("")));
  const auto failures = bucket->remove_many(Keys{"a", "\x01", "b"}, {}).value();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].key == "\x01");
  CHECK(failures[0].error.code == ErrorCode::unsupported);
  CHECK(bucket->remove_many(Keys{"\x01", "\x02"}, {}).value().size() == 2);
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "hostile: a reply that is no whole answer is no success") {
  SUBCASE("an error of a key that was not asked for") {
    transport->then(reply(200, {}, result_of(failed("other", "AccessDenied"))));
    const auto error = bucket->remove_many(Keys{"a", "b"}, {}).error();
    CHECK(error.code == ErrorCode::unknown);
    CHECK(error.may_have_happened);
    CHECK(error.message == "the reply has an error (AccessDenied) of a key that was not asked for: \"other\"");
  }
  SUBCASE("an error of no key") {
    transport->then(reply(200, {}, result_of("<Error><Code>AccessDenied</Code></Error>")));
    CHECK(bucket->remove_many(Keys{"a", "b"}, {}).error().may_have_happened);
  }
  SUBCASE("an error without a code") {
    transport->then(reply(200, {}, result_of("<Error><Key>a</Key></Error>")));
    CHECK(bucket->remove_many(Keys{"a", "b"}, {}).value()[0].error.code == ErrorCode::unknown);
  }
  SUBCASE("cut off, four times") {
    transport->then(reply(200, {}, "<DeleteResult><Error><Key>a</Key>"), 4);
    const auto error = bucket->remove_many(Keys{"a", "b"}, {}).error();
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.may_have_happened);
  }
  SUBCASE("empty, then whole") {
    transport->then(reply(200)).then(reply(200, {}, result_of("")));
    CHECK(bucket->remove_many(Keys{"a", "b"}, {}).value().empty());
  }
  SUBCASE("another document") {
    transport->then(reply(200, {}, "<html><body>ok</body></html>"), 2);
    CHECK(bucket->remove_many(Keys{"a", "b"}, {}).error().code == ErrorCode::unknown);
  }
  SUBCASE("a bomb") {
    transport->then(reply(200, {}, "<!DOCTYPE l [<!ENTITY x \"y\">]><DeleteResult>&x;</DeleteResult>"), 4);
    CHECK(bucket->remove_many(Keys{"a", "b"}, {}).error().may_have_happened);
  }
}

TEST_CASE_FIXTURE(Fixture, "a server without the call says so, and the handle goes on with single removals") {
  transport->then(reply(501, {}, error_body("NotImplemented"))).then(reply(204), 3);
  const auto report = Bucket(bucket).remove_many(Keys{"a", "b", "c"});
  CHECK(report.status());
  CHECK(report.removed == 3);
  CHECK(transport->sent().size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "a lost reply is asked for again: what is gone stays gone") {
  transport->then(broken()).then(reply(200, {}, result_of("")));
  CHECK(bucket->remove_many(Keys{"a", "b"}, {}).value().empty());
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "1500 keys are two requests") {
  transport->then(reply(200, {}, result_of("")), 2);
  Keys keys;
  for (int i = 0; i < 1500; ++i) keys.push_back(fmt::format("k{}", i));
  CHECK(Bucket(bucket).remove_many(keys).removed == 1500);
  CHECK(transport->sent().size() == 2);
}
