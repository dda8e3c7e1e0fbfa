#include "compute/rules.h"
#include "core/compute_rules.h"
#include "support.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

FirewallRule tcp(int port, std::vector<std::string> cidrs) {
  FirewallRule rule;
  rule.from = rule.to = port;
  rule.cidrs = std::move(cidrs);
  return rule;
}

FirewallRule peer(int port, std::string firewall) {
  FirewallRule rule = tcp(port, {});
  rule.peer_firewall = std::move(firewall);
  return rule;
}

Firewall firewall(std::string id, std::string name, std::vector<FirewallRule> rules = {}) {
  Firewall made;
  made.id = std::move(id);
  made.name = std::move(name);
  made.rules = std::move(rules);
  return made;
}

FirewallPage page(std::vector<Firewall> firewalls) { return {std::move(firewalls), ""}; }

FirewallSpec spec_of(std::vector<FirewallRule> rules) {
  FirewallSpec spec;
  spec.name = "web";
  spec.rules = std::move(rules);
  return spec;
}

const Error kExists(ErrorCode::already_exists, "it exists");

}  // namespace

TEST_CASE("rules are split, written as services write them, sorted and each once") {
  FirewallRule both = tcp(80, {"2001:DB8:0::/32", "10.0.0.0/8", "10.0.0.0/8"});
  both.peer_firewall = "sg-1";
  FirewallRule ping = tcp(0, {"0.0.0.0/0"});
  ping.protocol = Protocol::icmp;
  ping.from = ping.to = -1;  // As a service may say it.
  const auto rules = compute::canonical({ping, both, tcp(22, {"10.0.0.0/8"}), both});
  REQUIRE(rules.size() == 5);
  CHECK(rules[0] == tcp(22, {"10.0.0.0/8"}));
  CHECK(rules[1] == peer(80, "sg-1"));
  CHECK(rules[2] == tcp(80, {"10.0.0.0/8"}));
  CHECK(rules[3] == tcp(80, {"2001:db8::/32"}));
  CHECK(rules[4].protocol == Protocol::icmp);
  CHECK(rules[4].from == 0);
  CHECK(compute::canonical(rules) == rules);
}

TEST_CASE("a difference is what is missing and what is too much; another description is none") {
  FirewallRule described = tcp(22, {"10.0.0.0/8"});
  described.description = "ssh";
  const auto present = compute::canonical({described, tcp(80, {"0.0.0.0/0"})});
  const auto wanted = compute::canonical({tcp(22, {"10.0.0.0/8"}), tcp(443, {"0.0.0.0/0"})});
  const auto change = compute::difference(present, wanted);
  CHECK(change.missing == std::vector<FirewallRule>{tcp(443, {"0.0.0.0/0"})});
  CHECK(change.unwanted == std::vector<FirewallRule>{tcp(80, {"0.0.0.0/0"})});
  const auto after = compute::changed(present, change);
  CHECK(after == compute::canonical({described, tcp(443, {"0.0.0.0/0"})}));
}

TEST_CASE("what AWS adds for IPv6 stays with allow_all_outbound, and goes where rules are exactly these") {
  FirewallRule ipv6 = core::everything_out();
  ipv6.cidrs = {"::/0"};
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({firewall("sg-1", "web", {core::everything_out(), ipv6})});
  const auto kept = handle.compute.ensure_firewall(spec_of({}));
  REQUIRE(kept);
  CHECK(kept->rules.size() == 2);
  CHECK(handle.calls() == Calls{"list_firewalls web"});
  CHECK(handle.compute.set_rules("web", {core::everything_out()}));
  CHECK(handle.calls().back() == "revoke sg-1 1");
}

