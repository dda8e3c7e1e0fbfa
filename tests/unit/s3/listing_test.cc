#include "aws/s3/protocol_listing.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::aws::s3;
using cloudkit::aws::S3Server;
using cloudkit::testing::Fixture;
using cloudkit::testing::kAws;
using cloudkit::testing::reply;
using cloudkit::testing::text_of;

namespace {

const Target kHostTarget{"https", "reports.s3.us-west-2.amazonaws.com", ""};

Result<ListPage> parse(std::string inside, ListPageRequest page = {}, S3Server server = S3Server::aws) {
  http::Response response;
  response.status = 200;
  response.body = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
                  inside + "</ListBucketResult>";
  return parse_list(page, response, quirks_of(server));
}

std::string object(std::string_view key) {
  return fmt::format("<Contents><Key>{}</Key><Size>1</Size></Contents>", key);
}

std::vector<std::string> keys(const Result<ListPage>& page) {
  std::vector<std::string> out;
  for (const ListEntry& entry : page.value().entries) out.push_back(entry.key);
  return out;
}

}  // namespace

TEST_CASE("trap 4: listings ask for url encoding") {
  CHECK(text_of(list_request(kHostTarget, {}, kAws)) ==
        "GET https://reports.s3.us-west-2.amazonaws.com/?list-type=2&encoding-type=url&max-keys=1000\n");
  ListPageRequest page;
  page.prefix = "a b/+";
  page.delimiter = "/";
  page.start_after = "a b/\x01";
  page.page_size = 7;
  CHECK(text_of(list_request({"https", "h.example", "/base/reports"}, page, kAws)) ==
        "GET https://h.example/base/reports?list-type=2&encoding-type=url&max-keys=7&prefix=a%20b%2F%2B&delimiter=%2F"
        "&start-after=a%20b%2F%01\n");
}

TEST_CASE("trap 4: only what the reply says is encoded is decoded, and + is a space then") {
  CHECK(keys(parse("<EncodingType>url</EncodingType>" + object("a%2Fb+c%2Bd%25e"))) ==
        std::vector<std::string>{"a/b c+d%e"});
  CHECK(keys(parse(object("a%2Fb+c"))) == std::vector<std::string>{"a%2Fb+c"});
  CHECK(keys(parse("<EncodingType>url</EncodingType><CommonPrefixes><Prefix>a%20b%2F</Prefix></CommonPrefixes>")) ==
        std::vector<std::string>{"a b/"});
  CHECK(parse("<EncodingType>url</EncodingType>" + object("a%zz")).error().message ==
        "a key in the listing is badly encoded: a%zz");
}

TEST_CASE("what a page says counts wherever in it that stands, and the first time") {
  const auto page = parse(object("a%2Fb") +
                              "<CommonPrefixes><Prefix>c%2F</Prefix><Prefix>no</Prefix></CommonPrefixes>"
                              "<Owner><IsTruncated>no</IsTruncated><Key>no</Key></Owner><NextContinuationToken>n"
                              "</NextContinuationToken><NextContinuationToken>no</NextContinuationToken>"
                              "<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>",
                          {});
  CHECK(keys(page) == std::vector<std::string>{"a/b", "c/"});
  CHECK(page->next_page_token == "n");

  const auto twice = parse("<Contents><Size>7</Size><Owner><Key>no</Key></Owner><Key>a</Key><Key>no</Key></Contents>");
  CHECK(keys(twice) == std::vector<std::string>{"a"});
  CHECK(twice->entries.front().size == 7);
}

TEST_CASE("trap 32: a key of spaces is a key") {
  CHECK(keys(parse(object(" ") + object("  a "))) == std::vector<std::string>{" ", "  a "});
}

TEST_CASE("trap 5: the continuation token is opaque and goes back as it came") {
  const auto page = parse(
      "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>1%2Fue+x==</NextContinuationToken>");
  CHECK(page.value().next_page_token == "1%2Fue+x==");
  ListPageRequest next;
  next.page_token = page->next_page_token;
  next.start_after = "ignored from now on";
  CHECK(text_of(list_request(kHostTarget, next, kAws))
            .ends_with("&max-keys=1000&continuation-token=1%252Fue%2Bx%3D%3D\n"));
}

TEST_CASE("trap 5: where only ListObjects is, the next page begins after a key") {
  const std::string truncated = "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>";
  CHECK(parse(truncated + object("x%01") + object("y"), {}, S3Server::cos).value().next_page_token == "y");
  CHECK(parse(truncated + object("x") + "<CommonPrefixes><Prefix>y%2F</Prefix></CommonPrefixes>", {}, S3Server::cos)
            .value()
            .next_page_token == "y/");
  // The marker is the last entry, and only that is surely encoded: radosgw does not encode the marker.
  const auto raw_marker = parse(truncated + "<NextMarker>a%2Fb</NextMarker>" + object("a%252Fb"), {}, S3Server::cos);
  CHECK(raw_marker.value().next_page_token == "a%2Fb");
  CHECK(parse(truncated + "<NextMarker>a+b%2F</NextMarker>", {}, S3Server::cos).value().next_page_token == "a b/");
  CHECK(parse("<IsTruncated>false</IsTruncated>" + object("a"), {}, S3Server::cos).value().next_page_token.empty());
  CHECK(parse(truncated, {}, S3Server::cos).error().message == "the listing goes on, but does not say where");
  CHECK(parse(truncated + "<NextMarker>%zz</NextMarker>", {}, S3Server::cos).error().message ==
        "a key in the listing is badly encoded: %zz");
  ListPageRequest page;
  page.page_token = "y";
  CHECK(parse(truncated + object("y"), page, S3Server::cos).error().message ==
        "the listing goes on where it already was");

  page.start_after = "ignored from now on";
  page.page_token = "a b/\x01";
  CHECK(text_of(list_request(kHostTarget, page, quirks_of(S3Server::cos))) ==
        "GET https://reports.s3.us-west-2.amazonaws.com/?encoding-type=url&max-keys=1000&marker=a%20b%2F%01\n");
  page.page_token.clear();
  CHECK(text_of(list_request(kHostTarget, page, quirks_of(S3Server::obs))) ==
        "GET https://reports.s3.us-west-2.amazonaws.com/?max-keys=1000&marker=ignored%20from%20now%20on\n");
}

