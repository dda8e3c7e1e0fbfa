#include "aws/s3/payload.h"
#include "aws/s3/protocol_multipart.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace cloudkit::aws::s3;

// Requests and replies of uploads in parts, byte for byte.
namespace {

const Quirks& kGeneric = quirks_of(S3Server::generic);

PutPartRequest part(int number, std::string key = "k", std::string upload = "u") {
  PutPartRequest request;
  request.key = std::move(key);
  request.upload.value = std::move(upload);
  request.number = number;
  return request;
}

std::string put_part_text(const PutPartRequest& request, const Quirks& quirks, std::string_view crc = {}) {
  const MemorySource source("123456789");
  const auto made = put_part_request(kTarget, request, source, crc, quirks);
  return made ? text_of(*made) : made.error().message;
}

std::string copy_part_text(const PartSource& source, const Quirks& quirks = kGeneric) {
  const auto made = copy_part_request(kTarget, part(2), source, quirks);
  return made ? text_of(*made) : made.error().message;
}

}  // namespace

TEST_CASE("an upload begins with the attributes of the object that it will be") {
  PutOptions options;
  options.content.type = "text/css";
  options.metadata = {{"owner", "ada"}};
  options.storage_class = "GLACIER";
  options.tags = {{"x", "1"}};
  CHECK(text_of(*begin_upload_request(kTarget, "a b", options, kGeneric)) ==
        "POST https://objects.example/reports/a%20b?uploads=\ncontent-type: text/css\nx-amz-storage-class: GLACIER\n"
        "x-amz-meta-owner: ada\nx-amz-tagging: x=1\n");
  // Its uploads have tags that nobody can read.
  CHECK(begin_upload_request(kTarget, "k", options, quirks_of(S3Server::ceph)).error().message ==
        "this server loses the tags of an upload in parts");
  CHECK(begin_upload_request(kTarget, "", {}, kGeneric).error().message == "the key is empty");
}

TEST_CASE("trap 24: AWS is told at the beginning which checksum the parts will have, and that it is of the whole") {
  CHECK(text_of(*begin_upload_request(kTarget, "k", {}, kAws)) ==
        "POST https://objects.example/reports/k?uploads=\nx-amz-checksum-algorithm: CRC32C\n"
        "x-amz-checksum-type: FULL_OBJECT\n");
  CHECK(put_part_text(part(1), kAws, "4waSgw==") ==
        "PUT https://objects.example/reports/k?uploadId=u&partNumber=1\nx-amz-checksum-crc32c: 4waSgw==\n\n123456789");
}

