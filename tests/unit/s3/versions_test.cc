#include "aws/s3/protocol_versions.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using namespace cloudkit::testing;

namespace {

std::string version(std::string_view key, std::string_view id, bool latest = false,
                    std::string_view modified = "2026-01-01T00:00:00.000Z") {
  return fmt::format(
      "<Version><Key>{}</Key><VersionId>{}</VersionId><IsLatest>{}</IsLatest><LastModified>{}</LastModified>"
      "<ETag>&quot;abc&quot;</ETag><Size>5</Size><StorageClass>STANDARD_IA</StorageClass></Version>",
      key, id, latest, modified);
}
std::string marker(std::string_view key, std::string_view id, bool latest,
                   std::string_view modified = "2026-01-02T00:00:00.000Z") {
  return fmt::format(
      "<DeleteMarker><Key>{}</Key><VersionId>{}</VersionId><IsLatest>{}</IsLatest><LastModified>{}</LastModified>"
      "</DeleteMarker>",
      key, id, latest, modified);
}

VersionPage parsed(std::string_view inner, const ListVersionsRequest& page = {}) {
  http::Response response;
  response.body = fmt::format("<ListVersionsResult>{}</ListVersionsResult>", inner);
  return parse_list_versions(page, response).value();
}
Error refused(std::string_view inner, const ListVersionsRequest& page = {}) {
  http::Response response;
  response.body = fmt::format("<ListVersionsResult>{}</ListVersionsResult>", inner);
  const auto result = parse_list_versions(page, response);
  REQUIRE_FALSE(result);
  return result.error();
}
Result<http::Request> request_of_page(const ListVersionsRequest& page, S3Server server = S3Server::aws) {
  return list_versions_request(kTarget, page, quirks_of(server));
}
std::vector<std::string> ids(const VersionPage& page) {
  std::vector<std::string> out;
  for (const VersionEntry& entry : page.entries) out.push_back(entry.key + "@" + entry.version_id);
  return out;
}

}  // namespace

