#include "aws/lambda/driver.h"

#include "fixture.h"
#include "support/contains.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;
using cloudkit::testing::function_json;

namespace {

FunctionSpec hello() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.runtime = "python3.12";
  spec.handler = "app.handler";
  spec.identity = "arn:aws:iam::123456789012:role/r";
  spec.architecture = Architecture::x86_64;
  return spec;
}

FunctionPackage image() {
  FunctionPackage package;
  package.image_uri = "registry/hello:1";
  package.digest = "d";
  return package;
}

using ::test::contains;

const std::string kTagPath = "lambda/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Ahello";

}  // namespace

TEST_CASE("a zip brings the tag of its digest along, since what the service will make of it is known") {
  Fixture fixture;
  fixture.then(201, function_json());
  FunctionPackage zip;
  zip.zip = "PK";
  zip.digest = "d";
  const auto made = fixture.driver->create(hello(), zip, {});
  REQUIRE(made);
  CHECK(made->code_digest == "d");
  CHECK(fixture.sent.size() == 1);
  // printf PK | openssl dgst -sha256 -binary | base64
  CHECK(contains(fixture.sent.at(0), R"("Tags":{"cloudkit:code":"d:/Kt/zCtM/9m7RQA7/C5GigTvb3fKggCnNB8CdjFYTSU="})"));
}

TEST_CASE("of an image the service alone knows the digest: the tag comes after") {
  Fixture fixture;
  fixture.then(201, function_json()).then(204);
  REQUIRE(fixture.driver->create(hello(), image(), {}));
  CHECK(fixture.sent.at(1) == "POST " + kTagPath + R"( {"Tags":{"cloudkit:code":"d:sha="}})");
}

TEST_CASE("a zip's tag is written before it: until it is there, the tag fits nothing") {
  Fixture fixture;
  fixture.then(200, function_json()).then(204).then(200, function_json());
  FunctionPackage zip;
  zip.zip = "PK";
  zip.digest = "d";
  REQUIRE(fixture.driver->update_code(hello(), zip, {}));
  CHECK(fixture.sent ==
        std::vector<std::string>{
            "GET lambda/2015-03-31/functions/hello/configuration",
            "POST " + kTagPath + R"( {"Tags":{"cloudkit:code":"d:/Kt/zCtM/9m7RQA7/C5GigTvb3fKggCnNB8CdjFYTSU="}})",
            R"(PUT lambda/2015-03-31/functions/hello/code {"ZipFile":"UEs=","Architectures":["x86_64"]})",
        });
}

TEST_CASE("an image's tag comes after it, where the service lets it") {
  Fixture fixture;
  fixture.then(200, function_json()).then(204);
  REQUIRE(fixture.driver->update_code(hello(), image(), {}));
  CHECK(fixture.sent.at(1) == "POST " + kTagPath + R"( {"Tags":{"cloudkit:code":"d:sha="}})");
  fixture.then(200, function_json())
      .then(409, R"({"Message":"An update is in progress"})", error_type("ResourceConflictException"));
  CHECK(fixture.driver->update_code(hello(), image(), {}));
  fixture.then(200, function_json()).then(403, "{}", error_type("AccessDeniedException"));
  CHECK(fixture.driver->update_code(hello(), image(), {}).error().code == ErrorCode::permission_denied);
}

TEST_CASE("a creation says how many may run at once") {
  Fixture fixture;
  fixture.then(201, function_json()).then(200, "{}");
  FunctionSpec spec = hello();
  spec.max_concurrency = 0;
  FunctionPackage zip;
  zip.zip = "PK";
  CHECK(fixture.driver->create(spec, zip, {}).value().spec.max_concurrency == 0);
  CHECK(fixture.sent.at(1) ==
        R"(PUT lambda/2017-10-31/functions/hello/concurrency {"ReservedConcurrentExecutions":0})");
}

TEST_CASE("equal configuration is one question, and no change") {
  Fixture fixture;
  fixture.then(200, R"({"Configuration":)" + function_json() + R"(,"Tags":{"cloudkit:code":"d:sha="}})");
  const auto updated = fixture.driver->update_config(hello(), {});
  REQUIRE(updated);
  CHECK(updated->code_digest == "d");
  CHECK(fixture.sent.size() == 1);
}

