#include "aws/s3/protocol_tags.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using namespace cloudkit::testing;

namespace {

const std::vector<http::Header> kObject = {{"ETag", "\"abc\""},
                                           {"Content-Length", "5"},
                                           {"Content-Type", "text/css"},
                                           {"x-amz-storage-class", "STANDARD_IA"},
                                           {"x-amz-meta-owner", "ada"}};

std::string tagging(std::string_view inner) { return fmt::format("<Tagging><TagSet>{}</TagSet></Tagging>", inner); }

}  // namespace

TEST_CASE_FIXTURE(Fixture, "metadata are changed by a pinned copy of the object onto itself, which keeps the rest") {
  transport->then(reply(200, kObject)).then(reply(200, {{"x-amz-version-id", "v2"}}, kCopied));
  const auto info = bucket->set_metadata("a b", {.metadata = Metadata{{"owner", "bob"}}}).value();
  CHECK(info.token == "def");
  CHECK(info.size == 5);
  CHECK(info.version_id == "v2");
  CHECK(info.content.type == "text/css");
  CHECK(info.metadata == Metadata{{"owner", "bob"}});
  CHECK(sent()[1] ==
        "PUT https://reports.s3.us-west-2.amazonaws.com/a%20b\nx-amz-copy-source: reports/a%20b\n"
        "x-amz-copy-source-if-match: \"abc\"\nx-amz-metadata-directive: REPLACE\ncontent-type: text/css\n"
        "x-amz-meta-owner: bob\nx-amz-storage-class: STANDARD_IA\nif-match: \"abc\"\n");
}

TEST_CASE_FIXTURE(Fixture,
                  "what cloudkit has no name for stays when metadata are set, or a copy gets some of its own") {
  auto object = kObject;
  object.push_back({"Expires", "Thu, 01 Dec 2033 16:00:00 GMT"});
  object.push_back({"x-amz-website-redirect-location", "/there"});
  transport->then(reply(200, object)).then(reply(200, {}, kCopied));
  CHECK(bucket->set_metadata("k", {.metadata = Metadata{}}));
  CHECK(sent()[1].find("\nexpires: Thu, 01 Dec 2033 16:00:00 GMT\nx-amz-website-redirect-location: /there\n") !=
        std::string::npos);
  CopyRequest request;
  request.source_bucket = "reports";
  request.source_key = "k";
  request.destination_key = "l";
  // S3 takes Expires along with a plain copy; where a website redirects to is the key's.
  transport->then(reply(200, object)).then(reply(200, {}, kCopied));
  CHECK(bucket->copy(request));
  CHECK(sent()[3].find("expires") == std::string::npos);
  CHECK(sent()[3].find("redirect") == std::string::npos);
  request.options.metadata = Metadata{};
  transport->then(reply(200, object)).then(reply(200, {}, kCopied));
  CHECK(bucket->copy(request));
  CHECK(sent()[5].find("\nexpires: Thu, 01 Dec 2033 16:00:00 GMT\n") != std::string::npos);
  CHECK(sent()[5].find("redirect") == std::string::npos);
  request.destination_key = "k";
  transport->then(reply(200, object)).then(reply(200, {}, kCopied));
  CHECK(bucket->copy(request));
  CHECK(sent()[7].find("\nx-amz-website-redirect-location: /there\n") != std::string::npos);
}