TEST_CASE("a condition that is not honoured at the end is refused at the beginning") {
  for (const Condition& condition : {Condition::absent(), Condition::match("abc")}) {
    PutOptions options;
    options.condition = condition;
    CHECK(begin_upload_request(kTarget, "k", options, kAws));
    for (const S3Server server : {S3Server::ceph, S3Server::generic}) {
      const auto refused = begin_upload_request(kTarget, "k", options, quirks_of(server));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ErrorCode::unsupported);
      CHECK_FALSE(complete_upload_request(kTarget, "k", {"u"}, {"<x/>", {}, condition}, quirks_of(server)));
    }
  }
  PutOptions options;
  options.condition = Condition::not_match("abc");
  CHECK(begin_upload_request(kTarget, "k", options, kAws).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("the reply to the beginning has the id, whatever its characters") {
  const auto id = parse_begin_upload(
      ok("<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
         "<Bucket>b</Bucket><Key>k</Key><UploadId>2~a+b/c=&amp;d</UploadId></InitiateMultipartUploadResult>"));
  REQUIRE(id);
  CHECK(id->value == "2~a+b/c=&d");
  CHECK(put_part_text(part(1, "k", id->value), kGeneric) ==
        "PUT https://objects.example/reports/k?uploadId=2~a%2Bb%2Fc%3D%26d&partNumber=1\n\n123456789");
  CHECK(why(parse_begin_upload(ok("<InitiateMultipartUploadResult/>"))) ==
        "the reply does not say which upload it began");
  CHECK(why(parse_begin_upload(ok("<Other/>"))) == "expected InitiateMultipartUploadResult, the reply is Other");
}

TEST_CASE("trap 18: parts have numbers from 1 to 10,000 and at most 5 GiB") {
  CHECK(put_part_text(part(0), kGeneric) == "part number 0: they begin at 1");
  CHECK(put_part_text(part(-1), kGeneric) == "part number -1: they begin at 1");
  CHECK(put_part_text(part(10'000), kGeneric).starts_with("PUT "));
  CHECK(put_part_text(part(10'001), kGeneric) == "part number 10001: 10000 is the last one");
  PartSource source{"b", "from", {0, kGeneric.uploads.max_part, false}, "abc"};
  CHECK(copy_part_text(source).starts_with("PUT "));
  ++source.range.length;
  CHECK(copy_part_text(source) == "part 2 has 5368709121 bytes, and may have 5368709120 at most");
  const UploadLimits limits = upload_limits_of(kGeneric);
  CHECK(limits.min_part == 5'242'880);
  CHECK(limits.max_parts == 10'000);
  CHECK_FALSE((limits.ordered || limits.equal_parts));
}

TEST_CASE("an upload without an id is never a request about the object itself") {
  CHECK(put_part_text(part(1, "k", ""), kGeneric) == "the upload has no id");
  CHECK(why(abort_upload_request(kTarget, "k", {})) == "the upload has no id");
  CHECK(why(complete_upload_request(kTarget, "k", {}, {}, kGeneric)) == "the upload has no id");
  CHECK(why(list_parts_request(kTarget, "k", {}, 0)) == "the upload has no id");
}

TEST_CASE("bytes that do not lie in memory are streamed") {
  const StringSource source("123456789");
  const auto request = put_part_request(kTarget, part(1), source, {}, kGeneric);
  CHECK(request->source == &source);
  CHECK(request->idempotent);
}

TEST_CASE("trap 12: the ETag of a part is kept without its quotes, whatever it is") {
  CHECK(parse_put_part(1, 9, {}, ok("", {{"ETag", "\"abc\""}}))->token == "abc");
  CHECK(parse_put_part(1, 9, {}, ok("", {{"ETag", "R2-random"}}))->token == "R2-random");
  CHECK(why(parse_put_part(7, 9, {}, ok(""))) == "the reply to part 7 has no ETag");
}

TEST_CASE("a part whose checksum the service contradicts is data loss") {
  const auto reply = [](std::string crc) { return ok("", {{"ETag", "\"abc\""}, {"x-amz-checksum-crc32c", crc}}); };
  const auto same = parse_put_part(1, 9, "4waSgw==", reply("4waSgw=="));
  REQUIRE(same);
  CHECK(same->checksum == "4waSgw==");
  const auto other = parse_put_part(1, 9, "4waSgw==", reply("AAAAAA=="));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::data_loss);
  CHECK(other.error().message == "part 1 has the checksum 4waSgw==, the service says AAAAAA==");
}

TEST_CASE("trap 11: the range of a copied part is inclusive, its source percent-encoded and pinned") {
  CHECK(copy_part_text({"other", "a b/+%2F\xC3\xBC", {10, 5, false}, "abc"}) ==
        "PUT https://objects.example/reports/k?uploadId=u&partNumber=2\n"
        "x-amz-copy-source: other/a%20b/%2B%252F%C3%BC\nx-amz-copy-source-range: bytes=10-14\n"
        "x-amz-copy-source-if-match: \"abc\"\n");
  CHECK(copy_part_text({"b", "k", {0, 1, false}, "abc"}).find("range: bytes=0-0\n") != std::string::npos);
  for (const ByteRange range : {ByteRange{}, ByteRange::suffix(5), ByteRange{5, 0, false}}) {
    CHECK(copy_part_text({"b", "k", range, "abc"}) ==
          "a part is copied from a range with an offset and a length, of one byte at least");
  }
  CHECK(copy_part_text({"b", "k", {0, 1, false}, ""}) == "\"\" is not a token of this store");
  Quirks without = kGeneric;
  without.copy_part = false;
  CHECK(copy_part_text({"b", "k", {0, 1, false}, "abc"}, without) == "this server copies no parts");
}

TEST_CASE("the reply to a copied part has its ETag, and its checksum where the upload has one") {
  const auto copied = parse_copy_part(
      2, 5,
      ok("<CopyPartResult><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;def&quot;</ETag>"
         "<ChecksumCRC32C>4waSgw==</ChecksumCRC32C></CopyPartResult>"));
  REQUIRE(copied);
  CHECK(copied->number == 2);
  CHECK(copied->size == 5);
  CHECK(copied->token == "def");
  CHECK(copied->checksum == "4waSgw==");
  CHECK(why(parse_copy_part(2, 5, ok("<CopyPartResult/>"))) == "the reply to the copy of part 2 has no ETag");
  CHECK_FALSE(parse_copy_part(2, 5, ok("<CopyObjectResult><ETag>a</ETag></CopyObjectResult>")));
}

TEST_CASE("trap 12: the end names each part with its ETag in quotes") {
  const auto body = complete_upload_body({{1, 5, "abc", ""}, {3, 1, "d&f", ""}}, kGeneric);
  REQUIRE(body);
  CHECK(*body ==
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Part><PartNumber>1</PartNumber><ETag>&quot;abc&quot;</ETag></Part>"
        "<Part><PartNumber>3</PartNumber><ETag>&quot;d&amp;f&quot;</ETag></Part></CompleteMultipartUpload>");
  CHECK(text_of(*complete_upload_request(kTarget, "k", {"u"}, {*body, {}, {}}, kGeneric)) ==
        "POST https://objects.example/reports/k?uploadId=u\ncontent-type: application/xml\n\n" + *body);
  CHECK(why(complete_upload_body({{1, 5, "a\"b", ""}}, kGeneric)) == "\"a\"b\" is not a token of this store");
}

TEST_CASE("trap 18: an upload without parts cannot be completed") {
  CHECK(why(complete_upload_body({}, kGeneric)) == "an upload is completed with one part at least");
}

TEST_CASE("trap 19: parts must be by ascending number") {
  const std::string message = "the parts are not by ascending number, from 1 on";
  CHECK(why(complete_upload_body({{2, 1, "a", ""}, {1, 1, "b", ""}}, kGeneric)) == message);
  CHECK(why(complete_upload_body({{1, 1, "a", ""}, {1, 1, "b", ""}}, kGeneric)) == message);
  CHECK(why(complete_upload_body({{0, 1, "a", ""}}, kGeneric)) == message);
}

TEST_CASE("trap 24: to AWS the end repeats the parts' checksums and says the one of the whole") {
  // Of "12345" and "6789"; together they are the check string of every CRC.
  const std::vector<UploadPart> parts = {{1, 5, "a", crc32c_header("12345")}, {2, 4, "b", crc32c_header("6789")}};
  CHECK(joined_crc32c(parts) == "4waSgw==");
  const auto body = complete_upload_body(parts, kAws);
  CHECK(body->find("<ETag>&quot;a&quot;</ETag><ChecksumCRC32C>" + parts[0].checksum + "</ChecksumCRC32C></Part>") !=
        std::string::npos);
  CHECK(text_of(*complete_upload_request(kTarget, "k", {"u"}, {*body, "4waSgw==", {}}, kAws))
            .starts_with("POST https://objects.example/reports/k?uploadId=u\ncontent-type: application/xml\n"
                         "x-amz-checksum-crc32c: 4waSgw==\nx-amz-checksum-type: FULL_OBJECT\n\n"));
  CHECK(complete_upload_body(parts, kGeneric)->find("Checksum") == std::string::npos);
  CHECK(joined_crc32c({{1, 5, "a", crc32c_header("12345")}, {2, 4, "b", ""}}).empty());
  CHECK(joined_crc32c({{1, 5, "a", "not base64"}}).empty());
  CHECK(joined_crc32c({{1, 5, "a", "AAAAAAAA"}}).empty());
}

TEST_CASE("trap 22: a condition goes with the end, which is not repeated blindly then") {
  const auto absent = complete_upload_request(kTarget, "k", {"u"}, {"<x/>", {}, Condition::absent()}, kAws);
  CHECK(absent->headers.get("if-none-match") == "*");
  CHECK_FALSE(absent->idempotent);
  const auto match = complete_upload_request(kTarget, "k", {"u"}, {"<x/>", {}, Condition::match("abc")}, kAws);
  CHECK(match->headers.get("if-match") == "\"abc\"");
  CHECK_FALSE(match->idempotent);
  CHECK(complete_upload_request(kTarget, "k", {"u"}, {"<x/>", {}, {}}, kAws)->idempotent);
}

TEST_CASE("trap 12: the whole object's ETag is another one") {
  const auto info =
      parse_complete_upload("k", ok("<CompleteMultipartUploadResult><ETag>\"3858f62230ac3c915f300c664312c11f-9\"</ETag>"
                                    "</CompleteMultipartUploadResult>",
                                    {{"x-amz-version-id", "v7"}}));
  REQUIRE(info);
  CHECK(info->key == "k");
  CHECK(info->token == "3858f62230ac3c915f300c664312c11f-9");
  CHECK(info->etag == info->token);
  CHECK(info->version_id == "v7");
}

TEST_CASE("an end that cannot be understood may have happened") {
  for (const char* const body : {"<Other/>", "", "<CompleteMultipartUploadResult>"}) {
    CAPTURE(body);
    const auto info = parse_complete_upload("k", ok(body));
    REQUIRE_FALSE(info);
    CHECK(info.error().may_have_happened);
  }
}

TEST_CASE("an end without an ETag is one: radosgw 16.2 answers so") {
  for (const char* const inside : {"", "<ETag></ETag>", "<ETag/>"}) {
    const auto info = parse_complete_upload(
        "k", ok(fmt::format("<CompleteMultipartUploadResult>{}</CompleteMultipartUploadResult>", inside)));
    REQUIRE(info);
    CHECK(info->token.empty());
  }
}

TEST_CASE("an upload is aborted by its id") {
  CHECK(text_of(*abort_upload_request(kTarget, "a b", {"u+1"})) ==
        "DELETE https://objects.example/reports/a%20b?uploadId=u%2B1\n");
}
