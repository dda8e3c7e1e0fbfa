#include "fixture.h"

#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;
using ::test::contains;

// Many removals in one request, whose parts are answered one by one.
namespace {

const std::vector<std::string> kKeys = {"a", "b"};

std::string answer_of_key(std::size_t index, int status, std::string_view body = "") {
  return fmt::format(
      "--x\r\nContent-Type: application/http\r\nContent-ID: <response-cloudkit+{}>\r\n\r\nHTTP/1.1 {} X\r\n"
      "Content-Type: application/json\r\n\r\n{}\r\n",
      index, status, body);
}

ScriptedTransport::Step answers_of_keys(const std::string& first, const std::string& second) {
  return reply(200, {{"Content-Type", "multipart/mixed; boundary=x"}}, first + second + "--x--\r\n");
}

const std::string kTokenRefused = refusal(401, "authError", "Invalid Credentials");

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a token that only the parts of a batch refuse is renewed once, and the batch sent again") {
  transport->then(answers_of_keys(answer_of_key(0, 204), answer_of_key(1, 401, kTokenRefused)))
      .then(answers_of_keys(answer_of_key(0, 404, refusal(404, "notFound", "No such object: reports/a")),
                            answer_of_key(1, 204)));
  const auto failures = bucket->remove_many(kKeys, {});
  REQUIRE(failures);
  CHECK(failures->empty());
  CHECK(token->renewed == 1);
  CHECK(transport->sent().at(0).headers.get("authorization") == "Bearer cktest-token-10");
  CHECK(transport->sent().at(1).headers.get("authorization") == "Bearer cktest-token-11");
}

TEST_CASE_FIXTURE(Fixture, "parts of a batch that refuse the renewed token, too, end it, and some may be removed") {
  transport->then(answers_of_keys(answer_of_key(0, 204), answer_of_key(1, 401, kTokenRefused)), 2);
  const auto error = bucket->remove_many(kKeys, {}).error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.http_status == 401);
  CHECK(error.may_have_happened);
  CHECK(error.message == "Invalid Credentials");
  CHECK(error.hint == "the service does not take the token of the test: is it of another project or service?");
  CHECK(token->renewed == 1);
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a part of a batch that is refused for another reason is its key's failure") {
  transport->then(answers_of_keys(answer_of_key(0, 204), answer_of_key(1, 403, refusal(403, "forbidden", "no"))));
  const auto failures = bucket->remove_many(kKeys, {});
  REQUIRE(failures);
  REQUIRE(failures->size() == 1);
  CHECK(failures->front().key == "b");
  CHECK(failures->front().error.code == ErrorCode::permission_denied);
  CHECK(token->renewed == 0);
}
