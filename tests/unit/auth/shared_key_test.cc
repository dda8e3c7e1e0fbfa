// What Microsoft's page and other projects published: tests/data/azure.
#include "auth/shared_key.h"
#include "core/encode.h"
#include "core/time.h"
#include "method_of.h"
#include "support/global_destructor.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace cloudkit;
using nlohmann::json;

namespace {

const json& vectors() {
  static const json all = json::parse(read_test_data("azure/azure-signing.json"));
  return all;
}

// `body` has to live as long as the request.
http::Request request_of(const json& vector, std::string& body) {
  http::Request request;
  request.method = method_of(vector.at("method"));
  request.path = core::percent_decode(vector.at("path").get<std::string>()).value();
  for (const json& pair : vector.at("query")) request.query.emplace_back(pair[0], pair[1]);
  for (const auto& [name, value] : vector.at("headers").items()) {
    if (name == "Content-Length") {
      body.assign(std::stoul(value.get<std::string>()), 'x');
      request.body = body;
    } else {
      request.headers.add(name, value);
    }
  }
  for (const json& pair : vector.at("x_ms_headers")) request.headers.add(pair[0], pair[1]);
  return request;
}

std::string string_of(const http::Request& request, const std::string& account) {
  auth::Text out;
  auth::append_shared_key_string(out, request, account);
  return std::string(out.view());
}

std::shared_ptr<const auth::SharedKey> key_of(const std::string& account, const std::string& base64) {
  return std::make_shared<const auth::SharedKey>(auth::SharedKey::parse(account, base64).value());
}

http::Request a_get() {
  http::Request request;
  request.path = "/c/b";
  request.headers.add("x-ms-version", "2021-12-02");
  return request;
}

}  // namespace

TEST_CASE("trap 2 of Azure Blob: each string to sign is the published one, and so is its signature") {
  REQUIRE(vectors().at("shared_key").size() == 9);
  for (const json& vector : vectors().at("shared_key")) {
    std::string body;
    const http::Request request = request_of(vector, body);
    const std::string text = string_of(request, vector.at("account"));
    CHECK_MESSAGE(text == vector.at("string_to_sign").get<std::string>(), vector.at("name"));
    CHECK(key_of(vector.at("account"), vector.at("account_key_base64"))->sign(text) == vector.at("signature_derived"));
  }
}

TEST_CASE("the signer's header is the account and that signature") {
  const json& vector = vectors().at("shared_key")[3];
  REQUIRE(vector.at("name") == "put-blob-metadata");
  std::string body;
  http::Request request = request_of(vector, body);
  request.headers.set("x-ms-date", "of an earlier attempt");
  request.headers.set("Authorization", "of an earlier attempt");
  auth::SharedKeySigner signer(key_of("myaccount", vector.at("account_key_base64")));
  const auto now = core::parse_http_date("Fri, 26 Jun 2015 23:39:12 GMT").value();
  REQUIRE(signer.sign(request, now, {}));
  CHECK(request.headers.get("x-ms-date") == "Fri, 26 Jun 2015 23:39:12 GMT");
  CHECK(request.headers.get("Authorization") ==
        "SharedKey myaccount:" + vector.at("signature_derived").get<std::string>());
  REQUIRE(signer.sign(request, now + std::chrono::seconds(1), {}));
  CHECK(request.headers.get("x-ms-date") == "Fri, 26 Jun 2015 23:39:13 GMT");
}

TEST_CASE("headers are sorted as .NET sorts, in whatever order they are given") {
  const auto expected = vectors().at("header_sort").at("expected_order").get<std::vector<std::string>>();
  auto names = vectors().at("header_sort").at("input").get<std::vector<std::string>>();
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::shuffle(names.begin(), names.end(), random);
    http::Request request;
    for (const std::string& name : names) request.headers.add(name, "v");
    std::string lines;
    for (const std::string& name : expected) lines += name + ":v\n";
    const std::string text = string_of(request, "a");
    REQUIRE(text.find(lines) != std::string::npos);
  }
}

TEST_CASE("names count without case, blanks around values do not, and values of one name are joined") {
  http::Request request;
  request.path = "/c";
  request.query = {{"COMP", "list"}, {"Include", "tags"}, {"include", "copy"}};
  request.headers.add("X-MS-Meta-B", " two\t");
  request.headers.add("x-ms-meta-a", "1");
  request.headers.add("X-ms-meta-a", "2");
  request.headers.add("x-m", "not one of them");
  CHECK(string_of(request, "acc") ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-meta-a:1,2\nx-ms-meta-b:two\n/acc/c\ncomp:list\ninclude:copy,tags");
}

TEST_CASE("a request beyond any usual size is signed whole") {
  http::Request request;
  request.path = "/c/" + std::string(3000, '%');
  std::string lines;
  for (int i = 100; i < 400; ++i) {
    request.headers.add("X-Ms-Meta-" + std::to_string(i), std::string(20, 'v'));
    lines += "x-ms-meta-" + std::to_string(i) + ":" + std::string(20, 'v') + "\n";
  }
  std::string path = "/acc/c/";
  for (int i = 0; i < 3000; ++i) path += "%25";
  for (int i = 100; i < 400; ++i) {
    request.query.emplace_back("Q" + std::to_string(i), "v");
    path += "\nq" + std::to_string(i) + ":v";
  }
  CHECK(string_of(request, "acc") == "GET\n\n\n\n\n\n\n\n\n\n\n\n" + lines + path);
}

TEST_CASE("what cannot be a key is refused and not shown") {
  for (const char* wrong : {"cktest-shared-key-1", "a2V5=", "====", "a2V5\n!"}) {
    const auto key = auth::SharedKey::parse("acc", wrong);
    REQUIRE_FALSE_MESSAGE(key, wrong);
    CHECK(key.error().code == ErrorCode::unauthenticated);
    CHECK(key.error().message == "the account key is not base64");
    CHECK(key.error().hint == "copy it whole: `az storage account keys list` shows it, 88 characters that end in ==");
  }
  CHECK(auth::SharedKey::parse("acc", "").error().message == "the account key is empty");
  CHECK(auth::SharedKey::parse("", "a2V5").error().message == "an account key needs the name of its account");
  CHECK_FALSE(auth::SharedKey::parse("a\r\nX: y", "a2V5"));
}

TEST_CASE("without x-ms-version nothing is signed") {
  auth::SharedKeySigner signer(key_of("acc", "a2V5"));
  http::Request request = a_get();
  CHECK(signer.sign(request, {}, {}));
  request.headers.remove("x-ms-version");
  const auto refused = signer.sign(request, {}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "a request that is signed by Shared Key needs x-ms-version");
}

TEST_CASE("Shared Key signs no request that goes to another path than it says") {
  auth::SharedKeySigner signer(key_of("acc", "a2V5"));
  http::Request request = a_get();
  request.encoded_path = "/other";
  const auto refused = signer.sign(request, {}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "Shared Key signs no encoded_path");
  CHECK_FALSE(request.headers.contains("Authorization"));
}

TEST_CASE("a destructor of a global signs by Shared Key, too") {
  const auto key = key_of("acc", "a2V5");
  CHECK(::test::works_in_global_destructor([&key] {
    http::Request request = a_get();
    return auth::SharedKeySigner(key).sign(request, core::TimePoint(std::chrono::seconds(1'800'000'000)), {}) &&
           request.headers.get("x-ms-date") == "Fri, 15 Jan 2027 08:00:00 GMT";
  }));
}
