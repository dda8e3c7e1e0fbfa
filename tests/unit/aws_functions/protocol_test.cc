#include "aws/lambda/protocol.h"

#include "../aws_service/text_of.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::aws::lambda;

namespace {

FunctionSpec hello_spec() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.identity = "arn:aws:iam::123456789012:role/r";
  spec.architecture = Architecture::x86_64;
  return spec;
}

}  // namespace

TEST_CASE("a native function is a zip for Amazon Linux 2023 with a bootstrap") {
  FunctionPackage package;
  package.zip = "PK";
  CHECK(text_of(create_function(hello_spec(), package).value()) ==
        "POST /2015-03-31/functions\ncontent-type: application/json\n\n"
        R"({"FunctionName":"hello","Role":"arn:aws:iam::123456789012:role/r","Code":{"ZipFile":"UEs="},)"
        R"("Runtime":"provided.al2023","Handler":"bootstrap","Description":"","Timeout":30,"MemorySize":256,)"
        R"("EphemeralStorage":{"Size":512},"Architectures":["x86_64"],"Environment":{"Variables":{}},"Tags":{}})");
}

TEST_CASE("the zip is nested in a creation, and stands on top in an update") {
  FunctionPackage package;
  package.zip = "PK";
  CHECK(text_of(update_function_code(hello_spec(), package).value()) ==
        "PUT /2015-03-31/functions/hello/code\ncontent-type: application/json\n\n"
        R"({"ZipFile":"UEs=","Architectures":["x86_64"]})");
}

TEST_CASE("code in a bucket is named by its URL") {
  FunctionPackage package;
  const auto problem = [&](std::string url) {
    package.object_url = std::move(url);
    return create_function(hello_spec(), package).error().message;
  };
  CHECK(problem("gs://b/k") == "Lambda reads code from s3://BUCKET/KEY only");
  CHECK(problem("s3://b") == "Lambda reads code from s3://BUCKET/KEY only");
  CHECK(problem("s3://b/") == "Lambda reads code from s3://BUCKET/KEY only");
  CHECK(problem("s3://b/k?version=1").find("version") != std::string::npos);
}

TEST_CASE("only what differs is sent, and nothing where nothing does") {
  const Function current{.spec = hello_spec()};
  CHECK_FALSE(update_function_configuration(current, hello_spec(), false).value());
  FunctionSpec wanted = hello_spec();
  wanted.environment = {{"A", "1"}};
  CHECK(text_of(update_function_configuration(current, wanted, false)->value()) ==
        "PUT /2015-03-31/functions/hello/configuration\ncontent-type: application/json\n\n"
        R"({"Environment":{"Variables":{"A":"1"}}})");
  // The service's name for the same.
  wanted = hello_spec();
  wanted.runtime = "provided.al2023";
  wanted.handler = "bootstrap";
  CHECK_FALSE(update_function_configuration(current, wanted, false).value());
  // Nobody said which role: it stays.
  wanted.identity.clear();
  CHECK_FALSE(update_function_configuration(current, wanted, false).value());
  // An image has neither.
  wanted.runtime = "python3.12";
  wanted.handler = "a.b";
  CHECK_FALSE(update_function_configuration(current, wanted, true).value());
}

TEST_CASE("what cannot be a function is refused before it becomes a path") {
  for (const char* name : {"", "a/b", "..", "a b", "a%2fb", "\xC3\xA4", "a?b"}) {
    CAPTURE(name);
    const auto call = get_function(name, {});
    REQUIRE_FALSE(call);
    CHECK(call.error().code == ErrorCode::invalid_argument);
    CHECK(call.error().hint == "a name has letters, digits, - and _; or it is an ARN");
  }
  CHECK_FALSE(get_function(std::string(257, 'a'), {}));
  CHECK(get_function("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a:$LATEST", {}));
  CHECK_FALSE(update_alias("hello", "../x", "1"));
}

TEST_CASE("text that is not UTF-8 is refused") {
  FunctionSpec spec = hello_spec();
  spec.description = "\xFF";
  CHECK(create_function(spec, {}).error().code == ErrorCode::invalid_argument);
}
