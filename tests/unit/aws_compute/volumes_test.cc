#include "aws/ec2/volumes.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::ec2;
using cloudkit::testing::Fixture;

TEST_CASE("a volume is read with where it is attached") {
  const auto page = read_volumes(Fixture::xml_reply(
      "DescribeVolumes",
      "<volumeSet><item><volumeId>vol-1</volumeId><size>8</size><snapshotId/><availabilityZone>us-west-2a"
      "</availabilityZone><status>in-use</status><volumeType>gp3</volumeType><attachmentSet><item><volumeId>vol-1"
      "</volumeId><instanceId>i-1</instanceId><device>/dev/sdf</device><status>attached</status></item></attachmentSet>"
      "<tagSet><item><key>a</key><value>1</value></item></tagSet></item><item><volumeId>vol-2</volumeId>"
      "<size>99999999999</size><status>optimizing</status><attachmentSet/></item></volumeSet><nextToken>n</"
      "nextToken>"));
  REQUIRE(page);
  CHECK(page->next_page_token == "n");
  const Volume& volume = page->volumes.at(0);
  CHECK(volume.id == "vol-1");
  CHECK(volume.state == VolumeState::in_use);
  CHECK(volume.size_gib == 8);
  CHECK(volume.zone == "us-west-2a");
  CHECK(volume.type == "gp3");
  CHECK(volume.instance == "i-1");
  CHECK(volume.device == "/dev/sdf");
  CHECK(volume.tags == Tags{{"a", "1"}});
  CHECK(page->volumes.at(1).state == VolumeState::unknown);
  CHECK(page->volumes.at(1).instance.empty());
  CHECK(page->volumes.at(1).size_gib == 2147483647);
}

TEST_CASE("a volume on its way to a machine, or from it, is in use and not attached") {
  const auto attached_to = [](const std::string& status) {
    return read_volumes(Fixture::xml_reply("DescribeVolumes",
                                           "<volumeSet><item><volumeId>vol-1</volumeId><status>in-use</status>"
                                           "<attachmentSet><item><instanceId>i-1</instanceId><device>/dev/sdf</device>"
                                           "<status>" +
                                               status + "</status></item></attachmentSet></item></volumeSet>"))
        .value()
        .volumes.at(0)
        .instance;
  };
  CHECK(attached_to("attached") == "i-1");
  for (const char* status : {"attaching", "detaching", "detached", "busy"}) {
    CAPTURE(status);
    CHECK(attached_to(status).empty());
  }
}

TEST_CASE("states of volumes have their neutral names") {
  const auto state = [](const std::string& name) {
    return read_created_volume(
               Fixture::xml_reply("CreateVolume", "<volumeId>vol-1</volumeId><status>" + name + "</status>"))
        .value()
        .state;
  };
  CHECK(state("creating") == VolumeState::creating);
  CHECK(state("available") == VolumeState::available);
  CHECK(state("deleting") == VolumeState::deleting);
  CHECK(state("deleted") == VolumeState::deleted);
  CHECK(state("error") == VolumeState::failed);
  CHECK(read_created_volume(Fixture::xml_reply("CreateVolume", "")).error().code == ErrorCode::unknown);
}

TEST_CASE("only what a token makes safe, or is the same twice, is repeated") {
  CHECK_FALSE(create_volume({.size_gib = 1, .zone = "z"}).idempotent);
  CHECK(create_volume({.size_gib = 1, .zone = "z", .token = "t"}).idempotent);
  CHECK_FALSE(attach_volume("v", "i", "d").idempotent);
  CHECK_FALSE(detach_volume("v").idempotent);
  CHECK(delete_volume("v").idempotent);
}
