#include "aws/ec2/images.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using cloudkit::testing::Fixture;

namespace {

const std::string kParameter = R"({"Parameter":{"Name":"n","Type":"String","Value":"ami-0abc","Version":1}})";
const std::string kLine = "ssh-ed25519 AAAA me@host";

}  // namespace

TEST_CASE("an alias is the newest image of its kind, by the parameter of its publisher") {
  struct Row {
    const char* alias;
    const char* parameter;
    const char* architecture;
  };
  const Row rows[] = {
      {"al2023", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "x86_64"},
      {"al2023-arm64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "arm64"},
      {"debian-12", "/aws/service/debian/release/12/latest/amd64", "x86_64"},
      {"ubuntu-24.04-arm64", "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
       "arm64"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.alias);
    Fixture fixture;
    fixture.then(200, kParameter);
    const auto image = fixture.driver->resolve_image(row.alias, {});
    REQUIRE(image);
    CHECK(image->id == "ami-0abc");
    CHECK(image->name == row.alias);
    CHECK(image->architecture == row.architecture);
    CHECK(fixture.sent.at(0) == std::string(R"(POST ssm/ {"Name":")") + row.parameter + R"("})");
  }
}

TEST_CASE("an alias that is not known is refused before any I/O, with those that are") {
  Fixture fixture;
  for (const char* image : {"", "debian", "AL2023", "ami", "resolve:ssm:/x"}) {
    CAPTURE(image);
    const auto refused = fixture.driver->resolve_image(image, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message == "the image \"" + std::string(image) + "\" is not known");
    CHECK(refused.error().hint ==
          "known are al2023, al2023-arm64, debian-12, debian-12-arm64, debian-13, debian-13-arm64, ubuntu-22.04, "
          "ubuntu-22.04-arm64, ubuntu-24.04, ubuntu-24.04-arm64, and ids: ami-…");
  }
  CHECK(fixture.sent.empty());
}

TEST_CASE("an alias that this region lacks is not found") {
  Fixture fixture({.region = "cn-north-1"});
  fixture.then(400, R"({"__type":"ParameterNotFound"})");
  const Error missing = fixture.driver->resolve_image("debian-12", {}).error();
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.hint == "its publisher offers it not everywhere; region is cn-north-1");
}

TEST_CASE("a parameter without a value is no image") {
  Fixture fixture;
  fixture.then(200, R"({"Parameter":{}})").then(200, "").then(200, "<html>");
  for (int i = 0; i < 3; ++i) CHECK(fixture.driver->resolve_image("al2023", {}).error().code == ErrorCode::unknown);
}

TEST_CASE("an id is looked up") {
  Fixture fixture;
  fixture.answers_to("DescribeImages",
                     "<imagesSet><item><imageId>ami-1</imageId><name>debian-12-amd64-2026</name><architecture>x86_64"
                     "</architecture><rootDeviceName>/dev/xvda</rootDeviceName></item></imagesSet>");
  const auto image = fixture.driver->resolve_image("ami-1", {});
  REQUIRE(image);
  CHECK(image->id == "ami-1");
  CHECK(image->name == "debian-12-amd64-2026");
  CHECK(image->architecture == "x86_64");
  CHECK(fixture.sent.at(0) == "POST ec2/ Action=DescribeImages&Version=2016-11-15&ImageId.1=ami-1");
}

TEST_CASE("an id of another region is not found, and the hint says where it was looked for") {
  Fixture fixture;
  fixture.refuse(400, "InvalidAMIID.NotFound", "The image id '[ami-0c55b159cbfafe1f0]' does not exist");
  fixture.answers_to("DescribeImages", "<imagesSet/>");
  const Error refused = fixture.driver->resolve_image("ami-0c55b159cbfafe1f0", {}).error();
  CHECK(refused.code == ErrorCode::not_found);
  CHECK(refused.hint == "ids are per region; region is us-west-2");
  const Error missing = fixture.driver->resolve_image("ami-0c55b159cbfafe1f0", {}).error();
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.message == "there is no image ami-0c55b159cbfafe1f0");
  CHECK(missing.hint == "ids are per region; region is us-west-2");
  fixture.refuse(400, "InvalidAMIID.Malformed", "Invalid id: \"ami-x\"");
  CHECK(fixture.driver->resolve_image("ami-x", {}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("keys are imported, and listed with the service's fingerprints") {
  Fixture fixture;
  const std::string key = "<keyName>laptop</keyName><keyFingerprint>aa:bb</keyFingerprint><keyPairId>key-1</keyPairId>";
  fixture.answers_to("ImportKeyPair", key).answers_to("DescribeKeyPairs", "<keySet><item>" + key + "</item></keySet>");
  fixture.answers_to("ImportKeyPair", "").answers_to("DescribeKeyPairs", "<keySet/>");
  const auto made = fixture.driver->import_key("laptop", kLine, {});
  REQUIRE(made);
  CHECK(made->name == "laptop");
  CHECK(made->id == "key-1");
  CHECK(made->fingerprint == "aa:bb");
  const auto all = fixture.driver->list_keys({});
  REQUIRE(all);
  CHECK(all->at(0).fingerprint == "aa:bb");
  CHECK(fixture.driver->import_key("laptop", kLine, {}).error().message ==
        "the reply is not one of this service: it has no keyName");
  CHECK(fixture.driver->list_keys({}).value().empty());
}

TEST_CASE("a key's name that is taken is said, and one that is gone is removed") {
  Fixture fixture;
  fixture.refuse(400, "InvalidKeyPair.Duplicate", "The keypair already exists").answers_to("DeleteKeyPair");
  fixture.refuse(400, "InvalidKeyPair.NotFound");
  CHECK(fixture.driver->import_key("laptop", kLine, {}).error().code == ErrorCode::already_exists);
  CHECK(fixture.driver->destroy_key("laptop", {}));
  CHECK(fixture.driver->destroy_key("laptop", {}));
}