TEST_CASE("tags that a copy with other attributes would lose are read before and set after, of that version") {
  Fixture ceph(Fixture::at("http://localhost:9000", S3Server::ceph));
  auto object = kObject;
  object.push_back({"x-amz-tagging-count", "1"});
  const std::string tags = tagging("<Tag><Key>team</Key><Value>film</Value></Tag>");
  std::string told;
  const auto script = [&](int last_status) {
    ceph.transport->then(reply(200, object)).then(reply(200, {}, tags));
    ceph.transport->then(reply(200, {{"x-amz-version-id", "v2"}}, kCopied)).then(taking(told, reply(last_status)));
  };
  script(200);
  CHECK(ceph.bucket->set_metadata("k", {.metadata = Metadata{}}));
  CHECK(ceph.sent()[1].starts_with("GET http://localhost:9000/reports/k?tagging=\n"));
  CHECK(ceph.sent()[3].starts_with("PUT http://localhost:9000/reports/k?tagging=&versionId=v2\n"));
  CHECK(told.find("film") != std::string::npos);
  CopyRequest request;
  request.source_bucket = "others";
  request.source_key = "k";
  request.destination_key = "l";
  request.options.metadata = Metadata{};
  script(403);
  const Error error = ceph.bucket->copy(request).error();
  CHECK(ceph.sent()[5].starts_with("GET http://localhost:9000/others/k?tagging=\n"));
  CHECK(ceph.sent()[7].starts_with("PUT http://localhost:9000/reports/l?tagging=&versionId=v2\n"));
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.message.starts_with("the copy is made, but its tags are lost: "));
  CHECK(error.may_have_happened);
  // Of what has none, or keeps its attributes, nothing is asked.
  ceph.transport->then(reply(200, kObject)).then(reply(200, {}, kCopied));
  CHECK(ceph.bucket->copy(request));
  request.options.metadata.reset();
  ceph.transport->then(reply(200, object)).then(reply(200, {}, kCopied));
  CHECK(ceph.bucket->copy(request));
  CHECK(ceph.transport->sent().size() == 12);
}

