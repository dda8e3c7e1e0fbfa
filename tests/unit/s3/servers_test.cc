// What is sent to each server that cloudkit knows by name, as tests/data/s3-servers.json says it.
#include "aws/s3/open.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/quirks.h"
#include "fixture.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using nlohmann::json;

namespace {

S3Options options_for(const std::string& url) {
  const auto options = options_of(Url::parse(url).value());
  REQUIRE_MESSAGE(options, options.error().message);
  REQUIRE(check_options(*options));
  return *options;
}

// All of it but the signature's digits; the body at its end.
json lines_of(const http::Request& request, std::string_view body = {}) {
  json lines = json::array();
  lines.push_back(
      fmt::format("{} {}://{}{}", to_string(request.method), request.scheme, request.host, encode_target(request)));
  for (const http::Header& header : request.headers) {
    lines.push_back(fmt::format("{}: {}", header.name, header.value.substr(0, header.value.find(", Signature="))));
  }
  if (!body.empty()) lines.push_back(body);
  return lines;
}

// The header that carries a condition, or why there is none.
template <class Call>
std::string condition_sent(const std::string& url, std::string_view header, const Call& call) {
  Fixture fixture(options_for(url));
  fixture.transport->then(reply(200, {{"content-length", "1"}, {"etag", "\"abc\""}}), 4);
  const Status status = call(*fixture.bucket);
  if (!status && status.error().code == ErrorCode::unsupported) return "unsupported";
  const auto requests = fixture.transport->sent();
  REQUIRE_FALSE(requests.empty());
  REQUIRE(requests.back().headers.contains(header));
  return fmt::format("{}: {}", header, requests.back().headers.get(header));
}

json conditions_of(const std::string& url, const Quirks& quirks) {
  const MemorySource source("hello");
  const auto put_with = [&](Condition condition) {
    return [&source, condition](BucketDriver& bucket) {
      const auto put = bucket.put("k", source, {.condition = condition});
      return put ? Status{} : Status(put.error());
    };
  };
  const auto get = [](BucketDriver& bucket) {
    Received collector;
    const auto got = bucket.get("k", {.condition = Condition::match("abc")}, collector);
    return got ? Status{} : Status(got.error());
  };
  const auto remove = [](BucketDriver& bucket) { return bucket.remove("k", {.condition = Condition::match("abc")}); };
  const auto copy = [](BucketDriver& bucket) {
    CopyRequest request{"reports", "from", "to"};
    request.options.condition = Condition::absent();
    const auto copied = bucket.copy(request);
    return copied ? Status{} : Status(copied.error());
  };
  const std::string_view on_copy = quirks.copy_if_absent.empty() ? "if-none-match" : quirks.copy_if_absent;
  return {{"put_if_absent", condition_sent(url, "if-none-match", put_with(Condition::absent()))},
          {"put_if_match", condition_sent(url, "if-match", put_with(Condition::match("abc")))},
          {"get_if_match", condition_sent(url, "if-match", get)},
          {"remove_if_match", condition_sent(url, "if-match", remove)},
          {"copy_if_absent", condition_sent(url, on_copy, copy)}};
}

json put_lines(const std::string& url) {
  Fixture fixture(options_for(url));
  fixture.transport->then(reply(200, {{"etag", "\"abc\""}}));
  const MemorySource source("hello");
  PutOptions options;
  options.content.type = "text/plain";
  CHECK(fixture.bucket->put("2026/a b+.txt", source, options));
  return lines_of(fixture.transport->sent().back(), "hello");
}

json get_lines(const std::string& url) {
  Fixture fixture(options_for(url));
  fixture.transport->then(reply(200, {{"content-length", "5"}, {"etag", "\"abc\""}}, "hello"));
  Received collector;
  CHECK(fixture.bucket->get("2026/a b+.txt", {}, collector));
  CHECK(collector.data == "hello");
  return lines_of(fixture.transport->sent().back());
}

json list_lines(const std::string& url) {
  Fixture fixture(options_for(url));
  fixture.transport->then(reply(200, {}, "<ListBucketResult></ListBucketResult>"));
  ListPageRequest page;
  page.prefix = "2026/";
  page.delimiter = "/";
  page.start_after = "2026/a b";
  CHECK(fixture.bucket->list_page(page));
  return lines_of(fixture.transport->sent().back());
}

json create_lines(const std::string& url, const Quirks& quirks) {
  Fixture fixture(options_for(url));
  fixture.transport->then(reply(404)).then(reply(200));
  CHECK(fixture.store->create_bucket("reports", {}));
  const std::string region = (*fixture.client->settings())->region;
  return lines_of(fixture.transport->sent().back(), create_bucket_body(region, quirks));
}

json description(const std::string& url, const Quirks& quirks) {
  Fixture fixture(options_for(url));
  const UploadLimits parts = fixture.bucket->upload_limits();
  return {{"url", url},
          {"put", put_lines(url)},
          {"get", get_lines(url)},
          {"list", list_lines(url)},
          {"create_bucket", create_lines(url, quirks)},
          {"conditions", conditions_of(url, quirks)},
          {"max_put", fixture.bucket->capabilities().max_put_size},
          {"max_copy", fixture.bucket->capabilities().max_copy_size},
          {"parts",
           {{"smallest", parts.min_part},
            {"largest", parts.max_part},
            {"most", parts.max_parts},
            {"equal", parts.equal_parts}}}};
}

}  // namespace

