#include <cloudkit/driver/http.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::http;

namespace {
std::string joined(const Headers& headers) {
  std::string out;
  for (const Header& header : headers) out += header.name + "=" + header.value + ";";
  return out;
}
}  // namespace

TEST_CASE("methods go out by their names in the protocol") {
  CHECK(to_string(Method::get) == "GET");
  CHECK(to_string(Method::head) == "HEAD");
  CHECK(to_string(Method::put) == "PUT");
  CHECK(to_string(Method::post) == "POST");
  CHECK(to_string(Method::remove) == "DELETE");
}

TEST_CASE("headers are found without regard to case, the first of a name first") {
  Headers headers;
  headers.add("ETag", "one");
  headers.add("etag", "two");
  CHECK(headers.get("ETAG") == "one");
  REQUIRE(headers.find("eTag") != nullptr);
  CHECK(*headers.find("eTag") == "one");
  CHECK(headers.size() == 2);
}

TEST_CASE("a header that is empty is not one that is missing") {
  Headers headers;
  headers.add("a", "");
  CHECK(headers.contains("A"));
  CHECK(headers.get("A").empty());
  CHECK_FALSE(headers.contains("b"));
  CHECK(headers.find("b") == nullptr);
  CHECK(headers.get("b").empty());
}

TEST_CASE("set replaces every header of the name and keeps the place of the first") {
  Headers headers;
  headers.add("a", "1");
  headers.add("B", "2");
  headers.add("c", "3");
  headers.add("b", "4");
  headers.add("b", "5");
  headers.set("b", "new");
  CHECK(joined(headers) == "a=1;B=new;c=3;");
  headers.set("d", "4");
  CHECK(joined(headers) == "a=1;B=new;c=3;d=4;");
}

TEST_CASE("remove takes every header of the name and no other") {
  Headers headers;
  headers.add("x", "1");
  headers.add("xx", "2");
  headers.add("X", "3");
  headers.remove("x");
  CHECK(joined(headers) == "xx=2;");
  headers.remove("nothing");
  CHECK(headers.size() == 1);
  headers.clear();
  CHECK(headers.size() == 0);
}

TEST_CASE("a target keeps unreserved bytes and slashes of the path and encodes the rest") {
  Request request;
  request.path = "/a b/../%2F//~._-+\xC3\xA9?#";
  CHECK(encode_target(request) == "/a%20b/../%252F//~._-%2B%C3%A9%3F%23");
}

TEST_CASE("query names and values are encoded whole, in their order, with an equals sign always") {
  Request request;
  request.query = {{"uploads", ""}, {"prefix", "a/b&c=d"}, {"a b", "+"}};
  CHECK(encode_target(request) == "/?uploads=&prefix=a%2Fb%26c%3Dd&a%20b=%2B");
}

TEST_CASE("an empty path is the root") {
  Request request;
  request.path = "";
  CHECK(encode_target(request) == "/");
}

TEST_CASE("every byte of a path survives encoding") {
  Request request;
  request.path = "/";
  for (int c = 0; c < 256; ++c) request.path += static_cast<char>(c);
  const std::string target = encode_target(request);
  // 26 + 26 + 10 + 4 unreserved and the slash stay, 189 become three bytes.
  CHECK(target.size() == 1 + 67 + 189 * 3);
  CHECK(target.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/%") ==
        std::string::npos);
}

TEST_CASE("a URL in a message shows no parameter, as any may be a credential") {
  Request request;
  request.host = "reports.s3.us-west-2.amazonaws.com";
  request.path = "/a b";
  CHECK(redacted_url(request) == "https://reports.s3.us-west-2.amazonaws.com/a%20b");
  for (const char* secret :
       {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig", "X-Goog-Signature"}) {
    request.query = {{"versionId", "1"}, {secret, "cktest-redacted-secret-1"}};
    CHECK(redacted_url(request) == "https://reports.s3.us-west-2.amazonaws.com/a%20b?...");
  }
}
