#include "core/compute_rules.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using core::matches;

TEST_CASE("a filter lets through what all of its members name, and of several ids or states one") {
  Instance web;
  web.id = "i-1";
  web.name = "web";
  web.state = InstanceState::running;
  web.tags = {{"team", "a"}, {"tier", "front"}};
  web.token = "t1";
  CHECK(matches({}, web));
  CHECK(
      matches({.name = "web", .ids = {"i-2", "i-1"}, .states = {InstanceState::running, InstanceState::stopped}}, web));
  CHECK(matches({.tags = {{"team", "a"}, {"tier", "front"}}, .token = "t1"}, web));
  CHECK(!matches({.name = "web2"}, web));
  CHECK(!matches({.ids = {"i-2"}}, web));
  CHECK(!matches({.states = {InstanceState::stopped}}, web));
  CHECK(!matches({.tags = {{"team", "a"}, {"tier", "back"}}}, web));
  CHECK(!matches({.tags = {{"owner", ""}}}, web));
  CHECK(!matches({.token = "t2"}, web));
}

TEST_CASE("descriptions tell no rules apart, all else does") {
  FirewallRule ssh;
  ssh.from = ssh.to = 22;
  ssh.cidrs = {"10.0.0.0/8"};
  FirewallRule other = ssh;
  other.description = "for us";
  CHECK(core::same_traffic(ssh, other));
  other.to = 23;
  CHECK(!core::same_traffic(ssh, other));
  CHECK(!core::same_traffic(ssh, core::everything_out()));
}

TEST_CASE("a machine needs its firewalls until it goes") {
  Instance web;
  web.state = InstanceState::stopped;
  web.firewalls = {"sg-1", "sg-2"};
  CHECK(core::needs(web, "sg-2"));
  CHECK(!core::needs(web, "sg-3"));
  web.state = InstanceState::terminating;
  CHECK(!core::needs(web, "sg-2"));
}

TEST_CASE("only what ends for ever is gone") {
  CHECK(core::is_gone(InstanceState::terminating));
  CHECK(core::is_gone(InstanceState::terminated));
  for (const auto state :
       {InstanceState::pending, InstanceState::stopped, InstanceState::failed, InstanceState::unknown}) {
    CHECK(!core::is_gone(state));
  }
}