TEST_CASE("a new firewall keeps the rule that lets everything out, and gets its own") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({});
  handle.driver->made_firewalls << firewall("sg-1", "web");
  handle.driver->firewalls << no_machine() << firewall("sg-1", "web", {core::everything_out()});
  const auto made = handle.compute.ensure_firewall(spec_of({tcp(22, {"10.0.0.0/8"}), peer(80, "web")}));
  REQUIRE(made);
  CHECK(handle.calls() == Calls{"list_firewalls web", "create_firewall web", "get_firewall sg-1", "get_firewall sg-1",
                                "authorize sg-1 2"});
  CHECK(handle.driver->sent_rules == compute::canonical({tcp(22, {"10.0.0.0/8"}), peer(80, "sg-1")}));
  CHECK(made->rules.size() == 3);
}

TEST_CASE("what a new firewall lets out goes where nothing shall get out, after its own rules have come") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({});
  handle.driver->made_firewalls << firewall("sg-1", "web");
  handle.driver->firewalls << firewall("sg-1", "web", {core::everything_out()});
  FirewallSpec spec = spec_of({tcp(22, {"10.0.0.0/8"})});
  spec.allow_all_outbound = false;
  CHECK(handle.compute.ensure_firewall(spec));
  CHECK(handle.calls() ==
        Calls{"list_firewalls web", "create_firewall web", "get_firewall sg-1", "authorize sg-1 1", "revoke sg-1 1"});
}

TEST_CASE("a firewall that is as it should be costs one look") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({firewall("sg-1", "web", {tcp(22, {"10.0.0.0/8"}), core::everything_out()})});
  CHECK(handle.compute.ensure_firewall(spec_of({tcp(22, {"10.0.0.0/8"})})));
  CHECK(handle.calls() == Calls{"list_firewalls web"});
}

TEST_CASE("a firewall that somebody else makes meanwhile is taken, also when it is seen late") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({}) << page({}) << page({firewall("sg-1", "web")});
  handle.driver->made_firewalls << kExists;
  CHECK(handle.compute.ensure_firewall(spec_of({})).value().id == "sg-1");
  handle.driver->firewall_pages = {};
  handle.driver->firewall_pages << page({});
  CHECK(handle.compute.ensure_firewall(spec_of({})).error().message ==
        "after 60 s it still is said to exist, and is not to be seen");
}

TEST_CASE("a peer is looked up before anything is made") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({});
  handle.driver->firewalls << no_machine();
  const auto made = handle.compute.ensure_firewall(spec_of({peer(80, "front")}));
  CHECK(code_of(made) == "not_found");
  CHECK(made.error().message == "there is no firewall \"front\" in the default network");
  CHECK(made.error().hint == "make it by ensure_firewall or a stack; one of another network is named by its id");
  CHECK(handle.calls() == Calls{"list_firewalls front", "get_firewall front"});
}

TEST_CASE("a firewall is named by its id or its name; two of a name are a conflict") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web");
  CHECK(handle.compute.get_firewall("sg-1"));
  CHECK(handle.calls() == Calls{"get_firewall sg-1"});
  handle.driver->firewall_pages << page({firewall("sg-1", "web"), firewall("sg-2", "web")});
  CHECK(code_of(handle.compute.get_firewall("web")) == "conflict");
  // Where ids have another form.
  handle.driver->firewall_pages = {};
  handle.driver->firewall_pages << page({});
  CHECK(handle.compute.get_firewall("fw-1").value().id == "sg-1");
  // What takes only ids of its form says that the name is none.
  handle.driver->firewalls = {};
  handle.driver->firewalls << Error(ErrorCode::invalid_argument, "malformed");
  CHECK(code_of(handle.compute.get_firewall("web")) == "not_found");
}

