#include "support.h"

#include <doctest/doctest.h>

#include <set>

using namespace cloudkit;
using namespace cloudkit::test;
using std::chrono::seconds;
using enum InstanceState;

namespace {

// With a machine that it has just made.
struct WithMachine : ScriptedHandle {
  WithMachine() {
    driver->creates << instance_in(pending);
    driver->images << Image{"ami-1", "al2023", ""};
    REQUIRE(compute.create(good_spec()));
    driver->calls.clear();
  }
};

}  // namespace

TEST_CASE("every error names the operation and the machine") {
  ScriptedHandle handle;
  handle.driver->gets << no_machine();
  handle.driver->pages << InstancePage();
  handle.driver->on_call = [](const std::string&) { return no_machine(); };
  const Compute& compute = handle.compute;
  const auto facts = [](const auto& result) { return result ? "success" : result.error().to_string(); };
  const std::string missing = " fake://here machine i-1: not_found: there is no such machine";
  CHECK(facts(compute.get("i-1")) == "get" + missing);
  CHECK(facts(compute.start("i-1")) == "start" + missing);
  CHECK(facts(compute.stop("i-1")) == "stop" + missing);
  CHECK(facts(compute.reboot("i-1")) == "reboot" + missing);
  CHECK(facts(compute.wait_until("i-1", running)) == "wait_until" + missing);
  CHECK(facts(compute.wait_ready("i-1", {.agent = true})) == "wait_ready" + missing);
  CHECK(facts(compute.console("i-1")) == "console" + missing);
  CHECK(facts(compute.set_tags("i-1", {{"a", "b"}})) == "set_tags" + missing);
  CHECK(facts(compute.remove_tags("i-1", {"a"})) == "remove_tags" + missing);
  CHECK(facts(compute.run("i-1", "true")) == "run" + missing);
  CHECK(facts(compute.copy_file("i-1", "x", "/x")) == "copy_file" + missing);
  CHECK(facts(compute.find("web")).find("find fake://here machine web: not_found: there is no machine of this name") ==
        0);
  handle.driver->destroys << no_machine();
  CHECK(compute.destroy("i-1"));
  handle.driver->pages = {};
  handle.driver->pages << Error(ErrorCode::unavailable, "no route");
  CHECK(facts(compute.list()) == "list fake://here: unavailable: no route");
}

TEST_CASE("nothing is asked once the context has ended") {
  ScriptedHandle handle;
  ComputeCallOptions options;
  options.context = Context::cancellable();
  options.context.cancel();
  CHECK(code_of(handle.compute.create(good_spec(), options)) == "cancelled");
  CHECK(code_of(handle.compute.get("i-1", options)) == "cancelled");
  CHECK(code_of(handle.compute.list({}, options)) == "cancelled");
  CHECK(code_of(handle.compute.ensure_firewall({.name = "web"}, options)) == "cancelled");
  CHECK(handle.calls().empty());
}

TEST_CASE("a machine is made by a fresh token, an image's id and firewalls' ids") {
  ScriptedHandle handle;
  handle.driver->creates << instance_in(pending);
  handle.driver->images << Image{"ami-1", "al2023", "x86_64"};
  Firewall web;
  web.id = "sg-7";
  handle.driver->firewall_pages << FirewallPage{{web}, ""};
  InstanceSpec spec = good_spec();
  spec.firewalls = {"web", "sg-9"};
  CHECK(handle.compute.create(spec).value().id == "i-1");
  CHECK(handle.calls() == Calls{"resolve_image al2023", "list_firewalls web", "create web"});
  CHECK(handle.driver->sent.image == "ami-1");
  CHECK(handle.driver->sent.firewalls == std::vector<std::string>{"sg-7", "sg-9"});
  const std::string token = handle.driver->sent.token;
  CHECK(token.size() == 32);
  REQUIRE(handle.compute.create(spec));
  CHECK(handle.driver->sent.token != token);
  spec.token = "mine";
  REQUIRE(handle.compute.create(spec));
  CHECK(handle.driver->sent.token == "mine");
}

TEST_CASE("what others have just made may be unknown for a minute; a want of room is an error at once") {
  ScriptedHandle handle;
  handle.driver->images << Image{"ami-1", "", ""};
  handle.driver->creates << no_machine(true) << no_machine(true) << instance_in(pending);
  REQUIRE(handle.compute.create(good_spec()));
  CHECK(handle.time.waits == std::vector<long>{500, 1000});
  const std::string token = handle.driver->sent.token;
  CHECK(!token.empty());

  handle.driver->creates = {};
  handle.driver->creates << no_machine(true);
  handle.time.waits.clear();
  const auto late = handle.compute.create(good_spec());
  CHECK(late.error().message == "there is no such machine (for 60 s)");
  handle.driver->creates = {};
  handle.driver->creates << Error(ErrorCode::unavailable, "no room");
  handle.time.waits.clear();
  CHECK(code_of(handle.compute.create(good_spec())) == "unavailable");
  CHECK(handle.time.waits.empty());
}

