#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

// Uploads in parts, with a script for a service.
namespace {

const std::string kBegun = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
const std::string kCompleted =
    "<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>";
const std::string kCopiedPart =
    "<CopyPartResult><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;def&quot;</ETag></"
    "CopyPartResult>";
const std::vector<UploadPart> kParts = {{1, 5, "a", ""}, {2, 4, "b", ""}};

PutPartRequest numbered_part(int number) {
  PutPartRequest request;
  request.key = "k";
  request.upload = {"u"};
  request.number = number;
  request.offset = 100;
  return request;
}

PutOptions on_condition(Condition condition) {
  PutOptions options;
  options.condition = std::move(condition);
  return options;
}

// Answers with what `always` does, and keeps what was sent while its body lives.
ScriptedTransport::Step keeping(std::string& text, ScriptedTransport::Step always) {
  return [&text, always](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    text = text_of(request);
    return always(request, receiver, context);
  };
}

struct CephFixture : Fixture {
  CephFixture() : Fixture(Fixture::at("http://localhost:9000", S3Server::ceph)) {}
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an upload in parts, from begin to end, checksums included") {
  std::string completed;
  std::string sent;
  transport->then(reply(200, {}, kBegun))
      .then(taking(sent, reply(200, {{"ETag", "\"b\""}})))
      .then(reply(200, {{"ETag", "\"a\""}}))
      .then(keeping(completed, reply(200, {}, kCompleted)));
  CHECK(bucket->begin_upload("k", {})->value == "u");
  const auto second = bucket->put_part(numbered_part(2), StringSource("6789"));
  const auto first = bucket->put_part(numbered_part(1), MemorySource("12345"));
  REQUIRE(second);
  REQUIRE(first);
  CHECK(second->persisted_until == 104);
  const auto info = bucket->complete_upload("k", {"u"}, {first->part, second->part}, {});
  REQUIRE(info);
  CHECK(info->size == 9);
  CHECK(info->token == "abc-2");
  CHECK(completed.find("\nx-amz-checksum-crc32c: 4waSgw==\n") != std::string::npos);
  CHECK(completed.find("<PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag>") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "trap 1: a completion that answers 200 with an error is tried again, then fails") {
  for (const char* const code : {"InternalError", "SlowDown"}) {
    CAPTURE(code);
    transport->then(reply(200, {}, error_body(code))).then(reply(200, {}, kCompleted));
    CHECK(bucket->complete_upload("k", {"u"}, kParts, {}));
  }
  transport->then(reply(200, {}, error_body("InternalError")), 4);
  const auto error = bucket->complete_upload("k", {"u"}, kParts, {}).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.service_code == "InternalError");
  CHECK(error.attempts == 4);
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "trap 1: a copied part that answers 200 with an error is tried again") {
  transport->then(reply(200, {}, error_body("InternalError"))).then(reply(200, {}, kCopiedPart));
  const auto copied = bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc");
  REQUIRE(copied);
  CHECK(copied->token == "def");
  CHECK(copied->size == 5);
}

TEST_CASE_FIXTURE(Fixture, "trap 1: an empty or truncated reply is no success, and is tried again") {
  const auto tries_again = [&](const std::string& whole, const std::function<bool()>& succeeds) {
    for (const std::string& body : {std::string(), std::string("  \n"), whole.substr(0, whole.size() - 9)}) {
      transport->then(reply(200, {}, body)).then(reply(200, {}, whole));
      const std::size_t before = transport->sent().size();
      CHECK(succeeds());
      CHECK(transport->sent().size() == before + 2);
    }
  };
  tries_again(kCompleted, [&] { return bucket->complete_upload("k", {"u"}, kParts, {}).has_value(); });
  tries_again(kCopiedPart,
              [&] { return bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc").has_value(); });
  tries_again(kBegun, [&] { return bucket->begin_upload("k", {}).has_value(); });
  tries_again("<ListPartsResult></ListPartsResult>", [&] { return bucket->list_parts("k", {"u"}, {}).has_value(); });
  tries_again("<ListMultipartUploadsResult></ListMultipartUploadsResult>",
              [&] { return bucket->list_uploads_page("", "", {}).has_value(); });
}

TEST_CASE_FIXTURE(Fixture, "trap 1: a completion whose reply is always cut off may have happened") {
  transport->then(reply(200, {}, kCompleted.substr(0, 60)), 4);
  const auto error = bucket->complete_upload("k", {"u"}, kParts, {}).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  CHECK(error.message == "the reply was cut off: 60 bytes without a whole CompleteMultipartUploadResult");
}

TEST_CASE_FIXTURE(Fixture, "trap 2: blanks that kept the connection alive are no part of the reply") {
  const std::string blanks(300, ' ');
  transport->then(reply(200, {}, blanks + "\r\n" + kCompleted));
  CHECK(bucket->complete_upload("k", {"u"}, kParts, {}));
  transport->then(reply(200, {}, blanks + error_body("InvalidPart")));
  const auto error = bucket->complete_upload("k", {"u"}, kParts, {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.service_code == "InvalidPart");
  CHECK_FALSE(error.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "a part is sent again after a lost reply: it would only replace itself") {
  transport->then(broken()).then(reply(200, {{"ETag", "\"a\""}}));
  CHECK(bucket->put_part(numbered_part(1), MemorySource("12345"))->part.token == "a");
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "trap 20: after a lost reply a completion that finds no upload may have happened") {
  transport->then(broken()).then(reply(404, {}, error_body("NoSuchUpload")));
  const auto lost = bucket->complete_upload("k", {"u"}, kParts, {}).error();
  CHECK(lost.code == ErrorCode::not_found);
  CHECK(lost.service_code == "NoSuchUpload");
  CHECK(lost.may_have_happened);
  transport->then(reply(404, {}, error_body("NoSuchUpload")));
  const auto never = bucket->complete_upload("k", {"u"}, kParts, {}).error();
  CHECK(never.code == ErrorCode::not_found);
  CHECK_FALSE(never.may_have_happened);
}

TEST_CASE_FIXTURE(Fixture, "trap 20: a conditional completion whose reply was lost is not repeated") {
  transport->then(broken());
  const auto error = bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::absent())).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  CHECK(error.attempts == 1);
  CHECK(sent()[0].find("\nif-none-match: *\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "trap 22: a condition that did not hold") {
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  const auto exists = bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::absent())).error();
  CHECK(exists.code == ErrorCode::precondition_failed);
  CHECK_FALSE(exists.may_have_happened);
  // If-Match on a key without an object is 404.
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  const auto gone = bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::match("abc"))).error();
  CHECK(gone.code == ErrorCode::precondition_failed);
  transport->then(reply(404, {}, error_body("NoSuchUpload")));
  CHECK(bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::match("abc"))).error().code ==
        ErrorCode::not_found);
  // Also after a 200.
  transport->then(reply(200, {}, error_body("PreconditionFailed")));
  CHECK(bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::absent())).error().code ==
        ErrorCode::precondition_failed);
}

