#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;
using namespace std::chrono_literals;

TEST_CASE("a presigned URL has all that the service needs to check it, and is made without I/O") {
  Fixture fixture(Fixture::in_region("us-east-1"));
  const auto url = fixture.bucket->presign("test.txt", {.expires = 24h}).value();
  CHECK(url.starts_with("https://reports.s3.us-east-1.amazonaws.com/test.txt?"));
  CHECK(url.find("X-Amz-Algorithm=AWS4-HMAC-SHA256") != std::string::npos);
  CHECK(url.find("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request") !=
        std::string::npos);
  CHECK(url.find("X-Amz-Date=20130524T000000Z") != std::string::npos);
  CHECK(url.find("X-Amz-Expires=86400") != std::string::npos);
  CHECK(url.find("X-Amz-SignedHeaders=host") != std::string::npos);
  const std::size_t signature = url.find("X-Amz-Signature=");
  REQUIRE(signature != std::string::npos);
  CHECK(url.size() - signature == 16 + 64);
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE("where no region is configured, no URL is signed for a guess; once the bucket has answered, it is known") {
  Fixture fixture(Fixture::in_region(""));
  const auto error = fixture.bucket->presign("k", {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "no region is configured to sign the URL for");
  CHECK(error.hint == "set it: an option, ?region=, AWS_REGION or the profile");
  const char* host = "https://reports.s3.us-east-1.amazonaws.com/k?";
  SUBCASE("where it was asked") { fixture.transport->then(reply(204)); }
  SUBCASE("elsewhere") {
    fixture.transport->then(reply(301, {{"x-amz-bucket-region", "eu-west-1"}}, error_body("PermanentRedirect")));
    fixture.transport->then(reply(204));
    host = "https://reports.s3.eu-west-1.amazonaws.com/k?";
  }
  REQUIRE(fixture.bucket->remove("k", {}));
  CHECK(fixture.bucket->presign("k", {}).value().starts_with(host));
}

TEST_CASE_FIXTURE(Fixture, "each method has another signature, and a weird key is encoded once") {
  std::string last;
  for (const auto method : {PresignMethod::get, PresignMethod::put, PresignMethod::head, PresignMethod::remove}) {
    const auto url = bucket->presign("a b/%2F+", {.method = method}).value();
    CHECK(url.starts_with("https://reports.s3.us-west-2.amazonaws.com/a%20b/%252F%2B?"));
    CHECK(url != last);
    last = url;
  }
}

TEST_CASE_FIXTURE(Fixture, "the type that an upload must have is signed") {
  PresignOptions options;
  options.method = PresignMethod::put;
  options.content_type = "text/css";
  CHECK(bucket->presign("k", options).value().find("X-Amz-SignedHeaders=content-type%3Bhost") != std::string::npos);
}

TEST_CASE("what the reply is to say, and the version, are signed as boto3 signs them") {
  Fixture fixture(Fixture::in_region("us-east-1"));
  PresignOptions options;
  options.response = {.type = "application/pdf",
                      .cache_control = "no-store",
                      .encoding = "gzip",
                      .disposition = "attachment; filename=\"a b.pdf\"",
                      .language = "de"};
  options.version_id = "3/L4+kq";
  const auto url = fixture.bucket->presign("test.txt", options).value();
  for (const char* said :
       {"?response-content-type=application%2Fpdf&", "&response-cache-control=no-store&",
        "&response-content-encoding=gzip&", "&response-content-language=de&", "&versionId=3%2FL4%2Bkq&",
        "&response-content-disposition=attachment%3B%20filename%3D%22a%20b.pdf%22&"}) {
    CAPTURE(said);
    CHECK(url.find(said) != std::string::npos);
  }
  // By botocore 1.x, S3SigV4QueryAuth, of the same request at the same time.
  CHECK(url.ends_with("X-Amz-Signature=f55a08254ebbaa0209c8869602d7cb8c90ea014d79658255000219084d6810ff"));
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE_FIXTURE(Fixture, "a URL removes one version, or asks about it") {
  for (const auto method : {PresignMethod::head, PresignMethod::remove}) {
    const auto url = bucket->presign("k", {.method = method, .version_id = "null"}).value();
    CHECK(url.find("/k?versionId=null&X-Amz-") != std::string::npos);
  }
  CHECK(bucket->presign("k", {}).value().find("/k?X-Amz-") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a URL lives from a second to seven days") {
  CHECK(bucket->presign("k", {.expires = 1s}));
  CHECK(bucket->presign("k", {.expires = 7 * 24h}));
  CHECK(bucket->presign("k", {.expires = 0s}).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->presign("k", {.expires = 7 * 24h + 1s}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("an anonymous store has nothing to sign with") {
  S3Options options = Fixture::in_region("us-west-2");
  options.anonymous = true;
  const auto error = Fixture(options).bucket->presign("k", {}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "an anonymous store has no key to sign a URL with");
  CHECK(error.hint == "open the bucket with credentials");
}
