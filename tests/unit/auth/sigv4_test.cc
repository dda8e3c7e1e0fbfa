#include "auth/sigv4.h"

#include "auth/sigv4_canonical.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"
#include "fixed_credentials.h"
#include "now.h"

#include <cloudkit/log.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

core::TimePoint amz_time(const char* amz_date) { return core::parse_amz_date(amz_date).value(); }

constexpr const char* kOldToken = "cktest-oldtoken-secret-1";
constexpr const char* kNewToken = "cktest-newtoken-secret-1";

struct SigV4Fixture {
  explicit SigV4Fixture(Result<Credentials> credentials = example_credentials(), std::string service = "s3")
      : source(std::make_shared<FixedCredentials>(std::move(credentials))),
        signer(source, {"us-east-1", service, service == "s3" ? auth::PathEncoding::once : auth::PathEncoding::twice}) {
    request.host = "bucket.s3.amazonaws.com";
    request.path = "/key";
    request.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  }
  Status sign(core::TimePoint now = kNow) { return signer.sign(request, now, {}); }
  std::string authorization() const { return std::string(request.headers.get("authorization")); }
  /// "host;x-amz-date"
  std::string signed_headers() const {
    const std::string text = authorization();
    const auto begin = text.find("SignedHeaders=") + 14;
    return text.substr(begin, text.find(',', begin) - begin);
  }

  std::shared_ptr<FixedCredentials> source;
  auth::SigV4Signer signer;
  http::Request request;
};

std::string parameter(const http::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return "(none)";
}

std::string canonical_lines(const http::Request& request, auth::PathRules rules = {}) {
  auth::Text text;
  auth::append_canonical_request(text, request, auth::CanonicalHeaders(request), "HASH", rules);
  return std::string(text.view());
}

std::string canonical_path(std::string path, auth::PathRules rules) {
  http::Request request;
  request.path = std::move(path);
  const std::string text = canonical_lines(request, rules);
  return text.substr(4, text.find('\n', 4) - 4);
}

class TextSource final : public Source {
 public:
  TextSource(std::string text, std::uint64_t size) : text_(std::move(text)), size_(size) {}
  std::uint64_t size() const noexcept override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (broken) return core::fail(ErrorCode::io, "the disk is gone");
    return text_.copy(out.data(), out.size(), std::min<std::size_t>(offset, text_.size()));
  }
  bool broken = false;

 private:
  std::string text_;
  std::uint64_t size_;
};

}  // namespace

TEST_CASE("what a proxy or the transport may change is never signed") {
  SigV4Fixture f;
  for (const char* name : {"User-Agent", "Expect", "Accept-Encoding", "Connection", "Keep-Alive", "Proxy-Authorization",
                           "TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Amzn-Trace-Id"}) {
    f.request.headers.set(name, "x");
  }
  f.request.headers.set("Range", "bytes=0-1");
  REQUIRE(f.sign());
  CHECK(f.signed_headers() == "host;range;x-amz-content-sha256;x-amz-date");
}

TEST_CASE("messages may say whose keys signed, and no more of an id than tells it apart") {
  SigV4Fixture f;
  CHECK(f.signer.identity().empty());
  const auto identity_of = [&](std::string source, std::string key_id) {
    Credentials credentials = example_credentials("cktest-identity-secret-41d7");
    credentials.source = std::move(source);
    credentials.access_key_id = std::move(key_id);
    f.source->set(credentials);
    REQUIRE(f.sign());
    return f.signer.identity();
  };
  CHECK(identity_of("profile \"dev\"", "AKIAIOSFODNN7EXAMPLE") == "profile \"dev\", AKIA…PLE");
  CHECK(identity_of("", "ASIAIOSFODNN7EXAMPLE") == "ASIA…PLE");
  // Servers of one's own often have a user as the key id, and the same as the secret.
  CHECK(identity_of("the program", "minioadmin") == "the program, mi…");
  CHECK(identity_of("the program", "u") == "the program, …");
  CHECK(identity_of("profile \"d\n\"", "AKIAIOSFODNN7EXAMPLE") == "profile \"d?\", AKIA…PLE");
}