TEST_CASE("configuration, tags and concurrency are changed where they differ") {
  Fixture fixture;
  fixture.then(200, R"({"Configuration":)" + function_json() +
                        R"(,"Tags":{"old":"1","kept":"2","cloudkit:code":"d:sha="},)"
                        R"("Concurrency":{"ReservedConcurrentExecutions":3}})");
  fixture.then(204).then(204).then(204).then(200, function_json(R"(,"Description":"new")"));
  FunctionSpec spec = hello();
  spec.description = "new";
  spec.tags = {{"kept", "2"}, {"new", "3"}};
  REQUIRE(fixture.driver->update_config(spec, {}));
  CHECK(fixture.sent == std::vector<std::string>{
                            "GET lambda/2015-03-31/functions/hello",
                            "POST " + kTagPath + R"( {"Tags":{"new":"3"}})",
                            "DELETE " + kTagPath + "?tagKeys=old",
                            "DELETE lambda/2017-10-31/functions/hello/concurrency",
                            R"(PUT lambda/2015-03-31/functions/hello/configuration {"Description":"new"})",
                        });
}

TEST_CASE("Lambda's refusals mean what a deployment acts on") {
  Fixture fixture;
  FunctionPackage zip;
  zip.zip = "PK";
  const auto refused = [&](int status, const char* code, const std::string& message) {
    fixture.then(status, R"({"Message":")" + message + R"("})", error_type(code));
    return fixture.driver->create(hello(), zip, {}).error();
  };
  CHECK(refused(409, "ResourceConflictException", "Function already exist: hello").code == ErrorCode::already_exists);
  const Error update = refused(409, "ResourceConflictException",
                               "The operation cannot be performed at this time. An update is in progress");
  CHECK(update.code == ErrorCode::conflict);
  CHECK(update.retryable);
  CHECK(update.hint == "another change of this function has not ended yet");
  const Error role =
      refused(400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.");
  CHECK(role.code == ErrorCode::permission_denied);
  CHECK(role.retryable);
  CHECK(role.attempts == 1);
  const Error other = refused(400, "InvalidParameterValueException", "Unzipped size must be smaller than 262144000");
  CHECK(other.code == ErrorCode::invalid_argument);
  CHECK_FALSE(other.retryable);
  CHECK(refused(403, "AccessDeniedException", "no").code == ErrorCode::permission_denied);
  CHECK_FALSE(refused(403, "AccessDeniedException", "no").retryable);
}

TEST_CASE("an alias that is there is moved") {
  Fixture fixture;
  fixture.then(409, R"({"Message":"Alias already exists: arn:…"})", error_type("ResourceConflictException"));
  fixture.then(200, "{}");
  CHECK(fixture.driver->set_alias("hello", "live", "8", {}));
  CHECK(fixture.sent.at(1) == R"(PUT lambda/2015-03-31/functions/hello/aliases/live {"FunctionVersion":"8"})");
}

TEST_CASE("both statuses of a removal are success") {
  Fixture fixture;
  fixture.then(204).then(200, "{}");
  CHECK(fixture.driver->remove("hello", {}));
  CHECK(fixture.driver->remove("hello", {}));
}

TEST_CASE("listings go on by their marker") {
  Fixture fixture;
  fixture.then(200, R"({"Functions":[)" + function_json() + R"(],"NextMarker":"m/1"})")
      .then(200, R"({"Functions":[]})");
  const auto page = fixture.driver->list_page({}, {});
  REQUIRE(page);
  CHECK(page->functions.at(0).name == "hello");
  CHECK(fixture.driver->list_page(page->next_page_token, {}).value().next_page_token.empty());
  CHECK(fixture.sent.at(1) == "GET lambda/2015-03-31/functions?Marker=m%2F1&MaxItems=50");
}

TEST_CASE("what it can do, and where it is") {
  Fixture fixture({.region = "cn-north-1"});
  CHECK(fixture.driver->url() == "aws://cn-north-1");
  const FunctionCapabilities all = fixture.driver->capabilities();
  CHECK(all.max_zip == 52'428'800);
  CHECK(all.max_sync_payload == 6'291'456);
  CHECK(all.max_async_payload == 1'048'576);
  CHECK(all.glibc == "2.34");
  CHECK((all.endpoints && all.schedules && all.logs && all.versions && all.identities));
}