TEST_CASE("what a firewall lets through that no rule can say is not passed over in silence") {
  ScriptedHandle handle;
  Firewall web = firewall("sg-1", "web", {core::everything_out()});
  web.other_rules = {"inbound icmp type 8 from 0.0.0.0/0", "inbound protocol 50 from 10.0.0.0/8"};
  handle.driver->firewalls << web;
  handle.driver->firewall_pages << page({web});
  const auto set = handle.compute.set_rules("sg-1", {});
  CHECK(code_of(set) == "unsupported");
  CHECK(set.error().message ==
        "the firewall sg-1 also lets through what a FirewallRule cannot say: \"inbound icmp type 8 from 0.0.0.0/0\", "
        "\"inbound protocol 50 from 10.0.0.0/8\"");
  CHECK(code_of(handle.compute.ensure_firewall(spec_of({}))) == "unsupported");
  CHECK(handle.calls() == Calls{"get_firewall sg-1", "list_firewalls web"});
}

TEST_CASE("a rule's peer that was just made may be unknown to the service for a while") {
  ScriptedHandle handle;
  handle.driver->firewall_pages << page({});
  handle.driver->made_firewalls << firewall("sg-2", "back");
  handle.driver->firewalls << firewall("sg-2", "back", {core::everything_out()})
                           << firewall("sg-1", "web", {core::everything_out()});
  REQUIRE(handle.compute.ensure_firewall({.name = "back"}));
  int unknown = 2;
  handle.driver->on_call = [&](const std::string&) { return unknown-- > 0 ? Status(no_machine()) : Status(); };
  CHECK(handle.compute.set_rules("sg-1", {peer(80, "sg-2"), core::everything_out()}));
  CHECK(unknown == -1);
}

TEST_CASE("a quota that leaves no room for what is added first says how there is room") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web", {tcp(22, {"10.0.0.0/8"})});
  handle.driver->on_call = [](const std::string&) -> Status {
    return Error(ErrorCode::permission_denied, "the quota");
  };
  CHECK(handle.compute.set_rules("sg-1", {tcp(80, {"10.0.0.0/8"})}).error().hint ==
        "rules are added before the 1 that are not wanted go: where a quota of rules is the reason, take those away by "
        "a set_rules of their own first");
}

TEST_CASE("a network's own firewall is not destroyed, nor what names it touched") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "default");
  CHECK(code_of(handle.compute.destroy_firewall("sg-1")) == "invalid_argument");
  CHECK(handle.calls() == Calls{"get_firewall sg-1"});
}

TEST_CASE("a firewall that a machine uses keeps the rules that name it") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web");
  Instance machine = instance_in(InstanceState::stopped);
  machine.firewalls = {"sg-1"};
  handle.driver->pages << InstancePage{{machine}, ""};
  handle.driver->on_call = [](const std::string&) { return Status(passing_error(ErrorCode::conflict, "still used")); };
  CHECK(code_of(handle.compute.destroy_firewall("sg-1", {.wait_limit = std::chrono::seconds(1)})) == "conflict");
  CHECK(handle.calls() ==
        Calls{"get_firewall sg-1", "destroy_firewall sg-1", "list_page", "destroy_firewall sg-1", "list_page"});
}

TEST_CASE("a firewall that something else than a machine uses keeps the rules that name it, too") {
  for (const Result<bool>& attached :
       {Result<bool>(true), Result<bool>(Error(ErrorCode::permission_denied, "no look"))}) {
    ScriptedHandle handle;
    handle.driver->firewalls << firewall("sg-1", "web");
    handle.driver->pages << InstancePage();
    handle.driver->firewall_pages << page({firewall("sg-2", "back", {peer(80, "sg-1")})});
    handle.driver->attached = attached;
    handle.driver->on_call = [](const std::string&) {
      return Status(passing_error(ErrorCode::conflict, "still used"));
    };
    const auto done = handle.compute.destroy_firewall("sg-1", {.wait_limit = std::chrono::seconds(1)});
    CHECK(code_of(done) == (attached.has_value() ? "conflict" : "permission_denied"));
    CHECK(std::count(handle.calls().begin(), handle.calls().end(), "list_firewalls") == 0);
  }
}