TEST_CASE("a machine that may have been made can be found by its token") {
  ScriptedHandle handle;
  handle.driver->images << Image{"ami-1", "", ""};
  Error lost = passing_error(ErrorCode::unavailable, "connection reset");
  lost.may_have_happened = true;
  handle.driver->creates << lost;
  auto made = handle.compute.create(good_spec());
  CHECK(code_of(made) == "unavailable");
  CHECK(made.error().may_have_happened);
  CHECK(made.error().hint.find("InstanceFilter::token = \"" + handle.driver->sent.token + "\"") != std::string::npos);
  CHECK(handle.time.now.time_since_epoch() == seconds(60));
  // Also where only the first one may have arrived, and where the caller has no more time.
  handle.driver->creates = {};
  handle.driver->creates << lost << passing_error(ErrorCode::unavailable, "connection refused");
  CHECK(handle.compute.create(good_spec()).error().may_have_happened);
  handle.driver->creates = {};
  handle.driver->creates << lost;
  ComputeCallOptions options;
  options.context = Context::cancellable();
  handle.time.on_wait = [&] { options.context.cancel(); };
  made = handle.compute.create(good_spec(), options);
  CHECK(code_of(made) == "cancelled");
  CHECK(made.error().hint.find(handle.driver->sent.token) != std::string::npos);
}

TEST_CASE("a machine whose reply was lost is asked for again, with the same token") {
  ScriptedHandle handle;
  handle.driver->images << Image{"ami-1", "", ""};
  Error lost = passing_error(ErrorCode::timeout, "the server sent nothing for 30 s");
  lost.may_have_happened = true;
  handle.driver->creates << lost << instance_in(pending);
  std::set<std::string> tokens;
  handle.time.on_wait = [&] { tokens.insert(handle.driver->sent.token); };
  CHECK(handle.compute.create(good_spec()));
  tokens.insert(handle.driver->sent.token);
  CHECK(tokens.size() == 1);
  CHECK(handle.calls() == Calls{"resolve_image al2023", "create web", "create web"});
  // What the service says to the token is certain.
  handle.driver->creates = {};
  handle.driver->creates << lost << Error(ErrorCode::unavailable, "no room");
  const auto made = handle.compute.create(good_spec());
  CHECK(made.error().message == "no room");
  CHECK(!made.error().may_have_happened);
}

TEST_CASE("firewalls of a subnet are named by their ids, and each once") {
  ScriptedHandle handle;
  handle.driver->creates << instance_in(pending);
  handle.driver->images << Image{"ami-1", "", ""};
  Firewall web;
  web.id = "sg-7";
  handle.driver->firewall_pages << FirewallPage{{web}, ""};
  InstanceSpec spec = good_spec();
  spec.firewalls = {"web", "sg-7"};
  CHECK(handle.compute.create(spec));
  CHECK(handle.driver->sent.firewalls == std::vector<std::string>{"sg-7"});
  spec.subnet = "subnet-1";
  handle.driver->firewalls << no_machine();
  const auto named = handle.compute.create(spec);
  CHECK(code_of(named) == "invalid_argument");
  CHECK(named.error().message == "\"web\" is no id of a firewall, and a name does not say in which network");
  spec.firewalls = {"sg-7"};
  CHECK(handle.compute.create(spec));
}

TEST_CASE("what a handle made is looked for again for two minutes, by its copies too, even after it was seen") {
  WithMachine handle;
  handle.driver->gets << no_machine() << instance_in(running) << no_machine() << instance_in(running) << no_machine();
  const Compute copy = handle.compute;
  CHECK(copy.get("i-1").value().state == running);
  CHECK(handle.compute.get("i-1").value().state == running);
  CHECK(handle.calls().size() == 4);
  CHECK(code_of(copy.get("i-1")) == "not_found");
  CHECK(handle.time.now.time_since_epoch() >= seconds(119));
  CHECK(handle.time.now.time_since_epoch() < seconds(140));
  handle.driver->calls.clear();
  CHECK(code_of(copy.get("i-1")) == "not_found");  // It is old by now.
  CHECK(handle.calls().size() == 1);
  // Of another handle, it is nothing special.
  ScriptedHandle other;
  other.driver->gets << no_machine();
  CHECK(code_of(other.compute.get("i-1")) == "not_found");
  CHECK(other.calls().size() == 1);
}

