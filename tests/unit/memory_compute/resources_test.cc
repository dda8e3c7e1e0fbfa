#include "cloud.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;
using namespace cloudkit::test;

TEST_CASE("each network has a firewall of its own, which stays, and is a machine's without another one") {
  memory::MemoryComputeOptions options;
  options.networks = {"net-a", "net-b"};
  const Cloud cloud(options);
  const auto own = cloud.compute.list_firewalls().value();
  REQUIRE(own.size() == 2);
  CHECK(own[0].name == "default");
  CHECK(own[0].network == "net-a");
  CHECK(own[0].rules.size() == 2);
  CHECK(code_of(cloud.compute.destroy_firewall(own[0].id)) == "invalid_argument");
  CHECK(cloud.running().firewalls == std::vector<std::string>{own[0].id});
  CHECK(code_of(cloud.compute.ensure_firewall({.name = "web", .network = "net-c"})) == "not_found");
  const std::string b = cloud.compute.ensure_firewall({.name = "web", .network = "net-b"}).value().id;
  CHECK(code_of(cloud.compute.get_firewall("web")) == "not_found");  // By name in the default network.
  CHECK(cloud.compute.get_firewall(b).value().network == "net-b");
}

TEST_CASE("a firewall that a machine or another one's rule needs is not destroyed by the service") {
  const Cloud cloud;
  FirewallSpec front{.name = "front"};
  const std::string front_id = cloud.compute.ensure_firewall(front).value().id;
  FirewallRule from_front;
  from_front.from = from_front.to = 80;
  from_front.peer_firewall = "front";
  const std::string back_id = cloud.compute.ensure_firewall({.name = "back", .rules = {from_front}}).value().id;
  const auto raw = cloud.memory.driver();
  CHECK(code_of(raw->destroy_firewall(front_id, {})) == "conflict");
  InstanceSpec spec = machine_spec();
  spec.firewalls = {"back"};
  const std::string machine = cloud.compute.create(spec).value().id;
  CHECK(code_of(raw->destroy_firewall(back_id, {})) == "conflict");
  cloud.compute.destroy(machine, {.wait = true}).value();
  CHECK(raw->destroy_firewall(back_id, {}));
  CHECK(raw->destroy_firewall(front_id, {}));
}

TEST_CASE("a key's fingerprint is OpenSSH's") {
  const Cloud cloud;
  // The fingerprint is ssh-keygen's.
  const KeyPair key =
      cloud.compute
          .ensure_key("mine", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/ one")
          .value();
  CHECK(key.fingerprint == "SHA256:pG25TM3aFkeysqgB052nxRvBAiPcB91O8U+nArJxex0");
}

TEST_CASE("volumes belong to zones, and come free when their machine goes") {
  const Cloud cloud;
  const Instance machine = cloud.running();
  CHECK(code_of(cloud.compute.create_volume({.size_gib = 1, .zone = "none"})) == "not_found");
  const std::string far = cloud.compute.create_volume({.size_gib = 1, .zone = "mem-b"}).value().id;
  CHECK(code_of(cloud.compute.attach_volume(far, machine.id, "/dev/sdf")) == "invalid_argument");
  const std::string near = cloud.compute.create_volume({.size_gib = 1, .zone = machine.zone}).value().id;
  cloud.compute.attach_volume(near, machine.id, "/dev/sdf").value();
  CHECK(cloud.compute.get_volume(near).value().device == "/dev/sdf");
  CHECK(code_of(cloud.compute.attach_volume(near, "i-none", "/dev/sdf")) == "conflict");
  CHECK(code_of(cloud.compute.destroy_volume(near)) == "conflict");
  cloud.compute.destroy(machine.id, {.wait = true}).value();
  CHECK(cloud.compute.get_volume(near).value().state == VolumeState::available);
  CHECK(cloud.compute.destroy_volume(near));
  CHECK(cloud.compute.destroy_volume(far));
  CHECK(cloud.compute.list_volumes().value().empty());
}

TEST_CASE("a volume's token makes it once") {
  const Cloud cloud;
  VolumeSpec spec{.size_gib = 1, .zone = "mem-a", .token = "mine"};
  const std::string first = cloud.compute.create_volume(spec).value().id;
  CHECK(cloud.compute.create_volume(spec).value().id == first);
  spec.size_gib = 2;
  CHECK(code_of(cloud.compute.create_volume(spec)) == "conflict");
}

TEST_CASE("images are known by alias and by id") {
  const Cloud cloud;
  CHECK(cloud.compute.resolve_image("debian-12").value().id == "img-debian-12");
  CHECK(cloud.compute.resolve_image("img-debian-12").value().name == "debian-12");
  CHECK(code_of(cloud.compute.resolve_image("img-none")) == "not_found");
  const auto unknown_alias = cloud.compute.resolve_image("debian-11");
  CHECK(unknown_alias.error().message == "there is no alias debian-11 of an image");
  CHECK(unknown_alias.error().hint == "known are: al2023, debian-12, ubuntu-24.04");
}

TEST_CASE("listings of many pages are whole") {
  memory::MemoryComputeOptions options;
  options.page_size = 2;
  const Cloud cloud(options);
  for (int i = 0; i < 5; ++i) {
    const std::string number = std::to_string(i);
    cloud.compute.create(machine_spec("m" + number)).value();
    cloud.compute.ensure_firewall({.name = "f" + number}).value();
    cloud.compute.create_volume({.size_gib = 1, .zone = "mem-a"}).value();
  }
  CHECK(cloud.compute.list().value().size() == 5);
  CHECK(cloud.compute.list({.name = "m4"}).value().size() == 1);
  CHECK(cloud.compute.list_firewalls().value().size() == 6);
  CHECK(cloud.compute.list_volumes().value().size() == 5);
}