TEST_CASE("signing again replaces date, token and signature") {
  SigV4Fixture f(example_credentials("cktest-firsttoken-secret-1"));
  REQUIRE(f.sign());
  const std::string first = f.authorization();
  CHECK(f.request.headers.get("x-amz-security-token") == "cktest-firsttoken-secret-1");
  CHECK(f.signed_headers() == "host;x-amz-content-sha256;x-amz-date;x-amz-security-token");

  REQUIRE(f.sign(kNow + 1s));
  CHECK(f.request.headers.size() == 4);
  CHECK(f.request.headers.get("x-amz-date") == "20261123T010001Z");
  CHECK(f.authorization() != first);

  REQUIRE(f.sign());
  CHECK(f.authorization() == first);

  f.source->set(example_credentials());
  REQUIRE(f.sign());
  CHECK_FALSE(f.request.headers.contains("x-amz-security-token"));
  CHECK(f.signed_headers() == "host;x-amz-content-sha256;x-amz-date");
}

TEST_CASE("the scope's day is that of UTC and changes at midnight") {
  SigV4Fixture f;
  REQUIRE(f.sign(amz_time("20261231T235959Z") + 999ms));
  CHECK(f.authorization().find("Credential=AKIDEXAMPLE/20261231/us-east-1/s3/aws4_request,") != std::string::npos);
  const std::string last_of_year = f.authorization();
  REQUIRE(f.sign(amz_time("20270101T000000Z")));
  CHECK(f.authorization().find("Credential=AKIDEXAMPLE/20270101/us-east-1/s3/aws4_request,") != std::string::npos);
  CHECK(f.request.headers.get("x-amz-date") == "20270101T000000Z");
  // And back, when the clock was corrected: the key is that of the day again.
  REQUIRE(f.sign(amz_time("20261231T235959Z")));
  CHECK(f.authorization() == last_of_year);
}

TEST_CASE("header values are folded and values of one name joined in their order") {
  http::Request request;
  request.host = "h";
  request.headers.add("X-B", "  a \t  b\r\n\tc  ");
  request.headers.add("X-A", "2");
  request.headers.add("x-b", "\"  quoted  \"");
  request.headers.add("X-Empty", " \t ");
  request.headers.add("x-a", "1");
  CHECK(canonical_lines(request) ==
        "GET\n/\n\nhost:h\nx-a:2,1\nx-b:a b c,\" quoted \"\nx-empty:\n\nhost;x-a;x-b;x-empty\nHASH");
}

TEST_CASE("query parameters are sorted by their encoded names, then values") {
  http::Request request;
  request.host = "h";
  request.query = {{"b", "2"}, {"a-b", ""}, {"a", "é/ +"}, {"b", "10"}, {"b", "1"}, {"é", "x&y=z"}, {"A", ""}};
  const std::string text = canonical_lines(request);
  const std::string query = text.substr(6, text.find('\n', 6) - 6);
  CHECK(query == "%C3%A9=x%26y%3Dz&A=&a=%C3%A9%2F%20%2B&a-b=&b=1&b=10&b=2");
}

TEST_CASE("paths are signed as they are for S3, resolved and encoded twice elsewhere") {
  constexpr auth::PathRules s3{};
  constexpr auth::PathRules other{.encode_twice = true, .normalize = true};
  for (const char* odd : {"/", "//", "/a//b", "/./a", "/a/../b/", "/..", "/a/."}) CHECK(canonical_path(odd, s3) == odd);
  CHECK(canonical_path("", s3) == "/");
  CHECK(canonical_path("/a b/%2F", s3) == "/a%20b/%252F");
  CHECK(canonical_path("/a b/%2F", other) == "/a%2520b/%25252F");

  const std::vector<std::pair<const char*, const char*>> resolved{
      {"", "/"},         {"/", "/"},      {"///", "/"},       {"/a//b/", "/a/b/"},     {"/./a/.", "/a"},
      {"/a/b/..", "/a"}, {"/a/../", "/"}, {"/../../a", "/a"}, {"/a/./b/../c", "/a/c"}, {"/...", "/..."},
      {"/..a/", "/..a/"}};
  for (const auto& test : resolved) {
    CAPTURE(test.first);
    CHECK(canonical_path(test.first, other) == test.second);
  }
}

TEST_CASE("large requests are signed whole") {
  http::Request request;
  request.host = "h";
  request.path = "/" + std::string(5000, ' ');
  std::string names = "host";
  for (int i = 100; i < 200; ++i) {
    request.headers.add("X-Meta-" + std::to_string(i), std::string(100, 'v'));
    request.query.emplace_back("k" + std::to_string(i), std::string(50, '/'));
    names += ";x-meta-" + std::to_string(i);
  }
  const std::string text = canonical_lines(request);
  CHECK(text.size() > 15000 + 100 * 115 + 100 * 155);
  CHECK(text.ends_with("\n\n" + names + "\nHASH"));
  CHECK(text.find("&k199=" + std::string("%2F%2F")) != std::string::npos);
}