TEST_CASE("what a handle destroyed is not looked for again") {
  WithMachine handle;
  handle.driver->destroys << no_machine() << instance_in(terminating) << no_machine();
  handle.driver->gets << no_machine();
  CHECK(handle.compute.destroy("i-1"));
  CHECK(handle.calls() == Calls{"destroy i-1", "get i-1", "destroy i-1"});  // It was seen late.
  CHECK(code_of(handle.compute.get("i-1")) == "not_found");
  CHECK(handle.compute.destroy("i-1"));
  CHECK(handle.calls().size() == 6);
}

TEST_CASE("a wait looks at 0.5, 1, … 15 s, and a look that is not answered says nothing") {
  ScriptedHandle handle;
  for (int i = 0; i < 6; ++i) handle.driver->gets << instance_in(pending);
  handle.driver->gets << passing_error(ErrorCode::timeout, "the server sent nothing for 30 s");
  handle.driver->gets << instance_in(running);
  CHECK(handle.compute.wait_until("i-1", running));
  CHECK(handle.time.waits == std::vector<long>{500, 1000, 2000, 4000, 8000, 15'000, 15'000});
}

TEST_CASE("a wait that is too long says how it stands, and so does a context that ends") {
  ScriptedHandle handle;
  handle.driver->gets << instance_in(pending, "waiting for a host");
  auto late = handle.compute.wait_until("i-1", running, {.wait_limit = seconds(60)});
  REQUIRE(!late);
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(late.error().retryable);
  CHECK(late.error().message == "after 60 s it still is pending: waiting for a host");
  CHECK(handle.time.now.time_since_epoch() == seconds(60));
  WaitInstanceOptions options;
  options.context = Context::cancellable();
  handle.time.on_wait = [&] { options.context.cancel(); };
  late = handle.compute.wait_until("i-1", running, options);
  CHECK(late.error().code == ErrorCode::cancelled);
  CHECK(late.error().message.find("while waiting: it is pending: waiting for a host") != std::string::npos);
}

TEST_CASE("a context that ends in the midst of a look says how it stood before") {
  ScriptedHandle handle;
  handle.driver->gets << instance_in(running);
  WaitInstanceOptions options;
  options.context = Context::cancellable();
  int looks = 0;
  handle.driver->on_call = [&](const std::string&) -> Status {
    if (++looks == 1) return passing_error(ErrorCode::unavailable, "connection refused");
    options.context.cancel();
    return options.context.check();
  };
  const auto ended = handle.compute.wait_ready("i-1", {.tcp_port = 22}, options);
  CHECK(looks == 2);
  CHECK(ended.error().code == ErrorCode::cancelled);
  CHECK(ended.error().message.find("while waiting: it") != std::string::npos);
  CHECK(ended.error().message.find("connection refused") != std::string::npos);
}

TEST_CASE("a state that cannot come any more is a conflict; what is gone is what a destruction waits for") {
  struct Look {
    InstanceState wanted;
    InstanceState seen;
    std::string answer;
  };
  for (const Look& look :
       {Look{running, terminated, "conflict"}, Look{running, terminating, "conflict"},
        Look{running, failed, "conflict"}, Look{stopped, terminated, "conflict"}, Look{terminating, failed, "timeout"},
        Look{terminated, terminating, "timeout"}, Look{terminating, terminated, "success"},
        Look{running, stopped, "timeout"}, Look{running, stopping, "timeout"}, Look{stopped, running, "timeout"},
        Look{failed, failed, "success"}, Look{running, InstanceState::unknown, "timeout"}}) {
    ScriptedHandle handle;
    handle.driver->gets << instance_in(look.seen);
    INFO(to_string(look.wanted), " while ", to_string(look.seen));
    CHECK(code_of(handle.compute.wait_until("i-1", look.wanted)) == look.answer);
  }
  ScriptedHandle handle;
  handle.driver->gets << instance_in(failed, "no disk");
  CHECK(handle.compute.wait_until("i-1", running).error().message ==
        "it is failed, and will not be running any more: no disk");
  handle.driver->gets = {};
  handle.driver->gets << no_machine();
  CHECK(code_of(handle.compute.wait_until("i-1", running)) == "not_found");
  const auto gone = handle.compute.wait_until("i-1", terminated);
  REQUIRE(gone);
  CHECK(gone->id == "i-1");
  CHECK(gone->state == terminated);
}

TEST_CASE("a start that failed is a conflict, with what the service says of it") {
  ScriptedHandle handle;
  handle.driver->gets << instance_in(stopped, "by its user") << instance_in(pending)
                      << instance_in(stopped, "Server.InsufficientInstanceCapacity");
  const auto waited = handle.compute.wait_until("i-1", running);
  CHECK(code_of(waited) == "conflict");
  CHECK(waited.error().message == "it did not come up, and is stopped again: Server.InsufficientInstanceCapacity");
  CHECK(handle.calls().size() == 3);
}