TEST_CASE("each server is sent what the table of servers says, and nothing else") {
  const json suite = json::parse(read_test_data("s3-servers.json"));
  std::string described;
  for (const json& expected : suite.at("servers")) {
    const std::string url = expected.at("url");
    CAPTURE(url);
    const Quirks& quirks = quirks_of(options_for(url).server.value());
    const json actual = description(url, quirks);
    CHECK(actual.size() == expected.size());
    for (const auto& item : expected.items()) {
      const json& sent = actual.at(item.key());
      CHECK_MESSAGE(sent == item.value(), item.key() << ": " << sent.dump(1));
    }
    described += fmt::format("{} ", quirks.name);
  }
  CHECK(described == "aws ceph minio r2 b2 wasabi spaces gcs oss cos obs generic ");
  CHECK(all_quirks().size() == suite.at("servers").size());
}

TEST_CASE("an endpoint below a vendor's domain is that vendor's server") {
  const auto settings_at = [](const std::string& endpoint) {
    Fixture fixture(Fixture::at(endpoint));
    return **fixture.client->settings();
  };
  const std::pair<const char*, std::string_view> cases[] = {
      {"https://0123.eu.r2.cloudflarestorage.com", "r2"},
      {"https://s3.eu-central-003.backblazeb2.com", "b2"},
      {"https://s3.wasabisys.com", "wasabi"},
      {"https://fra1.digitaloceanspaces.com", "spaces"},
      {"https://storage.googleapis.com", "gcs"},
      {"https://oss-cn-hangzhou.aliyuncs.com", "oss"},
      {"https://cos.ap-guangzhou.myqcloud.com", "cos"},
      {"https://obs.cn-north-4.myhuaweicloud.com", "obs"},
      {"https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com", "aws"},
      {"https://r2.cloudflarestorage.com.evil.example", "generic"},
      {"https://evilbackblazeb2.com", "generic"},
      {"http://127.0.0.1:9000", "generic"},
  };
  for (const auto& row : cases) CHECK_MESSAGE(settings_at(row.first).quirks->name == row.second, row.first);
}

TEST_CASE("a named server goes before what its endpoint looks like") {
  Fixture fixture(Fixture::at("https://s3.eu-central-003.backblazeb2.com", S3Server::ceph));
  CHECK((*fixture.client->settings())->quirks->name == "ceph");
}

TEST_CASE("the region in a vendor's endpoint goes before one that is configured for AWS") {
  Fixture fixture(Fixture::at("https://s3.eu-central-003.backblazeb2.com"));
  fixture.variables["AWS_REGION"] = "eu-west-1";
  CHECK((*fixture.client->settings())->region == "eu-central-003");
  S3Options said = Fixture::at("https://s3.eu-central-003.backblazeb2.com");
  said.region = "us-west-004";
  CHECK((*Fixture(said).client->settings())->region == "us-west-004");
  Fixture odd(Fixture::at("https://other.backblazeb2.com"));
  odd.variables["AWS_REGION"] = "us-west-004";
  CHECK((*odd.client->settings())->region == "us-west-004");
}

TEST_CASE("a server's endpoint follows the region that the service corrects") {
  S3Options options;
  options.server = S3Server::wasabi;
  options.region = "us-east-1";
  Fixture fixture(options);
  fixture.transport->then(reply(301, {{"x-amz-bucket-region", "eu-west-1"}}, error_body("PermanentRedirect")));
  fixture.transport->then(reply(204));
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[1].host == "s3.eu-west-1.wasabisys.com");
}

TEST_CASE("a configured endpoint goes before the server's own") {
  S3Options options;
  options.server = S3Server::wasabi;
  Fixture fixture(options);
  fixture.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9000";
  fixture.transport->then(reply(204));
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.transport->sent()[0].host == "127.0.0.1:9000");
}

TEST_CASE("what a server's endpoint needs is asked for") {
  const auto refusal = [](S3Options options) {
    const auto settings = Fixture(std::move(options)).client->settings();
    return settings ? std::string("resolved") : settings.error().message;
  };
  CHECK(refusal({.server = S3Server::b2}) == "no region is configured, and the endpoint of b2 names it");
  CHECK(refusal({.server = S3Server::minio}) ==
        "S3Options::server names another server than AWS, but no endpoint is configured");
  const std::string no_account = "the server's endpoint needs the ID of an account: letters in lower case and digits";
  CHECK(refusal({.server = S3Server::r2}) == no_account);
  for (const char* account : {"evil.example/", "a.b", "A", "a@b", "a#", "a b", "-"}) {
    CHECK_MESSAGE(refusal({.server = S3Server::r2, .account = account}) == no_account, account);
  }
  CHECK(refusal({.region = "evil.example/", .server = S3Server::b2}) == "\"evil.example/\" cannot be a region");
  CHECK(refusal({.region = "nyc3", .server = S3Server::spaces, .fips = true}) ==
        "a custom endpoint has no FIPS variant");
}

TEST_CASE("an account that is part of no endpoint is a mistake") {
  const auto refusal = [](S3Options options) {
    const auto valid = check_options(options);
    return valid ? std::string("taken") : valid.error().message;
  };
  const std::string_view not_part = "an account is given, but it is not part of the endpoint";
  CHECK(refusal({.account = "0123"}) == not_part);
  CHECK(refusal({.server = S3Server::b2, .account = "0123"}) == not_part);
  CHECK(refusal({.endpoint = "https://objects.example", .server = S3Server::r2, .account = "0123"}) == not_part);
  CHECK(refusal({.server = S3Server::r2, .account = "0123"}) == "taken");
  CHECK(refusal({.region = "nyc3", .server = S3Server::spaces, .fips = true}) ==
        "a custom endpoint has no FIPS variant");
}
