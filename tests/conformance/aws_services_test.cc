// Any service of AWS in a few lines, against moto.
#include "support/contains.h"
#include "support/moto.h"

#include <cloudkit/aws_service_client.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

std::string text(const Result<aws::ServiceReply>& reply) { return reply ? reply->body : reply.error().to_string(); }
using test::contains;

}  // namespace

TEST_CASE("DynamoDB: a table is made, filled and scanned page by page") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  const aws::ServiceClient table("dynamodb", *options);
  const auto made = table.call({.action = "CreateTable",
                                .body = R"({"TableName":"ck-services","BillingMode":"PAY_PER_REQUEST",)"
                                        R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
                                        R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})"});
  REQUIRE_MESSAGE(made, text(made));
  for (const std::string id : {"1", "2", "3", "4", "5"}) {
    CHECK(table.call({.action = "PutItem",
                      .body = R"({"TableName":"ck-services","Item":{"id":{"S":")" + id + R"("}}})",
                      .repeatable = true}));
  }
  int pages = 0;
  std::string all;
  const Status scanned = table.pages({.action = "Scan", .body = R"({"TableName":"ck-services","Limit":2})"},
                                     {.request = "ExclusiveStartKey", .reply = "LastEvaluatedKey"},
                                     [&](const aws::ServiceReply& page) -> Status {
                                       ++pages;
                                       all += page.body;
                                       return {};
                                     });
  CHECK_MESSAGE(scanned, (scanned ? "" : scanned.error().to_string()));
  CHECK(pages == 3);
  for (const char* id : {R"("1")", R"("3")", R"("5")"}) CHECK(contains(all, id));

  const auto refused = table.call({.action = "PutItem",
                                   .body = R"J({"TableName":"ck-services","Item":{"id":{"S":"1"}},)J"
                                           R"J("ConditionExpression":"attribute_not_exists(id)"})J"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::precondition_failed);
  CHECK(table.call({.action = "DeleteTable", .body = R"({"TableName":"ck-services"})"}));
  CHECK(table.call({.action = "DescribeTable", .body = R"({"TableName":"ck-services"})"}).error().code ==
        ErrorCode::not_found);
}

TEST_CASE("SQS: a message goes through a queue") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  const aws::ServiceClient queue("sqs", *options);
  const auto made = queue.call({.action = "CreateQueue", .body = R"({"QueueName":"ck-services"})"});
  REQUIRE_MESSAGE(made, text(made));
  const auto begin = made->body.find("http");
  const std::string url = made->body.substr(begin, made->body.find('"', begin) - begin);
  const std::string to_queue = R"({"QueueUrl":")" + url + R"(")";
  CHECK(queue.call({.action = "SendMessage", .body = to_queue + R"(,"MessageBody":"hello"})"}));
  CHECK(contains(text(queue.call({.action = "ReceiveMessage", .body = to_queue + "}"})), R"("Body": "hello")"));
  CHECK(queue.call({.action = "DeleteQueue", .body = to_queue + "}"}));
  const auto gone = queue.call({.action = "SendMessage", .body = to_queue + R"(,"MessageBody":"hello"})"});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == ErrorCode::not_found);
}

TEST_CASE("SageMaker: an endpoint is invoked") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  const aws::ServiceClient models("sagemaker-runtime", *options);
  const auto answer =
      models.call({.body = "1,2,3", .path = "/endpoints/churn/invocations", .content_type = "text/csv"});
  REQUIRE_MESSAGE(answer, text(answer));
  CHECK(answer->status == 200);
  CHECK_FALSE(answer->header("x-amzn-invoked-production-variant").empty());
}

TEST_CASE("IAM and EC2: forms, and XML page by page") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  const aws::ServiceClient iam("iam", *options);
  for (const std::string name : {"ck-services-1", "ck-services-2", "ck-services-3"}) {
    CHECK(iam.call({.action = "CreateUser", .parameters = {{"UserName", name}, {"Path", "/ck-services/"}}}));
  }
  std::string all;
  CHECK(iam.pages({.action = "ListUsers", .parameters = {{"PathPrefix", "/ck-services/"}, {"MaxItems", "1"}}},
                  {.request = "Marker", .reply = "ListUsersResult.Marker"},
                  [&](const aws::ServiceReply& page) -> Status {
                    all += page.body;
                    return {};
                  }));
  for (const std::string name : {"ck-services-1", "ck-services-2", "ck-services-3"}) {
    CHECK(contains(all, name));
    CHECK(iam.call({.action = "DeleteUser", .parameters = {{"UserName", name}}}));
  }
  const aws::ServiceClient ec2("ec2", *options);
  CHECK(contains(text(ec2.call({.action = "DescribeVpcs"})), "<DescribeVpcsResponse"));
  const auto missing =
      ec2.call({.action = "DescribeInstances", .parameters = {{"InstanceId.1", "i-0123456789abcdef0"}}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().service_code == "InvalidInstanceID.NotFound");
}
