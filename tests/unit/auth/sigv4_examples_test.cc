// The worked examples of the S3 API reference, and paths that are encoded twice.
#include "auth/sigv4.h"
#include "auth/sigv4_key.h"
#include "core/encode.h"
#include "core/time.h"
#include "fixed_credentials.h"
#include "method_of.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace cloudkit;
using auth::Text;
using auth::view;
using nlohmann::json;

namespace {

const json& s3_examples() {
  static const json examples = json::parse(read_test_data("s3-signing-examples.json"));
  return examples;
}
std::string s3_text(const char* name) { return s3_examples().at(name); }
core::TimePoint s3_time() { return core::parse_amz_date(s3_text("timestamp")).value(); }

auth::SigV4Signer s3_signer() {
  return {std::make_shared<FixedCredentials>(Credentials{.access_key_id = s3_text("access_key_id"),
                                                         .secret_access_key = s3_text("secret_access_key")}),
          {s3_text("region"), s3_text("service"), auth::PathEncoding::once}};
}

http::Request example_request(const json& test) {
  http::Request request;
  request.method = method_of(test.at("method"));
  request.path = core::percent_decode(test.at("path").get<std::string>()).value();
  for (const json& pair : test.value("query", json::array())) request.query.emplace_back(pair[0], pair[1]);
  for (const json& pair : test.at("headers")) {
    if (pair[0] == "Host") {
      request.host = pair[1];
    } else {
      request.headers.add(pair[0], pair[1]);
    }
  }
  return request;
}

std::string canonical_of(const http::Request& request, const std::string& payload_hash, auth::PathRules rules) {
  Text canonical;
  auth::append_canonical_request(canonical, request, auth::CanonicalHeaders(request), payload_hash, rules);
  return std::string(canonical.view());
}

// The reference leaves out the blank after the comma in some examples.
std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

auth::Signature signature_from(const std::string& hex) {
  auth::Signature signature;
  REQUIRE(hex.size() == signature.size());
  std::copy(hex.begin(), hex.end(), signature.begin());
  return signature;
}

void check_header_example(const json& test) {
  http::Request request = example_request(test);
  CHECK(canonical_of(request, test.at("payload_hash"), {}) == test.at("canonical_request").get<std::string>());
  request.headers.remove("x-amz-date");
  REQUIRE(s3_signer().sign(request, s3_time(), {}));
  const std::string authorization(request.headers.get("authorization"));
  CHECK(request.headers.get("x-amz-date") == s3_text("timestamp"));
  CHECK(authorization.ends_with("Signature=" + test.at("signature").get<std::string>()));
  if (test.contains("authorization")) {
    CHECK(without_blanks(authorization) == without_blanks(test.at("authorization")));
  }
}

void check_query_example(const json& test) {
  http::Request request = example_request(test);
  const std::chrono::seconds expires(test.at("expires_seconds").get<int>());
  REQUIRE(s3_signer().presign(request, s3_time(), expires, {}));
  CHECK("https://" + request.host + http::encode_target(request) == test.at("url").get<std::string>());
}

// "SIZE;chunk-signature=…": the bytes before each chunk, and what follows the last.
void check_chunks(const json& test) {
  const auth::SigningKey key(s3_text("secret_access_key"), s3_text("timestamp").substr(0, 8), s3_text("region"),
                             s3_text("service"));
  auth::Signature previous = signature_from(test.at("seed_signature"));
  for (const json& chunk : test.at("chunks")) {
    const std::size_t size = chunk.at("size");
    Text to_sign;
    auth::append_chunk_string_to_sign(to_sign, s3_text("timestamp"), key.scope(), previous, std::string(size, 'a'));
    CHECK(to_sign.view() == chunk.at("string_to_sign").get<std::string>());
    previous = key.sign(to_sign.view());
    CHECK(view(previous) == chunk.at("signature").get<std::string>());
  }
  if (!test.contains("trailer")) return;
  Text to_sign;
  auth::append_trailer_string_to_sign(to_sign, s3_text("timestamp"), key.scope(), previous,
                                      test.at("trailer").at("canonical").get<std::string>());
  CHECK(to_sign.view() == test.at("trailer").at("string_to_sign").get<std::string>());
  CHECK(view(key.sign(to_sign.view())) == test.at("trailer").at("signature").get<std::string>());
}

}  // namespace

TEST_CASE("the worked examples of the S3 reference get their published signatures") {
  REQUIRE(s3_examples().at("cases").size() == 7);
  for (const json& test : s3_examples().at("cases")) {
    CAPTURE(test.at("name").get<std::string>());
    if (test.at("kind") == "query") {
      check_query_example(test);
    } else {
      check_header_example(test);
    }
    if (test.contains("chunks")) check_chunks(test);
  }
}

TEST_CASE("services other than S3 sign the encoding of the path that is sent") {
  const json vectors = json::parse(read_test_data("sigv4-double-encoding.json"));
  REQUIRE(vectors.at("cases").size() == 2);
  for (const json& test : vectors.at("cases")) {
    CAPTURE(test.at("name").get<std::string>());
    http::Request request;
    request.method = method_of(test.at("method"));
    request.host = test.at("headers")[0][1];
    request.headers.add("X-Amz-Date", test.at("headers")[1][1]);
    request.path = test.at("wire_path");
    const std::string empty_hash = core::hex_encode(crypto::sha256(""));
    CHECK(canonical_of(request, empty_hash, {}) == test.at("canonical_request").get<std::string>());

    // What we send has no byte that could be left raw, so it may differ from the example's ("@").
    request.path = test.at("decoded_path");
    const std::string sent = http::encode_target(request);
    const std::string canonical = canonical_of(request, empty_hash, {.encode_twice = true, .normalize = true});
    CHECK(canonical.starts_with("POST\n" + core::percent_encode(sent, core::Slash::keep) + "\n"));
    if (sent == test.at("wire_path")) CHECK(canonical == test.at("canonical_request").get<std::string>());
  }
}

TEST_CASE("a Lambda ARN in the path is signed as AWS signs it") {
  const json test = json::parse(read_test_data("sigv4-double-encoding.json")).at("cases")[0];
  auth::SigV4Signer signer(
      std::make_shared<FixedCredentials>(
          Credentials{.access_key_id = test.at("access_key_id"), .secret_access_key = test.at("secret_access_key")}),
      {test.at("region"), test.at("service"), auth::PathEncoding::twice});
  http::Request request;
  request.method = http::Method::post;
  request.host = test.at("headers")[0][1];
  request.path = test.at("decoded_path");
  REQUIRE(signer.sign(request, core::parse_amz_date("20210511T154045Z").value(), {}));
  CHECK(request.headers.get("authorization").ends_with("Signature=" + test.at("signature").get<std::string>()));
}
