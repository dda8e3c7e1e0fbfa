// Hostile rows from a handle to the wire: what is accepted arrives as it was given, the rest sends nothing.
#include "faults/scripted_server.h"
#include "support/hostile_metadata.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using faults::ScriptedServer;

namespace {

// The value of a header as it stands in the request, or "(none)".
std::string header_in(const std::string& request, const std::string& name) {
  const std::string mark = "\r\n" + name + ": ";
  const std::size_t begin = request.find(mark);
  if (begin == std::string::npos) return request.find("\r\n" + name + ":\r\n") == std::string::npos ? "(none)" : "";
  const std::size_t value = begin + mark.size();
  return request.substr(value, request.find("\r\n", value) - value);
}

}  // namespace

TEST_CASE("hostile metadata is sent, signed, as it was given, or refused before any request") {
  ScriptedServer server;
  server.always(faults::reply(200, "", "ETag: \"e1\"\r\n"));
  aws::S3Options options;
  options.endpoint = "http://" + server.host();
  options.region = "us-east-1";
  options.credentials = aws::explicit_credentials({"AKIDWIRE", "cktest-metawire-secret-6b1f", "", {}, "the test"});
  const Bucket bucket = aws::make_s3_store(options).value().bucket("bucket").value();

  std::size_t sent = 0;
  for (const HostileMetadata& row : hostile_metadata()) {
    const auto put = bucket.put("k", "data", {.metadata = {{row.name, row.value}}});
    CHECK_MESSAGE(put.has_value() == row.accepted, row.label);
    sent += row.accepted ? 1 : 0;
    const auto requests = server.requests();
    REQUIRE_MESSAGE(requests.size() == sent, row.label);
    if (!row.accepted) continue;
    const std::string header = "x-amz-meta-" + (row.name == "A" ? "a" : row.name);
    CHECK_MESSAGE(header_in(requests.back(), header) == row.value, row.label);
    const std::string authorization = header_in(requests.back(), "authorization");
    CHECK_MESSAGE(authorization.find(";" + header + ",") != std::string::npos, row.label);  // The last that is signed.
    CHECK(header_in(requests.back(), "Content-Length") == "4");
    CHECK(header_in(requests.back(), "x-amz-acl") == "(none)");
  }
  CHECK(sent == 15);
}

TEST_CASE("a listing of a gigabyte is refused at the cap, whether its length is said or not") {
  ScriptedServer server;
  const std::string blanks(std::size_t{1} << 20, ' ');
  faults::Script chunked({faults::send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")});
  for (int i = 0; i < 20; ++i) chunked.steps.push_back(faults::send("100000\r\n" + blanks + "\r\n"));
  server.then({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), faults::stall()});
  server.then(chunked);
  aws::S3Options options;
  options.endpoint = "http://" + server.host();
  options.anonymous = true;
  options.retry.max_attempts = 1;
  const Bucket bucket = aws::make_s3_store(options).value().bucket("bucket").value();
  for (int i = 0; i < 2; ++i) {
    const auto listed = bucket.list_all();
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == ErrorCode::unknown);
    CHECK(listed.error().message == "the reply of " + server.host() + " is larger than 16777216 bytes");
  }
}
