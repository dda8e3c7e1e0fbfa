#include "aws/service/paging.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::service;

namespace {

constexpr ServiceProtocol kJson = ServiceProtocol::json;
constexpr ServiceProtocol kQuery = ServiceProtocol::query;
constexpr ServiceProtocol kRest = ServiceProtocol::rest_json;

// As JSON; "(end)" for none.
std::string token(ServiceProtocol protocol, std::string_view body, std::string_view path) {
  const auto found = next_token(protocol, body, path);
  if (!found) return found.error().message;
  return *found ? codec::JsonWriter().value(**found).finish().value() : "(end)";
}

codec::JsonValue parsed(std::string_view text) { return codec::JsonValue::parse(text).value(); }

}  // namespace

TEST_CASE("a token is found where the service puts it") {
  CHECK(token(kJson, R"({"LastEvaluatedKey":{"id":{"N":"7"}}})", "LastEvaluatedKey") == R"({"id":{"N":"7"}})");
  CHECK(token(kRest, R"({"NextMarker":"m\"1"})", "NextMarker") == R"("m\"1")");
  CHECK(token(kJson, R"({"page":{"next":"t"}})", "page.next") == R"("t")");
  CHECK(token(kQuery, "<R><ListUsersResult><Marker>a&amp;\"b</Marker></ListUsersResult></R>",
              "ListUsersResult.Marker") == R"("a&\"b")");
}

TEST_CASE("the last page has none") {
  CHECK(token(kJson, "{}", "NextToken") == "(end)");
  CHECK(token(kJson, R"({"NextToken":null})", "NextToken") == "(end)");
  CHECK(token(kRest, R"({"NextToken":""})", "NextToken") == "(end)");
  CHECK(token(kQuery, "<R><nextToken/></R>", "nextToken") == "(end)");
  CHECK(token(kQuery, "<R/>", "A.B") == "(end)");
}

TEST_CASE("a reply that cannot be read is no last page") {
  CHECK(token(kJson, "<html>", "NextToken").starts_with("the reply does not say whether there are more pages: "));
  CHECK(token(kQuery, "", "NextToken").starts_with("the reply does not say whether there are more pages: "));
  CHECK(next_token(kJson, "{", "x").error().code == ErrorCode::unknown);
}

TEST_CASE("a token is found behind a page of a million small values") {
  std::string body = R"({"Items":[{"N":"1"})";
  for (int i = 1; i < 300'000; ++i) body += R"(,{"N":"1"})";
  body += R"(],"LastEvaluatedKey":{"N":"300000"}})";
  CHECK(token(kJson, body, "LastEvaluatedKey") == R"({"N":"300000"})");
}

TEST_CASE("the next call says where to go on, once") {
  ServiceCall call;
  call.body = R"({"TableName":"t","ExclusiveStartKey":{"id":{"N":"1"}},"Limit":2})";
  CHECK(with_token(kJson, call, "ExclusiveStartKey", parsed(R"({"id":{"N":"7"}})"))->body ==
        R"({"Limit":2,"TableName":"t","ExclusiveStartKey":{"id":{"N":"7"}}})");
  CHECK(with_token(kJson, {}, "NextToken", parsed(R"("t")"))->body == R"({"NextToken":"t"})");

  ServiceCall listing;
  listing.parameters = {{"Marker", "old"}, {"MaxItems", "1"}};
  const auto next = with_token(kQuery, listing, "Marker", parsed(R"("new")"));
  REQUIRE(next);
  CHECK(next->parameters == std::vector<std::pair<std::string, std::string>>{{"MaxItems", "1"}, {"Marker", "new"}});
}

TEST_CASE("what cannot be sent as a token is an error") {
  CHECK(with_token(kRest, {}, "Marker", parsed("{}")).error().message == "the token of the next page is no text");
  ServiceCall call;
  call.body = "[1]";
  CHECK(with_token(kJson, call, "NextToken", parsed(R"("t")")).error().message ==
        "the body of the call is no JSON object");
}
