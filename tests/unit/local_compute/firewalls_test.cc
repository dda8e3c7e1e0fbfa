#include "fixture.h"

using ::test::Machines;
using ::test::spec_of;
using namespace cloudkit;

namespace {

FirewallRule tcp(int port, const std::string& cidr, const std::string& description = {}) {
  FirewallRule rule;
  rule.from = port;
  rule.to = port;
  rule.cidrs = {cidr};
  rule.description = description;
  return rule;
}

FirewallRule from_peer(const std::string& id) {
  FirewallRule rule;
  rule.protocol = Protocol::all;
  rule.peer_firewall = id;
  return rule;
}

}  // namespace

TEST_CASE("firewalls are kept with their rules") {
  Machines machines;
  CHECK(machines->list_firewalls_page({}, {}, {}, {}).value().firewalls.empty());
  FirewallSpec spec;
  spec.name = "web";
  spec.rules = {tcp(80, "0.0.0.0/0")};  // The handle's to add.
  spec.tags = {{"team", "blue"}};
  const Firewall made = machines->create_firewall(spec, {}).value();
  CHECK(made.id.starts_with("fw-"));
  CHECK(made.name == "web");
  CHECK(made.description == "managed by cloudkit");
  CHECK(made.network == "local");
  CHECK(made.rules.empty());
  CHECK(made.tags == spec.tags);

  REQUIRE(machines->authorize_rules(made.id, {tcp(80, "0.0.0.0/0"), tcp(22, "10.0.0.0/8", "office")}, {}).has_value());
  REQUIRE(machines->authorize_rules(made.id, {tcp(80, "0.0.0.0/0")}, {}).has_value());  // Is there already.
  Firewall found = machines->get_firewall(made.id, {}).value();
  CHECK(found.rules == std::vector<FirewallRule>{tcp(22, "10.0.0.0/8", "office"), tcp(80, "0.0.0.0/0")});
  REQUIRE(machines->authorize_rules(made.id, {tcp(22, "10.0.0.0/8", "home")}, {}).has_value());
  FirewallRule out = tcp(443, "::/0");
  out.direction = Direction::outbound;
  out.protocol = Protocol::udp;
  REQUIRE(machines->authorize_rules(made.id, {out}, {}).has_value());
  found = machines->get_firewall(made.id, {}).value();
  CHECK(found.rules == std::vector<FirewallRule>{tcp(80, "0.0.0.0/0"), tcp(22, "10.0.0.0/8", "home"), out});
  REQUIRE(machines->revoke_rules(made.id, {tcp(22, "10.0.0.0/8"), tcp(23, "10.0.0.0/8"), out}, {}).has_value());
  CHECK(machines->get_firewall(made.id, {}).value().rules == std::vector<FirewallRule>{tcp(80, "0.0.0.0/0")});

  const auto twice = machines->create_firewall(spec, {});
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().code == ErrorCode::already_exists);
  CHECK(twice.error().message == "the firewall " + made.id + " has this name");
}

TEST_CASE("firewalls are listed by name and network") {
  Machines machines;
  FirewallSpec spec;
  spec.name = "a";
  const std::string a = machines->create_firewall(spec, {}).value().id;
  spec.name = "b";
  spec.network = "local";
  const std::string b = machines->create_firewall(spec, {}).value().id;
  const auto count = [&](const char* name, const char* network) {
    return machines->list_firewalls_page(name, network, {}, {}).value().firewalls.size();
  };
  CHECK(count("", "") == 2);
  CHECK(count("a", "") == 1);
  CHECK(count("b", "local") == 1);
  CHECK(count("b", "vpc-1") == 0);
  CHECK(count("c", "") == 0);
  CHECK(machines->list_firewalls_page("a", {}, {}, {}).value().firewalls[0].id == a);
  spec.network = "vpc-1";
  spec.name = "c";
  CHECK(machines->create_firewall(spec, {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a firewall in use is not destroyed") {
  Machines machines;
  FirewallSpec spec;
  spec.name = "a";
  const std::string a = machines->create_firewall(spec, {}).value().id;
  spec.name = "b";
  const std::string b = machines->create_firewall(spec, {}).value().id;
  REQUIRE(machines->authorize_rules(b, {from_peer(a)}, {}).has_value());
  REQUIRE(machines->authorize_rules(a, {from_peer(a)}, {}).has_value());  // Names itself.
  Status refused = machines->destroy_firewall(a, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().retryable);
  CHECK(refused.error().message == "a rule of the firewall " + b + " names it");
  REQUIRE(machines->revoke_rules(b, {from_peer(a)}, {}).has_value());

  InstanceSpec machine = spec_of("web");
  machine.firewalls = {a};
  const Instance made = machines->create(machine, {}).value();
  CHECK(made.firewalls == std::vector<std::string>{a});
  refused = machines->destroy_firewall(a, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "the machine " + made.id + " uses the firewall");
  machines.destroy_all();
  CHECK(machines->destroy_firewall(a, {}).has_value());
  CHECK(machines->get_firewall(a, {}).error().code == ErrorCode::not_found);
  CHECK(machines->destroy_firewall(a, {}).error().code == ErrorCode::not_found);
  CHECK(machines->authorize_rules(a, {}, {}).error().code == ErrorCode::not_found);
  CHECK(machines->revoke_rules(a, {}, {}).error().code == ErrorCode::not_found);
  CHECK(machines->authorize_rules(b, {from_peer(a)}, {}).error().message == "there is no firewall \"" + a + "\"");
  for (const char* id : {"", "../lock", "a/b", ".."}) {
    CHECK(machines->get_firewall(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->destroy_firewall(id, {}).error().code == ErrorCode::not_found);
  }
}

TEST_CASE("keys are imported once, listed and destroyed") {
  Machines machines;
  CHECK(machines->list_keys({}).value().empty());
  // Its private half was thrown away.
  const std::string line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/ me@here";
  const KeyPair key = machines->import_key("mine", line, {}).value();
  CHECK(key.name == "mine");
  CHECK(key.id.starts_with("key-"));
  CHECK(key.fingerprint == "SHA256:pG25TM3aFkeysqgB052nxRvBAiPcB91O8U+nArJxex0");
  CHECK(machines->import_key("mine", line, {}).error().code == ErrorCode::already_exists);
  const auto keys = machines->list_keys({}).value();
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].id == key.id);
  CHECK(keys[0].fingerprint == key.fingerprint);
  InstanceSpec spec = spec_of("web");
  spec.key = "mine";
  CHECK(machines->create(spec, {}).value().key == "mine");
  CHECK(machines->destroy_key("mine", {}).has_value());
  CHECK(machines->destroy_key("mine", {}).has_value());
  CHECK(machines->destroy_key("../lock", {}).has_value());
  CHECK(std::filesystem::exists(machines.path("lock")));
  CHECK(machines->list_keys({}).value().empty());
  for (const char* broken : {"", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 not*base64 x"}) {
    CAPTURE(broken);
    CHECK(machines->import_key("other", broken, {}).error().message == "this is no public key");
  }
  CHECK(machines->import_key("a/b", line, {}).error().message == "this is no name of a key");
}

TEST_CASE("every known image is this computer") {
  Machines machines;
  for (const char* alias : {"host", "al2023", "debian-12", "ubuntu-24.04"}) {
    const Image image = machines->resolve_image(alias, {}).value();
    CHECK(image.id == "host");
    CHECK(image.name == alias);
    CHECK_FALSE(image.architecture.empty());
  }
  CHECK(machines->resolve_image("windows", {}).error().code == ErrorCode::invalid_argument);
}
