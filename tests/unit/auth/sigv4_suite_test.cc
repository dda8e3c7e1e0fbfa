// The signing suite of the AWS C libraries: 38 requests, each signed by headers and by query, and
// of each four texts compared. tests/data/sigv4 has its licence.
#include "auth/sigv4_key.h"
#include "core/encode.h"
#include "core/time.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;
using auth::Text;
using auth::view;
using nlohmann::json;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs sorted(Pairs pairs) {
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

Pairs parse_query(std::string_view text) {
  Pairs query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto parameter = text.substr(0, end);
    const auto equals = std::min(parameter.find('='), parameter.size());
    const auto value = parameter.substr(std::min(equals + 1, parameter.size()));
    query.emplace_back(core::percent_decode(parameter.substr(0, equals)).value(), core::percent_decode(value).value());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return query;
}

struct RawRequest {
  http::Request request;
  std::string body;
};

// As it stands in the files: lines end in LF, paths are raw, header values may be folded.
RawRequest parse_request(std::string_view text) {
  RawRequest raw;
  const std::string line = take_line(text);
  const auto path = line.find(' ') + 1;
  const std::string target = line.substr(path, line.rfind(" HTTP/1.1") - path);
  raw.request.method = line.starts_with("POST") ? http::Method::post : http::Method::get;
  raw.request.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) raw.request.query = parse_query(target.substr(target.find('?') + 1));

  Pairs headers;
  while (!text.empty() && text.front() != '\n') {
    const std::string header = take_line(text);
    if (header.front() == ' ') {
      headers.back().second += "\n" + header;
    } else {
      headers.emplace_back(header.substr(0, header.find(':')), header.substr(header.find(':') + 1));
    }
  }
  for (auto& [name, value] : headers) {
    if (core::equals_ignoring_case(name, "host")) {
      raw.request.host = value;
    } else {
      raw.request.headers.add(name, value);
    }
  }
  take_line(text);
  raw.body = text;
  return raw;
}

Pairs headers_of(const http::Request& request) {
  Pairs headers{{"host", request.host}};
  for (const auto& header : request.headers) headers.emplace_back(core::to_lower(header.name), header.value);
  return sorted(std::move(headers));
}

struct Case {
  explicit Case(const std::string& directory)
      : folder("sigv4/" + directory + "/"),
        context(json::parse(file("context.json"))),
        raw(parse_request(file("request.txt"))),
        access_key_id(context.at("credentials").at("access_key_id")),
        token(context.at("credentials").value("token", "")),
        token_after_signing(context.value("omit_session_token", false)),
        amz_date(core::format_amz_date(core::parse_rfc3339(context.at("timestamp").get<std::string>()).value())),
        payload_hash(core::hex_encode(crypto::sha256(raw.body))),
        key(context.at("credentials").at("secret_access_key").get<std::string>(), date().substr(0, 8),
            context.at("region").get<std::string>(), context.at("service").get<std::string>()) {}

  std::string file(const std::string& name) const { return read_test_data(folder + name); }
  std::string_view date() const { return {amz_date.data(), amz_date.size()}; }
  auth::SigningInput input() const {
    return {access_key_id, key, date(), payload_hash, {.encode_twice = false, .normalize = context.at("normalize")}};
  }

  // Canonical request, string to sign and signature. Before the query form has its signature.
  void check_texts(const http::Request& request, const std::string& form) const {
    const auth::CanonicalHeaders headers(request);
    Text canonical;
    auth::append_canonical_request(canonical, request, headers, payload_hash, input().path_rules);
    CHECK(canonical.view() == file(form + "-canonical-request.txt"));
    Text to_sign;
    auth::append_string_to_sign(to_sign, date(), key.scope(), canonical.view());
    CHECK(to_sign.view() == file(form + "-string-to-sign.txt"));
    CHECK(view(key.sign(to_sign.view())) == file(form + "-signature.txt"));
  }

  std::string folder;
  json context;
  RawRequest raw;
  std::string access_key_id;
  std::string token;
  bool token_after_signing;
  std::array<char, 16> amz_date;
  std::string payload_hash;
  auth::SigningKey key;
};

void check_header_form(const Case& test) {
  http::Request request = test.raw.request;
  request.headers.set("X-Amz-Date", std::string(test.date()));
  if (!test.token.empty() && !test.token_after_signing) request.headers.set("X-Amz-Security-Token", test.token);
  if (test.context.at("sign_body")) request.headers.set("x-amz-content-sha256", test.payload_hash);
  test.check_texts(request, "header");

  Text authorization;
  auth::append_authorization(authorization, request, test.input());
  request.headers.set("Authorization", std::string(authorization.view()));
  if (test.token_after_signing) request.headers.set("X-Amz-Security-Token", test.token);
  CHECK(headers_of(request) == headers_of(parse_request(test.file("header-signed-request.txt")).request));
}

void check_query_form(const Case& test) {
  http::Request request = test.raw.request;
  const std::chrono::seconds expires(test.context.at("expiration_in_seconds").get<int>());
  auth::add_presigned_query(request, test.input(), test.token_after_signing ? std::string() : test.token, expires);

  http::Request unsigned_request = request;
  REQUIRE(unsigned_request.query.back().first == "X-Amz-Signature");
  unsigned_request.query.pop_back();
  test.check_texts(unsigned_request, "query");

  if (test.token_after_signing) request.query.emplace_back("X-Amz-Security-Token", test.token);
  const http::Request expected = parse_request(test.file("query-signed-request.txt")).request;
  CHECK(sorted(request.query) == sorted(expected.query));
  CHECK(headers_of(request) == headers_of(expected));
}

}  // namespace

TEST_CASE("every request of the AWS signing suite gets its canonical request, string to sign and signature") {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CLOUDKIT_TEST_DATA "/sigv4")) {
    if (!entry.is_directory()) continue;
    const std::string name = entry.path().filename();
    CAPTURE(name);
    const Case test(name);
    check_header_form(test);
    check_query_form(test);
    ++cases;
  }
  CHECK(cases == 38);
}
