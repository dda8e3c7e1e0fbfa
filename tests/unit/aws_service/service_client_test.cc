// The public client over real connections.
#include "faults/scripted_server.h"
#include "support/contains.h"
#include "support/home.h"
#include "support/quiet_log.h"

#include <cloudkit/aws.h>
#include <cloudkit/aws_service_client.h>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using faults::reply;
using faults::ScriptedServer;

namespace {

aws::ServiceOptions options_at(const ScriptedServer& server) {
  ::quiet_log();
  aws::ServiceOptions options;
  options.region = "us-west-2";
  options.endpoint = "http://" + server.host();
  options.credentials = aws::explicit_credentials({"CKTESTSERVICE0000001", "cktest-service-secret-1"});
  return options;
}

using ::test::contains;

}  // namespace

TEST_CASE("a few lines call any service") {
  ScriptedServer server;
  server.then(reply(200, R"({"Item":{"id":{"S":"1"}}})", "x-amzn-RequestId: req-1\r\n"));
  const aws::ServiceClient table("dynamodb", options_at(server));
  const auto item = table.call({.action = "GetItem", .body = R"({"TableName":"t","Key":{"id":{"S":"1"}}})"});
  REQUIRE(item);
  CHECK(item->body == R"({"Item":{"id":{"S":"1"}}})");
  CHECK(item->status == 200);
  CHECK(item->request_id == "req-1");
  CHECK(item->attempts == 1);
  CHECK(item->header("X-AMZN-RequestID") == "req-1");
  CHECK(item->header("nothing").empty());
  const std::string sent = server.requests().at(0);
  CHECK(sent.starts_with("POST / HTTP/1.1\r\n"));
  CHECK(contains(sent, "x-amz-target: DynamoDB_20120810.GetItem\r\n"));
  CHECK(contains(sent, "/us-west-2/dynamodb/aws4_request"));
  CHECK_FALSE(contains(sent, "cktest-service-secret-1"));
}

TEST_CASE("pages come one after the other until there is no token") {
  ScriptedServer server;
  server.then(reply(200, R"({"Items":[1],"LastEvaluatedKey":{"id":{"N":"1"}}})"));
  server.then(reply(200, R"({"Items":[],"LastEvaluatedKey":{"id":{"N":"2"}}})"));
  server.then(reply(200, R"({"Items":[3]})"));
  const aws::ServiceClient table("dynamodb", options_at(server));
  std::vector<std::string> pages;
  const Status done = table.pages({.action = "Scan", .body = R"({"TableName":"t"})"},
                                  {.request = "ExclusiveStartKey", .reply = "LastEvaluatedKey"},
                                  [&](const aws::ServiceReply& page) -> Status {
                                    pages.push_back(page.body);
                                    return {};
                                  });
  CHECK(done);
  CHECK(pages.size() == 3);
  CHECK(server.requests().at(0).ends_with(R"({"TableName":"t"})"));
  CHECK(server.requests().at(1).ends_with(R"({"TableName":"t","ExclusiveStartKey":{"id":{"N":"1"}}})"));
  CHECK(server.requests().at(2).ends_with(R"({"TableName":"t","ExclusiveStartKey":{"id":{"N":"2"}}})"));
}

TEST_CASE("a listing ends where its visitor says so, and where the service goes round in circles") {
  ScriptedServer server;
  server.always(reply(200, R"({"NextMarker":"m"})"));
  const aws::ServiceClient lambda("lambda", options_at(server));
  const aws::ServicePaging paging{.request = "Marker", .reply = "NextMarker"};
  const aws::ServiceCall call{.path = "/2015-03-31/functions"};
  const Status stopped = lambda.pages(
      call, paging, [](const aws::ServiceReply&) -> Status { return Error(ErrorCode::cancelled, "seen enough"); });
  CHECK(stopped.error().message == "seen enough");
  CHECK(server.requests().size() == 1);
  const Status round = lambda.pages(call, paging, [](const aws::ServiceReply&) { return Status{}; });
  CHECK(round.error().message == "the service answered the same page token twice");
  CHECK(server.requests().size() == 3);
  CHECK(server.requests().at(2).starts_with("GET /2015-03-31/functions?Marker=m HTTP/1.1\r\n"));
}

TEST_CASE("many threads share a client, and what it reads at the first call") {
  ScriptedServer server;
  server.always(reply(200, "{}"));
  const aws::ServiceClient table("dynamodb", options_at(server));
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([copy = table, &answered] {
      for (int call = 0; call < 5; ++call) answered += copy.call({.action = "ListTables"}) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == 40);
}

TEST_CASE("an error names what was called") {
  ScriptedServer server;
  server.then(
      reply(400, R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no t"})"));
  const auto missing = aws::ServiceClient("dynamodb", options_at(server)).call({.action = "GetItem"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().operation == "GetItem");
  CHECK(missing.error().resource == "dynamodb");
  CHECK(missing.error().service_code == "ResourceNotFoundException");
}

TEST_CASE("a service of an unknown name is refused, one that is described is not") {
  ScriptedServer server;
  const auto unknown = aws::ServiceClient("athena", options_at(server)).call({.action = "ListWorkGroups"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::invalid_argument);
  CHECK(unknown.error().message == "cloudkit does not know the service \"athena\" by name");
  CHECK(unknown.error().hint.starts_with("describe it by a ServiceDescription; known are apigateway, "));
  CHECK(server.requests().empty());

  server.then(reply(200, "{}"));
  const aws::ServiceClient athena(
      aws::ServiceDescription{
          .id = "athena", .protocol = aws::ServiceProtocol::json, .version = "1.1", .target = "AmazonAthena"},
      options_at(server));
  CHECK(athena.call({.action = "ListWorkGroups"}));
  CHECK(contains(server.requests().at(0), "x-amz-target: AmazonAthena.ListWorkGroups\r\n"));
  CHECK(contains(server.requests().at(0), "/us-west-2/athena/aws4_request"));
}