TEST_CASE("a change of power looks first") {
  struct Look {
    InstanceState seen;
    std::string start, stop, reboot;
  };
  for (const Look& look :
       {Look{running, "success", "sent", "sent"}, Look{pending, "success", "sent", "sent"},
        Look{stopped, "sent", "success", "conflict"}, Look{stopping, "sent", "success", "conflict"},
        Look{terminating, "conflict", "conflict", "conflict"}, Look{terminated, "conflict", "conflict", "conflict"},
        Look{failed, "conflict", "conflict", "conflict"}, Look{InstanceState::unknown, "sent", "sent", "sent"}}) {
    ScriptedHandle handle;
    handle.driver->gets << instance_in(look.seen);
    INFO(to_string(look.seen));
    const auto outcome = [&](const Status& done) { return handle.calls().size() > 1 ? "sent" : code_of(done); };
    CHECK(outcome(handle.compute.start("i-1")) == look.start);
    handle.driver->calls.clear();
    CHECK(outcome(handle.compute.stop("i-1")) == look.stop);
    handle.driver->calls.clear();
    CHECK(outcome(handle.compute.reboot("i-1")) == look.reboot);
  }
  ScriptedHandle handle;
  handle.driver->gets << instance_in(terminated);
  CHECK(handle.compute.reboot("i-1").error().message == "it is terminated, and cannot be rebooted");
}

TEST_CASE("all pages of a listing are one list, also the empty ones; tokens that go in a circle end it") {
  ScriptedHandle handle;
  handle.driver->pages << InstancePage{{instance_in(running)}, "2"} << InstancePage{{}, "3"}
                       << InstancePage{{instance_in(stopped)}, ""};
  CHECK(handle.compute.list({.name = "web"}).value().size() == 2);
  CHECK(handle.calls() == Calls{"list_page", "list_page 2", "list_page 3"});
  CHECK(handle.driver->filter.name == "web");
  handle.driver->pages = {};
  handle.driver->pages << InstancePage{{}, "2"};
  CHECK(handle.compute.list().error().message == "the service answered the same page token twice");
}

TEST_CASE("a name finds the one machine that is not gone") {
  ScriptedHandle handle;
  Instance second = instance_in(stopped);
  second.id = "i-2";
  handle.driver->pages << InstancePage{{instance_in(terminated), second}, ""}
                       << InstancePage{{instance_in(running), second}, ""};
  CHECK(handle.compute.find("web").value().id == "i-2");
  const auto several = handle.compute.find("web");
  CHECK(several.error().code == ErrorCode::conflict);
  CHECK(several.error().message == "2 machines have this name: i-1, i-2");
}

TEST_CASE("a machine is ready when its port, its page or its agent answers") {
  ScriptedHandle handle;
  handle.driver->gets << instance_in(pending) << instance_in(running);
  int refused = 2;
  handle.driver->on_call = [&](const std::string&) -> Status {
    if (refused-- > 0) return Error(ErrorCode::unavailable, "connection refused");
    return {};
  };
  CHECK(handle.compute.wait_ready("i-1", {.tcp_port = 22}));
  CHECK(handle.calls() == Calls{"get i-1", "get i-1", "get i-1", "get i-1"});
  refused = 1'000'000;
  CHECK(handle.compute.wait_ready("i-1", {.http_url = "http://{host}/"}, {.wait_limit = seconds(5)}).error().message ==
        "after 5 s it still is not ready: connection refused");
  handle.driver->able.agent = true;
  handle.driver->agents << false << passing_error(ErrorCode::unavailable, "no reply") << true;
  CHECK(handle.compute.wait_ready("i-1", {}));
  handle.driver->gets = {};
  handle.driver->gets << instance_in(terminated);
  CHECK(handle.compute.wait_ready("i-1", {}).error().message == "it is terminated, and will never be ready");
}

TEST_CASE("after a reboot a machine is ready in its next boot, not in the one that ends") {
  ScriptedHandle handle;
  const auto in_boot = [](const char* id) {
    Instance machine = instance_in(running);
    machine.boot_id = id;
    return machine;
  };
  const ReadyProbe probe{.tcp_port = 22, .after_boot_id = "boot-1"};
  handle.driver->gets << in_boot("boot-1") << in_boot("boot-1") << in_boot("boot-2");
  CHECK(handle.compute.wait_ready("i-1", probe).value().boot_id == "boot-2");
  handle.driver->gets = {};
  handle.driver->gets << in_boot("boot-1");
  CHECK(handle.compute.wait_ready("i-1", probe, {.wait_limit = seconds(5)}).error().message ==
        "after 5 s it still has not booted again");
  handle.driver->gets = {};
  handle.driver->gets << instance_in(running);
  CHECK(handle.compute.wait_ready("i-1", probe));  // A backend that tells no boots.
}