TEST_CASE_FIXTURE(Fixture, "trap 22: after a conflict an upload must be begun again, a put may be repeated") {
  transport->then(reply(409, {}, error_body("ConditionalRequestConflict")));
  const auto error = bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::absent())).error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.hint == "another writer was faster: the upload must be begun again");
  CHECK(error.attempts == 1);
  CHECK(error.retryable);
  transport->then(reply(409, {}, error_body("ConditionalRequestConflict"))).then(reply(200, {{"ETag", "\"a\""}}));
  CHECK(bucket->put("k", MemorySource("x"), on_condition(Condition::absent())));
}

TEST_CASE_FIXTURE(Fixture, "trap 21: an abort of an upload that is gone succeeds, of a bucket that is gone not") {
  transport->then(reply(204)).then(reply(404, {}, error_body("NoSuchUpload")));
  CHECK(bucket->abort_upload("k", {"u"}, {}));
  CHECK(bucket->abort_upload("k", {"u"}, {}));
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  CHECK(bucket->abort_upload("k", {"u"}, {}).error().code == ErrorCode::not_found);
  CHECK(sent()[0] == "DELETE https://reports.s3.us-west-2.amazonaws.com/k?uploadId=u\n");
}

TEST_CASE_FIXTURE(Fixture, "a source that changes between copied parts is a conflict: the caller set no condition") {
  transport->then(reply(412, {}, error_body("PreconditionFailed")));
  const auto error = bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc").error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.message == "the source changed while it was copied");
}