TEST_CASE("the payload's hash is the header's, else that of the body or the source") {
  // Without a header the hash is in the signature only, so two ways to say the same must agree.
  const auto signature_of = [](auto prepare) {
    SigV4Fixture f(example_credentials(), "lambda");
    f.request.headers.clear();
    prepare(f.request);
    const auto status = f.sign();
    return status ? f.authorization() : status.error().message;
  };
  const std::string text(200'000, 'x');
  const TextSource source(text, text.size());
  const std::string by_body = signature_of([&](auto& request) { request.body = Bytes(text); });
  CHECK(signature_of([&](auto& request) { request.source = &source; }) == by_body);
  CHECK(signature_of([&](auto&) {}) != by_body);
  CHECK(signature_of([&](auto& request) { request.body = Bytes("y"); }) != by_body);

  TextSource broken(text, text.size());
  broken.broken = true;
  CHECK(signature_of([&](auto& request) { request.source = &broken; }) == "the disk is gone");
  const TextSource truncated("short", 100);
  CHECK(signature_of([&](auto& request) { request.source = &truncated; }) ==
        "the source has fewer than the 100 bytes it announced");
}

TEST_CASE("presigned URLs carry token and expiry in the query, in place of headers") {
  SigV4Fixture f(example_credentials("tok/en="));
  f.request.headers.clear();
  f.request.query = {{"versionId", "7"}};
  REQUIRE(f.sign());
  REQUIRE(f.signer.presign(f.request, kNow, 15min, {}));
  CHECK(f.request.headers.size() == 0);
  CHECK(parameter(f.request, "versionId") == "7");
  CHECK(parameter(f.request, "X-Amz-Algorithm") == "AWS4-HMAC-SHA256");
  CHECK(parameter(f.request, "X-Amz-Credential") == "AKIDEXAMPLE/20261123/us-east-1/s3/aws4_request");
  CHECK(parameter(f.request, "X-Amz-Date") == "20261123T010000Z");
  CHECK(parameter(f.request, "X-Amz-Expires") == "900");
  CHECK(parameter(f.request, "X-Amz-Security-Token") == "tok/en=");
  CHECK(parameter(f.request, "X-Amz-SignedHeaders") == "host");
  CHECK(parameter(f.request, "X-Amz-Signature").size() == 64);

  const http::Request once = f.request;
  REQUIRE(f.signer.presign(f.request, kNow, 15min, {}));
  CHECK(f.request.query == once.query);

  f.request.headers.set("Content-Type", "text/plain");
  REQUIRE(f.signer.presign(f.request, kNow, 15min, {}));
  CHECK(parameter(f.request, "X-Amz-SignedHeaders") == "content-type;host");
  CHECK(parameter(f.request, "X-Amz-Signature") != parameter(once, "X-Amz-Signature"));
}

TEST_CASE("the body of a presigned request counts for services other than S3 only") {
  for (const std::string service : {"s3", "lambda"}) {
    SigV4Fixture f(example_credentials(), service);
    f.request.headers.clear();
    REQUIRE(f.signer.presign(f.request, kNow, 1min, {}));
    const std::string without_body = parameter(f.request, "X-Amz-Signature");
    f.request.body = Bytes("body");
    REQUIRE(f.signer.presign(f.request, kNow, 1min, {}));
    CHECK((parameter(f.request, "X-Amz-Signature") == without_body) == (service == "s3"));
  }
}

TEST_CASE("presigned URLs last from a second to seven days") {
  SigV4Fixture f;
  CHECK(f.signer.presign(f.request, kNow, 1s, {}));
  CHECK(f.signer.presign(f.request, kNow, 604'800s, {}));
  for (const auto expires : {0s, -5s, 604'801s, std::chrono::seconds::max()}) {
    const auto status = f.signer.presign(f.request, kNow, expires, {});
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::invalid_argument);
    CHECK(status.error().message == "a presigned URL lasts from 1 second to 7 days (604800 seconds), not " +
                                        std::to_string(expires.count()) + " seconds");
  }
}

TEST_CASE("a presigned URL that outlives its credentials is told of once for each of them") {
  std::vector<std::string> warnings;
  set_log_sink([&warnings](const LogRecord& record) {
    warnings.emplace_back(record.message);
    for (const LogField& field : record.fields) warnings.back().append(" ").append(field.value);
  });
  Credentials credentials = example_credentials("token");
  credentials.expires = kNow + 1h;
  SigV4Fixture f(credentials);
  CHECK(f.signer.presign(f.request, kNow, 3600s, {}));
  CHECK(warnings.empty());
  for (int i = 0; i < 2; ++i) CHECK(f.signer.presign(f.request, kNow, 3601s, {}));
  set_log_sink({});
  CHECK(warnings == std::vector<std::string>{
                        "a presigned URL ends before it should, with the temporary credentials that sign it the test "
                        "2026-11-23T02:00:00Z"});
}

TEST_CASE("missing or broken credentials are errors, and nothing is signed") {
  const auto error_of = [](Result<Credentials> credentials) {
    SigV4Fixture f(std::move(credentials));
    const auto status = f.sign();
    REQUIRE_FALSE(status);
    CHECK_FALSE(f.request.headers.contains("authorization"));
    CHECK(status.error().code == ErrorCode::unauthenticated);
    const bool has_hint =
        status.error().hint ==
        "copy both keys whole, and the session token of temporary ones, without blanks or line breaks";
    CHECK(has_hint == (status.error().message != "looked everywhere"));
    return status.error().message;
  };
  CHECK(error_of(core::fail(ErrorCode::unauthenticated, "looked everywhere")) == "looked everywhere");
  Credentials credentials = example_credentials();
  credentials.secret_access_key.clear();
  CHECK(error_of(credentials) == "the credentials from the test have no secret access key");
  credentials.access_key_id.clear();
  CHECK(error_of(credentials) == "the credentials from the test have no access key id");
  credentials = example_credentials("cktest-brokentoken-secret-1\r\nX-Evil: 1");
  credentials.source.clear();
  CHECK(error_of(credentials) == "the credentials hold a control character");

  auth::SigV4Signer without_source(nullptr, {});
  http::Request request;
  CHECK(without_source.sign(request, kNow, {}).error().message == "no source of credentials was given");
}

TEST_CASE("Signature Version 4 signs no request that goes to another path than it says") {
  SigV4Fixture f;
  f.request.encoded_path = "/other";
  const auto refused = f.sign();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "Signature Version 4 signs no encoded_path");
  CHECK(f.authorization().empty());
  CHECK_FALSE(f.signer.presign(f.request, kNow, std::chrono::hours(1), {}));
  CHECK(f.request.query.empty());
}

TEST_CASE("a refused signature invalidates its credentials once, however many requests were refused") {
  SigV4Fixture f(example_credentials(kOldToken));
  f.source->replacement = example_credentials(kNewToken);
  REQUIRE(f.sign());
  const http::Request refused = f.request;

  CHECK(f.signer.refresh(refused));
  CHECK(f.source->invalidations == 1);
  CHECK(f.source->last_rejected == "AKIDEXAMPLE");
  CHECK(f.signer.refresh(refused));
  CHECK(f.source->invalidations == 1);

  REQUIRE(f.sign());
  CHECK(f.request.headers.get("x-amz-security-token") == kNewToken);
  CHECK(f.signer.refresh(refused));
  CHECK(f.source->invalidations == 1);
  CHECK(f.signer.refresh(f.request));
  CHECK(f.source->invalidations == 2);
}

TEST_CASE("threads that share a signer sign alike, and refresh once") {
  SigV4Fixture f(example_credentials(kOldToken));
  REQUIRE(f.sign());
  const std::string expected = f.authorization();
  const http::Request refused = f.request;
  f.source->replacement = example_credentials(kNewToken);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&f, &expected, &refused, &count] {
      http::Request mine = refused;
      for (int i = 0; i < 200; ++i) {
        count += !f.signer.sign(mine, kNow, {}) || mine.headers.get("x-amz-date") != "20261123T010000Z";
        const bool with_old = mine.headers.get("x-amz-security-token") == kOldToken;
        count += (mine.headers.get("authorization") == expected) != with_old;
        if (i == 100) count += !f.signer.refresh(refused);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
  // Threads that were refused at once may all tell the source, which knows what it gives by now.
  CHECK(f.source->replacements == 1);
}
