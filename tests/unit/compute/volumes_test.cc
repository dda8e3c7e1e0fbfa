#include "support.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using std::chrono::seconds;

namespace {

Volume volume(VolumeState state, std::string instance = {}) {
  Volume made;
  made.id = "vol-1";
  made.state = state;
  made.instance = std::move(instance);
  return made;
}

Error no_volume() { return {ErrorCode::not_found, "there is no such volume"}; }

}  // namespace

TEST_CASE("a volume is waited for until it is available, also when it is seen late") {
  ScriptedHandle handle;
  handle.driver->made_volumes << volume(VolumeState::creating);
  handle.driver->volumes << no_volume() << volume(VolumeState::creating) << volume(VolumeState::available);
  CHECK(handle.compute.create_volume({.size_gib = 8, .zone = "a"}).value().state == VolumeState::available);
  CHECK(handle.time.waits == std::vector<long>{500, 1000});
}

TEST_CASE("a volume that was made and never gets ready is named, since it costs money") {
  ScriptedHandle handle;
  handle.driver->made_volumes << volume(VolumeState::creating);
  handle.driver->volumes << volume(VolumeState::creating) << volume(VolumeState::failed);
  auto made = handle.compute.create_volume({.size_gib = 8, .zone = "a"});
  CHECK(code_of(made) == "conflict");
  CHECK(made.error().message == "vol-1 was made: it is failed");
  CHECK(made.error().may_have_happened);
  handle.driver->volumes = {};
  handle.driver->volumes << volume(VolumeState::creating);
  made = handle.compute.create_volume({.size_gib = 8, .zone = "a"}, {.wait_limit = seconds(10)});
  CHECK(made.error().message == "vol-1 was made: after 10 s it still is creating");
}

TEST_CASE("by a token, a volume is found that an earlier call made, and somebody uses by now") {
  ScriptedHandle handle;
  handle.driver->made_volumes << volume(VolumeState::in_use, "i-1");
  handle.driver->volumes << volume(VolumeState::in_use, "i-1");
  CHECK(handle.compute.create_volume({.size_gib = 8, .zone = "a", .token = "mine"}).value().instance == "i-1");
}

TEST_CASE("a volume whose reply was lost is made once, by its token") {
  ScriptedHandle handle;
  Error lost = passing_error(ErrorCode::timeout, "the server sent nothing for 30 s");
  lost.may_have_happened = true;
  handle.driver->made_volumes << lost << volume(VolumeState::creating);
  handle.driver->volumes << volume(VolumeState::available);
  CHECK(handle.compute.create_volume({.size_gib = 8, .zone = "a"}));
  handle.driver->made_volumes = {};
  handle.driver->made_volumes << lost;
  const auto made = handle.compute.create_volume({.size_gib = 8, .zone = "a", .token = "mine"});
  CHECK(made.error().may_have_happened);
  CHECK(made.error().hint.find("VolumeSpec::token was \"mine\"") != std::string::npos);
}

TEST_CASE("attaching and detaching look first, and wait") {
  ScriptedHandle handle;
  handle.driver->volumes << volume(VolumeState::available) << volume(VolumeState::available)
                         << volume(VolumeState::in_use, "i-1");
  CHECK(handle.compute.attach_volume("vol-1", "i-1", "/dev/sdf"));
  CHECK(handle.calls() ==
        Calls{"get_volume vol-1", "attach vol-1 i-1 /dev/sdf", "get_volume vol-1", "get_volume vol-1"});
  handle.driver->calls.clear();
  CHECK(handle.compute.attach_volume("vol-1", "i-1", "/dev/sdf"));
  const auto elsewhere = handle.compute.attach_volume("vol-1", "i-2", "/dev/sdf");
  CHECK(code_of(elsewhere) == "conflict");
  CHECK(elsewhere.error().message == "it is attached to i-1");
  CHECK(handle.calls() == Calls{"get_volume vol-1", "get_volume vol-1"});
  Volume sdf = volume(VolumeState::in_use, "i-1");
  sdf.device = "/dev/sdf";
  handle.driver->volumes = {};
  handle.driver->volumes << sdf;
  CHECK(handle.compute.attach_volume("vol-1", "i-1", "/dev/sdf"));
  CHECK(handle.compute.attach_volume("vol-1", "i-1", "/dev/sdg").error().message ==
        "it is attached to i-1 as /dev/sdf");
  // Somebody was faster.
  handle.driver->volumes = {};
  handle.driver->volumes << volume(VolumeState::available) << volume(VolumeState::in_use, "i-2");
  CHECK(handle.compute.attach_volume("vol-1", "i-1", "/dev/sdf").error().message == "it is attached to i-2");

  handle.driver->calls.clear();
  handle.driver->volumes = {};
  handle.driver->volumes << volume(VolumeState::in_use, "i-1") << volume(VolumeState::in_use, "i-1")
                         << volume(VolumeState::available);
  CHECK(handle.compute.detach_volume("vol-1"));
  CHECK(handle.compute.detach_volume("vol-1"));
  CHECK(handle.calls() ==
        Calls{"get_volume vol-1", "detach vol-1", "get_volume vol-1", "get_volume vol-1", "get_volume vol-1"});
}

TEST_CASE("a volume that is gone is destroyed; one that is attached is not") {
  ScriptedHandle handle;
  handle.driver->on_call = [](const std::string&) -> Status { return no_volume(); };
  CHECK(handle.compute.destroy_volume("vol-1"));
  handle.driver->on_call = [](const std::string&) -> Status { return Error(ErrorCode::conflict, "attached"); };
  CHECK(code_of(handle.compute.destroy_volume("vol-1")) == "conflict");
  CHECK(handle.calls().size() == 2);
}