TEST_CASE_FIXTURE(CephFixture,
                  "a server that ignores the pin of a copied part is asked for the source's token after it") {
  const auto source = [](std::string etag) { return reply(200, {{"ETag", etag}, {"Content-Length", "9"}}); };
  transport->then(reply(200, {}, kCopiedPart)).then(source("abc"));
  CHECK(bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc")->token == "def");
  CHECK(sent()[1] == "HEAD http://localhost:9000/b/from\n");
  transport->then(reply(200, {}, kCopiedPart)).then(source("new"));
  CHECK(bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc").error().code == ErrorCode::conflict);
  transport->then(reply(200, {}, kCopiedPart)).then(reply(404));
  CHECK(bucket->copy_part(numbered_part(1), "b", "from", {0, 5, false}, "abc").error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(CephFixture, "radosgw calls an upload that is gone a missing key") {
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  CHECK(bucket->list_parts("k", {"u"}, {}).error().service_code == "NoSuchUpload");
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  CHECK(bucket->list_parts("k", {"u"}, {}).error().service_code == "NoSuchBucket");
}

TEST_CASE_FIXTURE(Fixture, "all pages of parts are one list") {
  const auto page = [](std::string_view rest) { return fmt::format("<ListPartsResult>{}</ListPartsResult>", rest); };
  transport
      ->then(reply(200, {},
                   page("<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker><Part>"
                        "<PartNumber>1</PartNumber><ETag>a</ETag><Size>5</Size></Part>")))
      .then(reply(200, {}, page("<Part><PartNumber>9</PartNumber><ETag>b</ETag><Size>4</Size></Part>")));
  const auto parts = bucket->list_parts("k", {"u"}, {});
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[1].number == 9);
  CHECK(sent()[1].find("part-number-marker=1") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "what cannot be sent is refused before anything is read or sent") {
  CHECK(bucket->put_part(numbered_part(0), StringSource("x")).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->complete_upload("k", {"u"}, {}, {}).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->copy_part(numbered_part(1), "b", "from", {}, "abc").error().code == ErrorCode::invalid_argument);
  CHECK(bucket->begin_upload("", {}).error().code == ErrorCode::invalid_argument);
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "AWS can do all of it") {
  const Capabilities can = bucket->capabilities();
  CHECK((can.uploads && can.copy_part && can.upload_if_absent && can.upload_if_match));
}

TEST_CASE_FIXTURE(CephFixture, "trap 22: radosgw ignores conditions at the end, so they are unsupported") {
  const Capabilities can = bucket->capabilities();
  CHECK((can.uploads && can.copy_part));
  CHECK_FALSE((can.upload_if_absent || can.upload_if_match));
  CHECK(bucket->begin_upload("k", on_condition(Condition::absent())).error().message ==
        "this server does not honour Condition::absent here");
  CHECK(bucket->complete_upload("k", {"u"}, kParts, on_condition(Condition::match("abc"))).error().code ==
        ErrorCode::unsupported);
  CHECK(transport->sent().empty());
  CHECK(bucket->upload_limits().min_part == 5'242'880);
}

TEST_CASE_FIXTURE(CephFixture, "trap 12: radosgw completes without an ETag, so the object is asked for it") {
  const auto completed = reply(200, {}, "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>");
  transport->then(completed).then(reply(200, {{"ETag", "\"abc-2\""}, {"Content-Length", "9"}}));
  const auto info = bucket->complete_upload("k", {"u"}, kParts, {});
  REQUIRE(info);
  CHECK(info->token == "abc-2");
  CHECK(sent()[1] == "HEAD http://localhost:9000/reports/k\n");
  SUBCASE("another writer was faster") {
    transport->then(completed).then(reply(200, {{"ETag", "\"other\""}, {"Content-Length", "7"}}));
    const auto error = bucket->complete_upload("k", {"u"}, kParts, {}).error();
    CHECK(error.code == ErrorCode::conflict);
    CHECK(error.message == "the upload was completed, but its token is not known: another object is there already");
    CHECK(error.may_have_happened);
  }
  SUBCASE("it may not be seen") {
    transport->then(completed).then(reply(403), 2);
    const auto error = bucket->complete_upload("k", {"u"}, kParts, {}).error();
    CHECK(error.code == ErrorCode::permission_denied);
    CHECK(error.may_have_happened);
  }
}

TEST_CASE_FIXTURE(CephFixture, "trap 24: radosgw is sent no checksums of parts") {
  transport->then(reply(200, {{"ETag", "\"a\""}}));
  REQUIRE(bucket->put_part(numbered_part(1), MemorySource("12345")));
  CHECK(sent()[0] == "PUT http://localhost:9000/reports/k?uploadId=u&partNumber=1\n");
}