TEST_CASE("a server that cannot guard the destination guards the source, and refuses the caller's condition") {
  Fixture fixture(Fixture::at("http://localhost:9000"));
  fixture.transport->then(reply(200, kObject)).then(reply(200, {}, kCopied));
  CHECK(fixture.bucket->set_metadata("k", {.content = ContentHeaders{.type = "a/b"}}));
  CHECK(fixture.sent()[1].find("if-match: \"abc\"\nx-amz-metadata-directive") != std::string::npos);
  CHECK(fixture.sent()[1].find("\nif-match") == std::string::npos);
  CHECK_FALSE(fixture.bucket->capabilities().set_metadata_if_match);
  const Bucket handle(fixture.bucket);
  const auto error = handle.set_metadata("k", {.condition = Condition::match("abc"), .metadata = Metadata{}}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(fixture.transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "an object that changes meanwhile is a conflict, or the caller's condition that failed") {
  SUBCASE("seen by the head") {
    transport->then(reply(200, kObject));
    const auto error =
        bucket->set_metadata("k", {.condition = Condition::match("old"), .metadata = Metadata{}}).error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(transport->sent().size() == 1);
  }
  SUBCASE("seen by the copy") {
    transport->then(reply(200, kObject)).then(reply(412, {}, error_body("PreconditionFailed")));
    const auto error =
        bucket->set_metadata("k", {.condition = Condition::match("abc"), .metadata = Metadata{}}).error();
    CHECK(error.code == ErrorCode::precondition_failed);
  }
  SUBCASE("and the caller had no condition") {
    transport->then(reply(200, kObject)).then(reply(412, {}, error_body("PreconditionFailed")));
    const auto error = bucket->set_metadata("k", {.metadata = Metadata{}}).error();
    CHECK(error.code == ErrorCode::conflict);
    CHECK(error.retryable);
  }
  SUBCASE("a lost reply is not asked for again") {
    transport->then(reply(200, kObject)).then(broken());
    const auto error = bucket->set_metadata("k", {.metadata = Metadata{}}).error();
    CHECK(error.may_have_happened);
    CHECK(transport->sent().size() == 2);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "trap 15: HEAD does not say that it is the object which is missing, so that no token matches") {
  const SetMetadataOptions if_abc{.condition = Condition::match("abc"), .metadata = Metadata{}};
  SUBCASE("the object") {
    transport->then(reply(404)).then(reply(404, {}, error_body("NoSuchKey")));
    const auto error = bucket->set_metadata("k", if_abc).error();
    CHECK(error.code == ErrorCode::precondition_failed);
    CHECK(error.message == "there is no such object, so it has no token to match");
    CHECK(transport->sent().size() == 2);
  }
  SUBCASE("the bucket") {
    transport->then(reply(404)).then(reply(404, {}, error_body("NoSuchBucket")));
    CHECK(bucket->set_metadata("k", if_abc).error().service_code == "NoSuchBucket");
  }
  SUBCASE("neither, any more") {
    transport->then(reply(404)).then(reply(206, kObject, "x"));
    CHECK(bucket->set_metadata("k", if_abc).error().code == ErrorCode::not_found);
  }
  SUBCASE("and nobody asked for a token") {
    transport->then(reply(404));
    CHECK(bucket->set_metadata("k", {.metadata = Metadata{}}).error().code == ErrorCode::not_found);
    CHECK(transport->sent().size() == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "trap 18: an object that one request cannot copy keeps its metadata for now") {
  transport->then(reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "5368709121"}}));
  const auto error = bucket->set_metadata("k", {.metadata = Metadata{}}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "5368709121 bytes are more than one request copies");
}

TEST_CASE_FIXTURE(Fixture, "a copy may go to another storage class, also onto itself") {
  transport->then(reply(200, kObject)).then(reply(200, {}, kCopied));
  CopyRequest request;
  request.source_bucket = "reports";
  request.source_key = request.destination_key = "k";
  request.options.storage_class = "GLACIER";
  CHECK(bucket->copy(request).value().info->storage_class == "GLACIER");
  CHECK(sent()[1].find("\nx-amz-storage-class: GLACIER\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "tags are a document; none of them is a removal") {
  transport->then(reply(200)).then(reply(204)).then(reply(200));
  CHECK(bucket->set_tags("k", {{"A b", "<&>"}, {"z", ""}}, {}));
  CHECK(bucket->set_tags("k", {}, {}));
  CHECK(bucket->set_tags("k", {{"a", "1"}}, {.version_id = "v+1"}));
  const std::string body = tags_body({{"A b", "<&>"}, {"z", ""}});
  CHECK(body ==
        "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>A b</Key>"
        "<Value>&lt;&amp;&gt;</Value></Tag><Tag><Key>z</Key><Value></Value></Tag></TagSet></Tagging>");
  CHECK(sent()[0].find("PUT https://reports.s3.us-west-2.amazonaws.com/k?tagging=\ncontent-type: application/xml\n"
                       "x-amz-checksum-crc32c: ") == 0);
  CHECK(sent()[1] == "DELETE https://reports.s3.us-west-2.amazonaws.com/k?tagging=\n");
  CHECK(sent()[2].find("/k?tagging=&versionId=v%2B1\n") != std::string::npos);
  const Target target{"https", "objects.example", "/reports"};
  CHECK(set_tags_request(target, "k", "", body, quirks_of(S3Server::generic))->headers.contains("content-md5"));
}

TEST_CASE_FIXTURE(Fixture, "tags that are read") {
  transport->then(
      reply(200, {}, tagging("<Tag><Key>A b</Key><Value>&lt;&amp;&gt;</Value></Tag><Tag><Key> </Key></Tag>")));
  CHECK(bucket->get_tags("k", {}).value() == Tags{{"A b", "<&>"}, {" ", ""}});
  transport->then(reply(200, {}, tagging("")));
  CHECK(bucket->get_tags("k", {}).value().empty());
  transport->then(reply(404, {}, error_body("NoSuchTagSet")));
  CHECK(bucket->get_tags("k", {}).value().empty());
  transport->then(reply(404, {}, error_body("NoSuchKey")));
  CHECK(bucket->get_tags("k", {}).error().code == ErrorCode::not_found);
  transport->then(reply(501, {}, error_body("NotImplemented")));
  CHECK(bucket->get_tags("k", {}).error().code == ErrorCode::unsupported);
}

TEST_CASE_FIXTURE(Fixture, "hostile: tags that are none") {
  for (const std::string& body :
       {tagging("<Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag>"), tagging("<Tag><Value>v</Value></Tag>"),
        std::string("<Tagging></Tagging>"), std::string("<Tagging/>")}) {
    transport->then(reply(200, {}, body));
    const auto tags = bucket->get_tags("k", {});
    REQUIRE_FALSE(tags);
    CHECK(tags.error().code == ErrorCode::unknown);
  }
  transport->then(reply(200, {}, "<Tagging><TagSet><Tag>"), 4);
  CHECK(bucket->get_tags("k", {}).error().code == ErrorCode::unavailable);
}
