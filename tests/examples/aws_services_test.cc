// The example program against moto.
#include "program.h"
#include "support/contains.h"
#include "support/moto.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws_service_client.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

struct Fixture {
  examples::Outcome run(const std::string& arguments) const {
    const std::string variables =
        "AWS_REGION=us-west-2 AWS_ENDPOINT_URL=" + test::environment("CLOUDKIT_TEST_MOTO_URL") +
        " AWS_ACCESS_KEY_ID=CKTESTEXAMPLE0000001 AWS_SECRET_ACCESS_KEY=cktest-services-1 ";
    return examples::run(directory.path(), variables, AWS_SERVICES_PROGRAM " " + arguments);
  }
  test::TemporaryDirectory directory;
};

using test::contains;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message is sent, a model asked, and a table read to its end") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  const aws::ServiceClient sqs("sqs", *options);
  REQUIRE(sqs.call({.action = "CreateQueue", .body = R"({"QueueName":"ck-example"})"}));
  const std::string url = test::environment("CLOUDKIT_TEST_MOTO_URL") + "/123456789012/ck-example";
  const auto sent = run("send " + url + " 'say \"hello\"\n\tC:\\'");
  CHECK_MESSAGE(sent.exit_code == 0, sent.output);
  const auto received = sqs.call({.action = "ReceiveMessage", .body = R"({"QueueUrl":")" + url + "\"}"});
  REQUIRE(received);
  CHECK(contains(received->body, R"(say \"hello\"\n\tC:\\")"));
  CHECK(sqs.call({.action = "DeleteQueue", .body = R"({"QueueUrl":")" + url + "\"}"}));

  CHECK(run("predict churn 1,2,3").exit_code == 0);

  const aws::ServiceClient dynamodb("dynamodb", *options);
  REQUIRE(dynamodb.call({.action = "CreateTable",
                         .body = R"({"TableName":"ck-example","BillingMode":"PAY_PER_REQUEST",)"
                                 R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
                                 R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})"}));
  REQUIRE(dynamodb.call({.action = "PutItem", .body = R"({"TableName":"ck-example","Item":{"id":{"S":"one"}}})"}));
  const auto scanned = run("scan ck-example");
  CHECK(scanned.exit_code == 0);
  CHECK(contains(scanned.output, R"("one")"));
  CHECK(dynamodb.call({.action = "DeleteTable", .body = R"({"TableName":"ck-example"})"}));
}

TEST_CASE_FIXTURE(Fixture, "what is wrong is said, with the program's exit code for it") {
  CHECK(run("").exit_code == 2);
  CHECK(run("").output == "usage: aws_services scan TABLE | send QUEUE-URL TEXT | predict ENDPOINT CSV\n");
  if (!test::options_for_moto<aws::ServiceOptions>()) return;
  const auto missing = run("scan ck-missing");
  CHECK(missing.exit_code == 3);
  CHECK(missing.output.starts_with("Scan dynamodb: ResourceNotFoundException (400) after 1 attempt"));
}