TEST_CASE("rules that name a firewall come back when it cannot be destroyed all the same") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web");
  handle.driver->pages << InstancePage();
  handle.driver->firewall_pages << page({firewall("sg-2", "back", {peer(80, "sg-1"), tcp(22, {"10.0.0.0/8"})})});
  bool broken = false;
  handle.driver->on_call = [&](const std::string& call) -> Status {
    if (call.starts_with("destroy")) return passing_error(ErrorCode::conflict, "still used");
    return broken && call.starts_with("authorize") ? Status(Error(ErrorCode::permission_denied, "no")) : Status();
  };
  const WaitInstanceOptions short_wait{.wait_limit = std::chrono::seconds(1)};
  CHECK(code_of(handle.compute.destroy_firewall("sg-1", short_wait)) == "conflict");
  CHECK(handle.calls().back() == "authorize sg-2 1");
  CHECK(handle.driver->sent_rules == std::vector<FirewallRule>{peer(80, "sg-1")});
  broken = true;
  const auto lost = handle.compute.destroy_firewall("sg-1", short_wait);
  CHECK(lost.error().message ==
        "still used (for 1 s); rules that let it in were taken away, and could not be put back, of sg-2");
}

TEST_CASE("rules that name a firewall are not away for longer than some seconds, however long it is waited for") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web");
  handle.driver->pages << InstancePage();
  handle.driver->firewall_pages << page({firewall("sg-2", "back", {peer(80, "sg-1")})});
  Context::Clock::time_point gone;
  Context::Clock::time_point back;
  handle.driver->on_call = [&](const std::string& call) -> Status {
    if (call.starts_with("revoke")) gone = handle.time.now;
    if (call.starts_with("authorize")) back = handle.time.now;
    return call.starts_with("destroy") ? Status(passing_error(ErrorCode::conflict, "still used")) : Status();
  };
  const auto done = handle.compute.destroy_firewall("sg-1", {.wait_limit = std::chrono::minutes(15)});
  CHECK(code_of(done) == "conflict");
  CHECK(done.error().message == "still used (for 15 s)");
  CHECK(handle.calls().back() == "authorize sg-2 1");
  CHECK(back - gone <= std::chrono::seconds(20));
  // Where there are none it is waited for to the end.
  handle.driver->firewall_pages = {};
  handle.driver->firewall_pages << page({});
  const auto waited = handle.compute.destroy_firewall("sg-1", {.wait_limit = std::chrono::minutes(15)});
  CHECK(waited.error().message == "still used (for 900 s)");
}

TEST_CASE("rules that name a firewall go before it does, and what uses it is waited for") {
  ScriptedHandle handle;
  handle.driver->firewalls << firewall("sg-1", "web");
  handle.driver->firewall_pages << page({firewall("sg-1", "web", {peer(80, "sg-1")}),
                                         firewall("sg-2", "back", {peer(80, "sg-1"), tcp(22, {"10.0.0.0/8"})}),
                                         firewall("sg-3", "other", {peer(80, "sg-2")})});
  handle.driver->pages << InstancePage();
  int busy = 4;
  handle.driver->on_call = [&](const std::string& call) -> Status {
    if (call == "destroy_firewall sg-1" && busy-- > 0) return passing_error(ErrorCode::conflict, "still used");
    return {};
  };
  CHECK(handle.compute.destroy_firewall("sg-1"));
  CHECK(handle.calls() == Calls{"get_firewall sg-1", "destroy_firewall sg-1", "list_page", "list_firewalls",
                                "revoke sg-2 1", "destroy_firewall sg-1", "destroy_firewall sg-1",
                                "destroy_firewall sg-1", "destroy_firewall sg-1"});
  CHECK(handle.time.waits == std::vector<long>{2000, 4000, 8000});
  busy = 1'000'000;
  const auto late = handle.compute.destroy_firewall("sg-1", {.wait_limit = std::chrono::seconds(30)});
  CHECK(code_of(late) == "conflict");
  CHECK(late.error().message == "still used (for 15 s)");
  handle.driver->firewalls = {};
  handle.driver->firewalls << no_machine();
  CHECK(handle.compute.destroy_firewall("sg-1"));
}
