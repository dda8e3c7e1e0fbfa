#include "faults/scripted_server.h"
#include "program.h"
#include "support/temporary_directory.h"

#include <cloudkit/function_runtime.h>

#include <doctest/doctest.h>

#include <fstream>
#include <string>

namespace {

struct Fixture {
  test::TemporaryDirectory directory;

  // The program's one call from the command line.
  examples::Outcome call(const std::string& program, const std::string& payload) const {
    std::ofstream(directory.file("payload"), std::ios::binary) << payload;
    return examples::run(directory.path(), "BUCKET=file://" + directory.file("objects"),
                         program + " < " + directory.file("payload"));
  }
  std::string rest(const std::string& method, const std::string& path, const std::string& more = "") const {
    return call(REST_API_PROGRAM, R"({"version":"2.0","rawPath":")" + path + "\"," + more +
                                      R"("requestContext":{"http":{"method":")" + method + R"("}}})")
        .output;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "echo_function answers with what it is given, and says why it cannot") {
  const auto answered = call(ECHO_FUNCTION_PROGRAM, R"({"name":"ada"})");
  CHECK(answered.exit_code == 0);
  CHECK(answered.output == "{\"name\":\"ada\"}\n");
  const auto failed = call(ECHO_FUNCTION_PROGRAM, "null");
  CHECK(failed.exit_code == 1);
  CHECK(failed.output == "invalid_argument: nothing to echo\n");
}

TEST_CASE_FIXTURE(Fixture, "rest_api serves a bucket: PUT, list, GET, DELETE") {
  CHECK(rest("PUT", "/a/b.txt", R"("headers":{"content-type":"text/html"},"body":"AP8=","isBase64Encoded":true,)") ==
        R"({"statusCode":201,"headers":{"content-type":"text/plain; charset=utf-8"},"cookies":[],)"
        R"("body":"2 bytes\n","isBase64Encoded":false})"
        "\n");
  CHECK(rest("GET", "/").find(R"("body":"a/b.txt\t2\n")") != std::string::npos);
  CHECK(rest("GET", "/", R"("rawQueryString":"prefix=b",)").find(R"("body":"")") != std::string::npos);
  CHECK(rest("GET", "/a/b.txt") ==
        R"({"statusCode":200,"headers":{"content-type":"text/html"},"cookies":[],"body":"AP8=","isBase64Encoded":true})"
        "\n");
  CHECK(rest("DELETE", "/a/b.txt").starts_with(R"({"statusCode":204,"headers":{},)"));
  CHECK(rest("GET", "/a/b.txt").starts_with(R"({"statusCode":404,)"));
}

TEST_CASE_FIXTURE(Fixture, "rest_api refuses what it does not do, and does not start without a bucket") {
  CHECK(rest("POST", "/a").find(R"("allow":"GET, PUT, DELETE")") != std::string::npos);
  CHECK(rest("DELETE", "/").starts_with(R"({"statusCode":405,)"));
  const auto unstarted = examples::run(directory.path(), "", REST_API_PROGRAM " < /dev/null");
  CHECK(unstarted.exit_code == 1);
  CHECK(unstarted.output.find("invalid_argument: ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "what the store refuses is for the log, and a conflict is the client's") {
  std::string code;
  faults::ScriptedServer server;
  server.answer([&](const std::string& head) -> std::optional<faults::Script> {
    if (!head.starts_with("GET ")) return faults::reply(200);
    return faults::reply(403, "<Error><Code>" + code + "</Code><Message>said by the store</Message></Error>");
  });
  const auto get = [&](const std::string& path) {
    std::ofstream(directory.file("payload"))
        << R"({"version":"2.0","rawPath":")" << path << R"(","requestContext":{"http":{"method":"GET"}}})";
    return examples::run(directory.path(),
                         "AWS_ACCESS_KEY_ID=AKIAFORREST AWS_SECRET_ACCESS_KEY=cktest-rest-9c1 "
                         "BUCKET='s3://bucket?endpoint=http://" +
                             server.host() + "'",
                         std::string(REST_API_PROGRAM) + " < " + directory.file("payload"))
        .output;
  };
  code = "InvalidObjectState";
  CHECK(get("/archived").find(R"({"statusCode":409,)") != std::string::npos);
  code = "AccessDenied";
  for (const char* path : {"/a", "/"}) {
    const std::string refused = get(path);
    CHECK(refused.find(R"({"statusCode":502,)") != std::string::npos);
    CHECK(refused.find("AccessDenied (403)") < refused.find("statusCode"));
    CHECK(refused.find("said by the store", refused.find("statusCode")) == std::string::npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "what is linked fully static is deployed as it is, and runs over the real Runtime API") {
  using namespace cloudkit;
  const auto functions = open_function_runtime("local://" + directory.file("runtime")).value();
  FunctionSpec spec;
  spec.name = "echo";
  spec.code = FunctionCode::executable(File{ECHO_FUNCTION_PROGRAM});
  const auto deployed = functions.deploy(spec);
  REQUIRE_MESSAGE(deployed, deployed.error());
  for (const char* payload : {R"({"name":"ada"})", "[]"}) {
    const auto reply = functions.invoke("echo", payload);
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->payload == payload);
  }
  const auto failed = functions.invoke("echo", "null");
  REQUIRE_MESSAGE(failed, failed.error());
  REQUIRE(failed->error);
  CHECK(failed->error->type == "invalid_argument");
  CHECK(failed->error->message == "nothing to echo");
}
