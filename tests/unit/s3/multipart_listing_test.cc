#include "aws/s3/protocol_multipart.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace cloudkit::aws::s3;

// What uploads and parts a bucket has, page by page.
namespace {

std::string part_xml(std::string_view number, std::string_view size = "5", std::string_view etag = "&quot;abc&quot;") {
  return fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag><Size>{}</Size></Part>", number, etag, size);
}
Result<PartsPage> parts(std::string_view inside, int after = 0) {
  return parse_list_parts(after, ok(fmt::format("<ListPartsResult>{}</ListPartsResult>", inside)));
}

std::string upload_xml(std::string_view key, std::string_view id) {
  return fmt::format(
      "<Upload><Key>{}</Key><UploadId>{}</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>", key, id);
}
Result<UploadPage> uploads(std::string_view inside, std::string_view token = {}) {
  return parse_list_uploads(token,
                            ok(fmt::format("<ListMultipartUploadsResult>{}</ListMultipartUploadsResult>", inside)));
}

}  // namespace

TEST_CASE("parts are asked for a thousand at a time, after the last one known") {
  CHECK(text_of(*list_parts_request(kTarget, "k", {"u"}, 0)) ==
        "GET https://objects.example/reports/k?uploadId=u&max-parts=1000\n");
  CHECK(text_of(*list_parts_request(kTarget, "k", {"u"}, 1000)) ==
        "GET https://objects.example/reports/k?uploadId=u&max-parts=1000&part-number-marker=1000\n");
}

TEST_CASE("a part is listed with all that its upload needs") {
  const auto page = parts(
      "<IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>"
      "<Part><PartNumber>1</PartNumber><ETag>\"abc\"</ETag><Size>5242880</Size>"
      "<ChecksumCRC32C>4waSgw==</ChecksumCRC32C></Part>" +
      part_xml("2"));
  REQUIRE(page);
  REQUIRE(page->parts.size() == 2);
  CHECK(page->parts[0].number == 1);
  CHECK(page->parts[0].size == 5'242'880);
  CHECK(page->parts[0].token == "abc");
  CHECK(page->parts[0].checksum == "4waSgw==");
  CHECK(page->next == 2);
  CHECK(parts("")->parts.empty());
  CHECK(parts("<IsTruncated>false</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>" + part_xml("1"))->next ==
        0);
}

TEST_CASE("a list of parts that would be short or endless is refused whole") {
  CHECK(why(parts(part_xml("2") + part_xml("1"))) == "part 1 is listed after part 2");
  CHECK(why(parts(part_xml("1"), 1)) == "part 1 is listed after part 1");
  const std::string truncated = "<IsTruncated>true</IsTruncated>";
  CHECK(why(parts(truncated + part_xml("1"))) == "the listing does not say NextPartNumberMarker of \"the page\"");
  const auto next = [&](std::string_view marker, int after) {
    return parts(truncated + fmt::format("<NextPartNumberMarker>{}</NextPartNumberMarker>", marker) + part_xml("7"),
                 after);
  };
  CHECK(next("7", 0));
  CHECK(why(next("6", 0)) == "the listing says NextPartNumberMarker \"6\" of \"the page\"");
  CHECK_FALSE(next("0", 0));
  CHECK_FALSE(next("x", 0));
  CHECK_FALSE(parts(truncated + "<NextPartNumberMarker>7</NextPartNumberMarker>", 7));
  CHECK_FALSE(parts("<IsTruncated>maybe</IsTruncated>"));
}

TEST_CASE("a part with a field that cannot be is refused") {
  for (const char* const number : {"", "0", "-1", "x", "2147483648", "99999999999999999999"}) {
    CAPTURE(number);
    CHECK_FALSE(parts(part_xml(number)));
  }
  for (const char* const size : {"", "-1", "5.0", "99999999999999999999"}) {
    CAPTURE(size);
    CHECK(why(parts(part_xml("1", size))) == fmt::format("the listing says Size \"{}\" of \"part 1\"", size));
  }
  CHECK(why(parts(part_xml("1", "5", ""))) == "the listing says ETag \"\" of \"part 1\"");
  CHECK(why(parts("<Part></Part>")) == "the listing does not say PartNumber of \"a part\"");
}

TEST_CASE("trap 4: uploads are listed with encoded keys, which are decoded where the reply says so") {
  CHECK(text_of(*list_uploads_request(kTarget, "a b/", "", quirks_of(S3Server::aws))) ==
        "GET https://objects.example/reports?uploads=&max-uploads=1000&encoding-type=url&prefix=a%20b%2F\n");
  // Ceph 16.2 encodes the keys, not the marker, and does not say so: it is not asked to.
  for (const S3Server server : {S3Server::ceph, S3Server::generic}) {
    CHECK(text_of(*list_uploads_request(kTarget, "", "", quirks_of(server))) ==
          "GET https://objects.example/reports?uploads=&max-uploads=1000\n");
  }
  const auto encoded =
      uploads("<EncodingType>url</EncodingType>" + upload_xml("a%0Ab+c%2Bd", "u1") + upload_xml("z", "u2"));
  REQUIRE(encoded);
  CHECK(encoded->entries[0].key == "a\nb c+d");
  CHECK(encoded->entries[0].upload.value == "u1");
  CHECK(encoded->entries[0].started == TimePoint(std::chrono::seconds(1767225600)));
  CHECK(uploads(upload_xml("a%20b", "u"))->entries[0].key == "a%20b");
  CHECK_FALSE(uploads("<EncodingType>url</EncodingType>" + upload_xml("a%2", "u")));
}

TEST_CASE("a list of uploads goes on after a key and one of its uploads") {
  const auto page = uploads(
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%20b</NextKeyMarker>"
      "<NextUploadIdMarker>u 1%</NextUploadIdMarker>" +
      upload_xml("a%20b", "u"));
  REQUIRE(page);
  CHECK(text_of(*list_uploads_request(kTarget, "", page->next_page_token, {})) ==
        "GET https://objects.example/reports?uploads=&max-uploads=1000&key-marker=a%20b"
        "&upload-id-marker=u%201%25\n");
  CHECK(why(list_uploads_request(kTarget, "", "junk", {})) == "the page token is not one");
  CHECK(why(list_uploads_request(kTarget, "", "%zz k", {})) == "the page token is not one");
}

TEST_CASE("a list of uploads that would be short or endless is refused whole") {
  const std::string truncated = "<IsTruncated>true</IsTruncated>";
  CHECK(why(uploads(truncated)) == "the listing goes on, but does not say where");
  const std::string again = truncated + "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>";
  const std::string token = uploads(again)->next_page_token;
  CHECK(why(uploads(again, token)) == "the listing goes on where it already was");
  CHECK(why(uploads(upload_xml("", "u"))) == "the listing has an upload without a key");
  CHECK(why(uploads(upload_xml("k", ""))) == "the listing says UploadId \"\" of \"k\"");
  CHECK_FALSE(uploads("<Upload><Key>k</Key><UploadId>u</UploadId><Initiated>soon</Initiated></Upload>"));
}

TEST_CASE("uploads are in byte order of their keys, then by age") {
  const auto page =
      uploads(upload_xml("b", "1") + upload_xml("\xC3\xA4", "2") + upload_xml("a", "3") +
              "<Upload><Key>b</Key><UploadId>4</UploadId><Initiated>2025-12-31T23:59:59Z</Initiated></Upload>");
  std::string order;
  for (const UploadEntry& entry : page->entries) order += entry.upload.value;
  CHECK(order == "3412");
}
