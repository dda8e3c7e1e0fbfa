#include "support.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using std::chrono::seconds;
using enum InstanceState;

TEST_CASE("a machine goes with those of its firewalls that nothing else uses") {
  ScriptedHandle handle;
  Instance machine = instance_in(running);
  machine.firewalls = {"sg-1", "sg-2", "sg-3"};
  handle.driver->gets << machine << instance_in(terminating) << instance_in(terminated);
  handle.driver->destroys << instance_in(terminating);
  Instance other = instance_in(running);
  other.id = "i-2";
  other.firewalls = {"sg-2"};
  handle.driver->pages << InstancePage{{other}, ""};
  Firewall web;
  web.id = "sg-1";
  web.name = "web";
  Firewall own;
  own.id = "sg-3";
  own.name = "default";
  handle.driver->firewalls << web << own;
  handle.driver->firewall_pages << FirewallPage{{web, own}, ""};
  int busy = 2;
  handle.driver->on_call = [&](const std::string& call) -> Status {
    if (call == "destroy_firewall sg-1" && busy-- > 0) return passing_error(ErrorCode::conflict, "still used");
    return {};
  };
  CHECK(handle.compute.destroy("i-1", {.with_firewalls = true}));
  CHECK(handle.calls() == Calls{"get i-1", "destroy i-1", "get i-1", "get i-1", "list_page", "get_firewall sg-1",
                                "destroy_firewall sg-1", "list_page", "list_firewalls", "destroy_firewall sg-1",
                                "destroy_firewall sg-1", "get_firewall sg-3"});
  CHECK(handle.time.waits == std::vector<long>{500, 2000});
}

TEST_CASE("a firewall that cannot be destroyed keeps none of the machine's others, and errors name what is left") {
  ScriptedHandle handle;
  Instance machine = instance_in(running);
  machine.firewalls = {"sg-1", "sg-2"};
  handle.driver->gets << machine << instance_in(terminated);
  handle.driver->destroys << instance_in(terminating);
  handle.driver->pages << InstancePage();
  Firewall one;
  one.id = "sg-1";
  Firewall two;
  two.id = "sg-2";
  handle.driver->firewalls << one << two;
  handle.driver->on_call = [&](const std::string& call) -> Status {
    if (call == "destroy_firewall sg-1") return Error(ErrorCode::permission_denied, "no");
    return {};
  };
  auto done = handle.compute.destroy("i-1", {.with_firewalls = true});
  CHECK(code_of(done) == "permission_denied");
  CHECK(done.error().message == "the machine is gone, but not its firewall sg-1: no");
  CHECK(done.error().hint == "destroy_firewall() takes each away that nothing else uses, once the machine is gone");
  CHECK(handle.calls().back() == "destroy_firewall sg-2");

  handle.driver->gets = {};
  handle.driver->gets << machine;
  done = handle.compute.destroy("i-1", {.with_firewalls = true, .wait_limit = seconds(5)});
  CHECK(done.error().message ==
        "the machine is going, but not its firewalls sg-1, sg-2: after 5 s it still is running");
  handle.driver->gets << instance_in(terminated);
  handle.driver->pages = {};
  handle.driver->pages << Error(ErrorCode::permission_denied, "no list");
  done = handle.compute.destroy("i-1", {.with_firewalls = true});
  CHECK(done.error().message == "the machine is gone, but not its firewalls sg-1, sg-2: no list");
}

TEST_CASE("a machine that is gone has forgotten its firewalls, which is no success") {
  ScriptedHandle handle;
  handle.driver->gets << no_machine() << instance_in(terminated);
  for (int i = 0; i < 2; ++i) {
    const auto done = handle.compute.destroy("i-1", {.with_firewalls = true});
    CHECK(code_of(done) == "not_found");
    CHECK(done.error().message == "it is gone, and nobody knows any more which firewalls it had");
  }
  CHECK(handle.calls() == Calls{"get i-1", "get i-1"});
}

TEST_CASE("what is denied when it is to be destroyed is gone only if a look does not find it either") {
  ScriptedHandle handle;
  handle.driver->destroys << no_machine() << no_machine() << instance_in(terminating);
  handle.driver->gets << instance_in(running);
  CHECK(handle.compute.destroy("i-1"));
  CHECK(handle.calls() == Calls{"destroy i-1", "get i-1", "destroy i-1", "get i-1", "destroy i-1"});

  for (const auto& gone : {Result<Instance>(no_machine()), Result<Instance>(instance_in(terminated))}) {
    handle.driver->calls.clear();
    handle.driver->destroys = {};
    handle.driver->destroys << no_machine();
    handle.driver->gets = {};
    handle.driver->gets << gone;
    CHECK(handle.compute.destroy("i-1", {.wait = true}));
    CHECK(handle.calls() == Calls{"destroy i-1", "get i-1"});
  }
}

TEST_CASE("a machine that is there and stays denied was not destroyed, and nobody is told that it was") {
  ScriptedHandle handle;
  handle.driver->destroys << no_machine();
  handle.driver->gets << instance_in(running);
  const auto done = handle.compute.destroy("i-1");
  CHECK(code_of(done) == "conflict");
  CHECK(done.error().message == "it is running, though the service denies it when it is to be destroyed (for 60 s)");
  CHECK(done.error().hint == "it was not destroyed: try again in a while");
  CHECK(done.error().retryable);

  handle.driver->gets = {};
  handle.driver->gets << Error(ErrorCode::unavailable, "no route");
  CHECK(code_of(handle.compute.destroy("i-1")) == "unavailable");
}