TEST_CASE("the request for a first page, and for the next") {
  CHECK(text_of(*request_of_page({.prefix = "a b", .page_size = 7})) ==
        "GET https://objects.example/reports?versions=&encoding-type=url&max-keys=7&prefix=a%20b\n");
  const VersionPage page = parsed(
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a+b%26%2B</NextKeyMarker>"
      "<NextVersionIdMarker>v&amp;1</NextVersionIdMarker>");
  CHECK(page.next_page_token == "a%20b%26%2B&v&1");
  CHECK(text_of(*request_of_page({.page_token = page.next_page_token})) ==
        "GET https://objects.example/reports?versions=&encoding-type=url&max-keys=1000&key-marker=a%20b%26%2B"
        "&version-id-marker=v%261\n");
  CHECK(text_of(*request_of_page({.page_token = "k&"})).find("version-id-marker") == std::string::npos);
  for (const char* token : {"k", "&v", "%zz&v"}) {
    CHECK(request_of_page({.page_token = token}).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a server that must not be asked for encoded names is not") {
  CHECK(text_of(*request_of_page({}, S3Server::obs)) ==
        "GET https://objects.example/reports?versions=&max-keys=1000\n");
}

TEST_CASE("versions and delete markers") {
  const VersionPage page =
      parsed(marker("a", "m1", true) + version("a", "v1") + "<CommonPrefixes/>" + version("b", "null", true));
  CHECK(ids(page) == std::vector<std::string>{"a@m1", "a@v1", "b@null"});
  CHECK(page.entries[0].is_delete_marker);
  CHECK(page.entries[0].is_latest);
  CHECK_FALSE(page.entries[1].is_latest);
  CHECK(page.entries[1].size == 5);
  CHECK(page.entries[1].token == "abc");
  CHECK(page.entries[1].storage_class == "STANDARD_IA");
  CHECK(page.entries[1].modified == TimePoint(std::chrono::seconds(1767225600)));
  CHECK(page.next_page_token.empty());
}

TEST_CASE("the order of a server that has one stays; where markers come last, the latest comes first") {
  // Clocks of servers differ: the older one may have the later time.
  CHECK(ids(parsed(version("a", "new", true, "2026-01-01T00:00:00Z") +
                   version("a", "old", false, "2026-01-02T00:00:00Z"))) == std::vector<std::string>{"a@new", "a@old"});
  CHECK(ids(parsed(version("a", "2", false, "2026-01-01T00:00:02Z") + version("a", "1", false, "2026-01-01T00:00:01Z") +
                   version("b", "9", true) + marker("a", "m", true))) ==
        std::vector<std::string>{"a@m", "a@2", "a@1", "b@9"});
}

TEST_CASE("radosgw 16.2 says all names encoded but the one where the next page begins") {
  const std::string head = "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>";
  CHECK(parsed(head + "<NextKeyMarker>a+</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>" +
               version("a%2B", "v"))
            .next_page_token == "a%2B&v");
  CHECK(parsed(head + "<NextKeyMarker>100%</NextKeyMarker>" + version("100%25", "v")).next_page_token == "100%25&");
  CHECK(parsed(head + "<NextKeyMarker>a%2B</NextKeyMarker>" + version("a%2B", "v")).next_page_token == "a%2B&");
}

TEST_CASE("of one second, a removal is taken to be later than a put") {
  CHECK(ids(parsed(version("k", "v1", false, "2026-01-02T00:00:00Z") + marker("k", "m1", false) +
                   marker("k", "m2", true))) == std::vector<std::string>{"k@m2", "k@m1", "k@v1"});
}

TEST_CASE("hostile: pages that would lose versions or never end") {
  CHECK(refused("<IsTruncated>true</IsTruncated>").message == "the listing goes on, but does not say where");
  CHECK(refused("<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
                "<NextVersionIdMarker>v</NextVersionIdMarker>",
                {.page_token = "k&v"})
            .message == "the listing goes on where it already was");
  CHECK(refused("<IsTruncated>perhaps</IsTruncated>").message ==
        "the listing says IsTruncated \"perhaps\" of \"the page\"");
  CHECK(refused(version("a", "")).message == "the listing has no version of \"a\"");
  CHECK(refused(version("", "v")).message == "the listing has an object without a key");
  CHECK(refused(version("a", "v", false, "yesterday")).message ==
        "the listing says LastModified \"yesterday\" of \"a\"");
  CHECK(refused("<Version><Key>a</Key><VersionId>v</VersionId><IsLatest>1</IsLatest></Version>").message ==
        "the listing says IsLatest \"1\" of \"a\"");
  CHECK(refused("<EncodingType>url</EncodingType>" + version("%zz", "v")).code == ErrorCode::unknown);
  http::Response other;
  other.body = "<ListBucketResult></ListBucketResult>";
  CHECK(parse_list_versions({}, other).error().message == "expected ListVersionsResult, the reply is ListBucketResult");
}

TEST_CASE_FIXTURE(Fixture, "a version is removed by name; an empty name would remove the object") {
  transport->then(reply(204)).then(reply(404, {}, error_body("NoSuchVersion")));
  CHECK(bucket->remove_version("k", "v+1", {}));
  CHECK(sent()[0] == "DELETE https://reports.s3.us-west-2.amazonaws.com/k?versionId=v%2B1\n");
  CHECK(bucket->remove_version("k", "gone", {}));
  CHECK(bucket->remove_version("k", "", {}).error().code == ErrorCode::invalid_argument);
  transport->then(reply(404, {}, error_body("NoSuchBucket")));
  CHECK(bucket->remove_version("k", "v", {}).error().code == ErrorCode::not_found);
  CHECK(transport->sent().size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "a delete marker has no bytes, and that is not found, not unsupported") {
  const auto refusal = reply(405, {{"x-amz-delete-marker", "true"}}, error_body("MethodNotAllowed"));
  transport->then(refusal).then(reply(405, {{"x-amz-delete-marker", "true"}}));
  Received collector;
  const auto error = bucket->get("k", {.version_id = "m"}, collector).error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.message == "this version is a delete marker: it has no bytes");
  CHECK(bucket->head("k", {.version_id = "m"}).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "undelete removes the markers before the newest bytes, the newest marker last") {
  transport
      ->then(reply(200, {},
                   "<ListVersionsResult>" + marker("k", "m2", true) + marker("k", "m1", false) + version("k", "v2") +
                       version("k", "v1") + marker("k2", "m3", true) + "</ListVersionsResult>"))
      .then(reply(204), 2);
  const auto back = Bucket(bucket).undelete("k").value();
  CHECK(back.version_id == "v2");
  CHECK(back.is_latest);
  CHECK(sent()[1].find("versionId=m1") != std::string::npos);
  CHECK(sent()[2].find("versionId=m2") != std::string::npos);
  CHECK(transport->sent().size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "undelete of what has no bytes left removes nothing") {
  transport->then(
      reply(200, {}, "<ListVersionsResult>" + marker("k", "m1", true) + version("k2", "v") + "</ListVersionsResult>"));
  const auto error = Bucket(bucket).undelete("k").error();
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.message == "it has no version with bytes to bring back");
  CHECK(error.operation == "undelete");
  CHECK(transport->sent().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a bucket that shall keep versions does, or is not there") {
  SUBCASE("it does") {
    transport->then(reply(404)).then(reply(200)).then(reply(200));
    CHECK(store->create_bucket("reports", {.versioned = true}));
    CHECK(sent()[2].find("PUT https://reports.s3.us-west-2.amazonaws.com/?versioning=\n") == 0);
  }
  SUBCASE("it cannot") {
    transport->then(reply(404)).then(reply(200)).then(reply(501, {}, error_body("NotImplemented"))).then(reply(204));
    const auto error = store->create_bucket("reports", {.versioned = true}).error();
    CHECK(error.code == ErrorCode::unsupported);
    CHECK_FALSE(error.may_have_happened);
    CHECK(sent()[3].find("DELETE https://reports.s3.us-west-2.amazonaws.com/\n") == 0);
  }
  SUBCASE("it cannot, and cannot be removed") {
    transport->then(reply(404)).then(reply(200)).then(reply(403, {}, error_body("AccessDenied")), 2);
    const auto error = store->create_bucket("reports", {.versioned = true}).error();
    CHECK(error.message == "said AccessDenied; the bucket was created, and is there without versions");
    CHECK(error.may_have_happened);
  }
}