TEST_CASE("trap 6: a truncated page without keys is legal, and leads on") {
  const auto page = parse(
      "<KeyCount>0</KeyCount><IsTruncated>true</IsTruncated><ContinuationToken>t1</ContinuationToken>"
      "<NextContinuationToken>t2</NextContinuationToken>",
      [] {
        ListPageRequest request;
        request.page_token = "t1";
        return request;
      }());
  CHECK(page.value().entries.empty());
  CHECK(page->next_page_token == "t2");
}

TEST_CASE("trap 6: a listing that would never end is an error") {
  CHECK(parse("<IsTruncated>true</IsTruncated>").error().message == "the listing goes on, but does not say where");
  CHECK(parse("<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>").error().message ==
        "the listing goes on, but does not say where");
  ListPageRequest page;
  page.page_token = "t";
  const auto repeated = parse("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>", page);
  CHECK(repeated.error().message == "the listing goes on where it already was");
  CHECK(parse("<IsTruncated>perhaps</IsTruncated>").error().message ==
        "the listing says IsTruncated \"perhaps\" of \"the page\"");
}

TEST_CASE("trap 6: a token of a last page is not followed") {
  CHECK(parse("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>")
            .value()
            .next_page_token.empty());
}

TEST_CASE("trap 7: objects and prefixes come together, in the order of UTF-8 bytes") {
  const auto page = parse(object("dir.") + object("dir0") + object("\xEF\xBF\xBD") + object("\xF0\x9F\x98\x80") +
                          "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>"
                          "<CommonPrefixes><Prefix>e/</Prefix></CommonPrefixes>");
  CHECK(keys(page) == std::vector<std::string>{"dir.", "dir/", "dir0", "e/", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80"});
  CHECK_FALSE(page->entries[0].is_prefix);
  CHECK(page->entries[1].is_prefix);
}

TEST_CASE("trap 7: an object whose key is the prefix is an object") {
  const auto page = parse("<Prefix>dir/</Prefix>" + object("dir/") + object("dir/a"));
  CHECK(keys(page) == std::vector<std::string>{"dir/", "dir/a"});
  CHECK_FALSE(page->entries[0].is_prefix);
}

TEST_CASE("trap 32: an entry has size, time, token and class, in any namespace, with or without milliseconds") {
  for (const std::string time : {"2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z"}) {
    const auto page = parse("<s3:Contents xmlns:s3=\"x\"><s3:Key>k</s3:Key><s3:LastModified>" + time +
                            "</s3:LastModified><s3:ETag>&quot;abc-2&quot;</s3:ETag><s3:Size>42</s3:Size>"
                            "<s3:StorageClass>GLACIER</s3:StorageClass></s3:Contents>");
    const ListEntry& entry = page.value().entries.at(0);
    CHECK(entry.size == 42);
    CHECK(entry.token == "abc-2");
    CHECK(entry.storage_class == "GLACIER");
    CHECK(entry.modified == TimePoint(std::chrono::seconds(1767225600)));
  }
  CHECK(parse("<Contents><Key>k</Key><StorageClass>STANDARD</StorageClass></Contents>")
            .value()
            .entries.at(0)
            .storage_class.empty());
}

TEST_CASE("an entry that cannot be right makes the page an error, which names it") {
  CHECK(parse("<Contents><Key>k</Key><Size>-1</Size></Contents>").error().message ==
        "the listing says Size \"-1\" of \"k\"");
  CHECK(parse("<Contents><Key>k</Key><LastModified>31/12/99</LastModified></Contents>").error().message ==
        "the listing says LastModified \"31/12/99\" of \"k\"");
  CHECK(parse("<Contents><Size>1</Size></Contents>").error().message == "the listing has an object without a key");
  CHECK(parse("<CommonPrefixes/>").error().message == "the listing has an empty common prefix");
}

TEST_CASE("an empty listing is a page without entries") {
  CHECK(parse("").value().entries.empty());
  CHECK(parse("<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>").value().next_page_token.empty());
}

TEST_CASE_FIXTURE(Fixture, "a cut listing is asked for again, never taken for a short one") {
  const std::string body = "<ListBucketResult>" + object("a") + object("b") + "</ListBucketResult>";
  transport->then(reply(200, {}, body.substr(0, body.size() - 25)));
  transport->then(reply(200, {}, body));
  CHECK(keys(bucket->list_page({})) == std::vector<std::string>{"a", "b"});
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "2,500 keys are three requests") {
  transport->then(reply(200, {},
                        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>p2"
                        "</NextContinuationToken>" +
                            object("a") + "</ListBucketResult>"));
  transport->then(reply(200, {},
                        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>p3"
                        "</NextContinuationToken>" +
                            object("b") + "</ListBucketResult>"));
  transport->then(reply(200, {}, "<ListBucketResult>" + object("c") + "</ListBucketResult>"));
  ListPageRequest page;
  int pages = 0;
  do {
    page.page_token = bucket->list_page(page).value().next_page_token;
    ++pages;
  } while (!page.page_token.empty());
  CHECK(pages == 3);
  CHECK(transport->sent().size() == 3);
}
