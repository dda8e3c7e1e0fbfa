// aws_services scan TABLE | send QUEUE-URL TEXT | predict ENDPOINT CSV: three services of AWS for which cloudkit has no
// interface of its own. Region, endpoint and credentials come from where the AWS CLI finds them.
#include "run_program.h"

#include <cloudkit/aws_service_client.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace {

using cloudkit::aws::ServiceClient;
using cloudkit::aws::ServiceReply;

// As JSON. Programs that make more of it take a library.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// DynamoDB: every item of a table, page by page.
int scan(const std::string& table) {
  const ServiceClient dynamodb("dynamodb");
  const auto print = [](const ServiceReply& page) -> cloudkit::Status {
    std::cout << page.body << '\n';
    return {};
  };
  const cloudkit::Status done =
      dynamodb.pages({.action = "Scan", .body = "{\"TableName\": " + quoted(table) + "}", .context = interrupted},
                     {.request = "ExclusiveStartKey", .reply = "LastEvaluatedKey"}, print);
  return done ? 0 : fail(done.error());
}

// SQS: a message into a queue. Sent twice it would be there twice, so it is not repeated when its outcome is unknown.
int send(const std::string& queue, const std::string& text) {
  const ServiceClient sqs("sqs");
  const auto sent = sqs.call({.action = "SendMessage",
                              .body = "{\"QueueUrl\": " + quoted(queue) + ", \"MessageBody\": " + quoted(text) + "}",
                              .context = interrupted});
  if (!sent) return fail(sent.error());
  std::cout << sent->body << '\n';
  return 0;
}

// SageMaker: a model that is deployed as an endpoint. Asking it again does no harm.
int predict(const std::string& endpoint, const std::string& csv) {
  const ServiceClient models("sagemaker-runtime");
  const auto answer = models.call({.body = csv,
                                   .path = "/endpoints/" + endpoint + "/invocations",
                                   .content_type = "text/csv",
                                   .repeatable = true,
                                   .thinking_time = std::chrono::seconds(60),
                                   .context = interrupted});
  if (!answer) return fail(answer.error());
  std::cout << answer->body << '\n';
  return 0;
}

int run(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "scan") return scan(words[1]);
  if (words.size() == 3 && words[0] == "send") return send(words[1], words[2]);
  if (words.size() == 3 && words[0] == "predict") return predict(words[1], words[2]);
  std::cerr << "usage: aws_services scan TABLE | send QUEUE-URL TEXT | predict ENDPOINT CSV\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
