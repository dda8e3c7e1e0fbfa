// Every operation of machines on AWS, call by call, against moto: it knows the words, and runs nothing.
#include "aws/ec2/driver.h"
#include "aws/ec2/open.h"
#include "support/moto.h"

#include <cloudkit/driver/compute.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {

const std::string kKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@host";

template <class T>
std::string text(const T& result) {
  return result ? "" : result.error().to_string();
}
template <class T>
Error refusal(const T& result) {
  REQUIRE_FALSE(result);
  return result.error();
}
// moto remembers what other runs have made.
std::string own_name(const std::string& name) {
  static const auto run = std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000'007);
  return "ck-moto-" + name + "-" + run;
}
#define REQUIRE_DONE(result) REQUIRE_MESSAGE((result), text(result))

// On the region's moto, with what the test made, which it ends with.
struct Machines {
  explicit Machines(ComputeDriver& with) : driver(with) {}
  Machines(const Machines&) = delete;
  Machines& operator=(const Machines&) = delete;
  ~Machines() {
    for (const std::string& id : made) CHECK(driver.destroy(id, {}));
  }

  Instance make(InstanceSpec spec) {
    if (spec.image.empty()) spec.image = image();
    if (spec.type.empty()) spec.type = "t2.micro";
    auto instance = driver.create(spec, {});
    REQUIRE_DONE(instance);
    made.push_back(instance->id);
    return *instance;
  }
  std::string image() {
    auto found = driver.resolve_image("al2023", {});
    REQUIRE_DONE(found);
    return found->id;
  }

  ComputeDriver& driver;
  std::vector<std::string> made;
};

std::shared_ptr<ComputeDriver> moto_driver() {
  const auto options = test::options_for_moto<aws::ComputeOptions>();
  return options ? aws::ec2::make_driver(*options).value() : nullptr;
}

FirewallRule rule(Protocol protocol, int port, std::string cidr, std::string peer = {}, std::string description = {}) {
  FirewallRule made;
  made.protocol = protocol;
  made.from = made.to = port;
  if (!cidr.empty()) made.cidrs = {std::move(cidr)};
  made.peer_firewall = std::move(peer);
  made.description = std::move(description);
  return made;
}

bool holds(const std::vector<FirewallRule>& rules, const FirewallRule& rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

TEST_CASE("a machine lives, by the words of EC2") {
  const auto driver = moto_driver();
  if (!driver) return;
  Machines machines(*driver);
  InstanceSpec spec;
  spec.name = own_name("web");
  spec.tags = {{"team", "blue & <green>"}, {"empty", ""}};
  spec.user_data = "#!/bin/sh\n";
  spec.token = own_name("token");
  const Instance made = machines.make(spec);
  CHECK(made.name == own_name("web"));
  CHECK(made.state == InstanceState::pending);

  const auto seen = driver->get(made.id, {});
  REQUIRE_DONE(seen);
  CHECK(seen->state == InstanceState::running);
  CHECK(seen->type == "t2.micro");
  CHECK(seen->zone.starts_with("us-west-2"));
  CHECK_FALSE(seen->private_ip.empty());
  CHECK(seen->firewalls.size() == 1);
  CHECK(seen->tags ==
        std::map<std::string, std::string>{{"Name", own_name("web")}, {"empty", ""}, {"team", "blue & <green>"}});
  CHECK(seen->token == own_name("token"));
  CHECK(seen->created > std::chrono::system_clock::now() - std::chrono::hours(1));

  REQUIRE_DONE(driver->stop(made.id, {}));
  CHECK(driver->get(made.id, {}).value().state == InstanceState::stopped);
  REQUIRE_DONE(driver->start(made.id, {}));
  CHECK(driver->get(made.id, {}).value().state == InstanceState::running);
  REQUIRE_DONE(driver->reboot(made.id, {}));
  REQUIRE_DONE(driver->set_tags(made.id, {{"team", "red"}, {"new", "*"}}, {}));
  REQUIRE_DONE(driver->remove_tags(made.id, {"empty"}, {}));
  CHECK(driver->get(made.id, {}).value().tags ==
        std::map<std::string, std::string>{{"Name", own_name("web")}, {"new", "*"}, {"team", "red"}});
  CHECK(driver->console(made.id, {}).value().find("Linux version") != std::string::npos);
  const auto ended = driver->destroy(made.id, {});
  REQUIRE_DONE(ended);
  CHECK(ended->id == made.id);
  CHECK(driver->get(made.id, {}).value().state == InstanceState::terminated);
}

TEST_CASE("a machine with a public address, a disk of its own size, a key and a firewall") {
  const auto driver = moto_driver();
  if (!driver) return;
  Machines machines(*driver);
  const auto firewall = driver->create_firewall({.name = own_name("public")}, {});
  REQUIRE_DONE(firewall);
  REQUIRE_DONE(driver->import_key(own_name("key"), kKey, {}));
  InstanceSpec spec;
  spec.firewalls = {firewall->id};
  spec.key = own_name("key");
  spec.public_ip = true;
  spec.disk_gib = 30;
  const auto seen = driver->get(machines.make(spec).id, {});
  REQUIRE_DONE(seen);
  CHECK_FALSE(seen->public_ip.empty());
  CHECK(seen->firewalls == std::vector<std::string>{firewall->id});
  CHECK(seen->key == own_name("key"));
  const auto page = driver->list_volumes_page({}, {});
  REQUIRE_DONE(page);
  const auto root = std::find_if(page->volumes.begin(), page->volumes.end(),
                                 [&](const Volume& volume) { return volume.instance == seen->id; });
  REQUIRE(root != page->volumes.end());
  CHECK(root->size_gib == 30);
  CHECK(driver->destroy_key(own_name("key"), {}));
  CHECK(driver->destroy_firewall(firewall->id, {}));
}

TEST_CASE("machines are filtered by what was meant, and listed page by page") {
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  if (!options) return;
  aws::ec2::Ec2Driver driver(std::make_shared<aws::service::Account>(*options), 5);
  Machines machines(driver);
  for (int i = 0; i < 7; ++i) {
    InstanceSpec spec;
    spec.name = own_name(i < 6 ? "page" : "rest");
    spec.tags = {{"pattern", i == 0 ? "a*?\\" : "a1"}};
    spec.token = own_name("token") + std::to_string(i);
    machines.make(spec);
  }
  const auto ids = [&](const InstanceFilter& filter, int* pages = nullptr) {
    std::vector<std::string> all;
    std::string token;
    do {
      const auto page = driver.list_page(filter, token, {});
      REQUIRE_DONE(page);
      if (pages != nullptr) ++*pages;
      for (const Instance& instance : page->instances) all.push_back(instance.id);
      token = page->next_page_token;
    } while (!token.empty());
    std::sort(all.begin(), all.end());
    return all;
  };
  int pages = 0;
  const auto named = ids({.name = own_name("page")}, &pages);
  CHECK(named.size() == 6);
  CHECK(std::adjacent_find(named.begin(), named.end()) == named.end());
  CHECK(pages == 2);
  const std::vector<std::string> first = {machines.made.front()};
  CHECK(ids({.ids = {machines.made.front(), "i-0123456789abcdef0"}}) == first);
  // moto 5.2 lacks this filter.
  CHECK(driver.list_page({.token = own_name("token") + "0"}, {}, {}).error().code == ErrorCode::unavailable);
  // As a pattern it would fit all of them.
  CHECK(ids({.name = own_name("page").substr(0, 12) + "*"}).empty());
  CHECK(ids({.name = own_name("page"), .tags = {{"pattern", "a?"}}}).empty());
  CHECK(ids({.name = own_name("page"), .states = {InstanceState::stopped, InstanceState::failed}}).empty());
  CHECK(driver.stop(machines.made.front(), {}));
  CHECK(ids({.name = own_name("page"), .states = {InstanceState::stopped, InstanceState::failed}}) == first);
}

TEST_CASE("a firewall's rules come back as they were given") {
  const auto driver = moto_driver();
  if (!driver) return;
  const auto peer = driver->create_firewall({.name = own_name("peer")}, {});
  REQUIRE_DONE(peer);
  const auto made =
      driver->create_firewall({.name = own_name("rules"), .description = "d (1)", .tags = {{"a", "1"}}}, {});
  REQUIRE_DONE(made);
  CHECK(driver->create_firewall({.name = own_name("rules")}, {}).error().code == ErrorCode::already_exists);

  std::vector<FirewallRule> rules = {
      rule(Protocol::tcp, 22, "0.0.0.0/0", "", "ssh & more"),
      rule(Protocol::udp, 53, "10.0.0.0/8"),
      rule(Protocol::tcp, 443, "2001:db8::/32"),
      rule(Protocol::icmp, 0, "10.0.0.0/8"),
      rule(Protocol::all, 0, "", peer->id),
  };
  rules.push_back(rule(Protocol::tcp, 25, "10.1.0.0/16"));
  rules.back().direction = Direction::outbound;
  REQUIRE_DONE(driver->authorize_rules(made->id, rules, {}));
  const auto seen = driver->get_firewall(made->id, {});
  REQUIRE_DONE(seen);
  CHECK(seen->name == own_name("rules"));
  CHECK(seen->description == "d (1)");
  CHECK(seen->network.starts_with("vpc-"));
  CHECK(seen->tags == std::map<std::string, std::string>{{"a", "1"}});
  for (const FirewallRule& given : rules) CHECK(holds(seen->rules, given));
  CHECK(holds(seen->rules, made->rules.front()));
  CHECK(seen->rules.size() == rules.size() + 1);
  CHECK(seen->other_rules.empty());

  // Again, with one that is new.
  std::vector<FirewallRule> more = {rules[0], rule(Protocol::tcp, 80, "0.0.0.0/0")};
  REQUIRE_DONE(driver->authorize_rules(made->id, more, {}));
  CHECK(driver->get_firewall(made->id, {}).value().rules.size() == rules.size() + 2);
  REQUIRE_DONE(driver->revoke_rules(made->id, rules, {}));
  // They are gone already.
  REQUIRE_DONE(driver->revoke_rules(made->id, rules, {}));
  CHECK(driver->get_firewall(made->id, {}).value().rules.size() == 2);

  CHECK(driver->list_firewalls_page(own_name("rules"), "", "", {}).value().firewalls.at(0).id == made->id);
  CHECK(driver->list_firewalls_page(own_name("rules"), seen->network, "", {}).value().firewalls.size() == 1);
  CHECK(driver->list_firewalls_page(own_name("rules"), "vpc-0123456789abcdef0", "", {}).value().firewalls.empty());
  CHECK(driver->list_firewalls_page("", "", "", {}).value().firewalls.size() > 2);
  for (const std::string& id : {made->id, peer->id}) {
    REQUIRE_DONE(driver->destroy_firewall(id, {}));
    CHECK(driver->get_firewall(id, {}).error().code == ErrorCode::not_found);
    CHECK(driver->destroy_firewall(id, {}).error().code == ErrorCode::not_found);
  }
}

TEST_CASE("keys are imported once, listed and removed") {
  const auto driver = moto_driver();
  if (!driver) return;
  const auto made = driver->import_key(own_name("laptop"), kKey, {});
  REQUIRE_DONE(made);
  CHECK(made->id.starts_with("key-"));
  CHECK_FALSE(made->fingerprint.empty());
  CHECK(driver->import_key(own_name("laptop"), kKey, {}).error().code == ErrorCode::already_exists);
  const auto all = driver->list_keys({});
  REQUIRE_DONE(all);
  const auto found =
      std::find_if(all->begin(), all->end(), [](const KeyPair& key) { return key.name == own_name("laptop"); });
  REQUIRE(found != all->end());
  CHECK(found->fingerprint == made->fingerprint);
  CHECK(driver->destroy_key(own_name("laptop"), {}));
  CHECK(driver->destroy_key(own_name("laptop"), {}));
}

TEST_CASE("images are found by what they are, and by id only where they are") {
  const auto driver = moto_driver();
  if (!driver) return;
  const auto amazon = driver->resolve_image("al2023", {});
  REQUIRE_DONE(amazon);
  CHECK(amazon->id.starts_with("ami-"));
  CHECK(amazon->name == "al2023");
  CHECK(driver->resolve_image("ubuntu-20.04", {}).error().code == ErrorCode::invalid_argument);
  const Error elsewhere = driver->resolve_image("ami-0c55b159cbfafe1f0", {}).error();
  CHECK(elsewhere.code == ErrorCode::not_found);
  CHECK(elsewhere.hint == "ids are per region; region is us-west-2");
}

TEST_CASE("a volume is made, attached, detached and destroyed") {
  const auto driver = moto_driver();
  if (!driver) return;
  Machines machines(*driver);
  const Instance machine = machines.make({});
  const auto made =
      driver->create_volume({.size_gib = 8, .zone = machine.zone, .type = "gp3", .tags = {{"a", "1"}}}, {});
  REQUIRE_DONE(made);
  CHECK(made->size_gib == 8);
  REQUIRE_DONE(driver->attach_volume(made->id, machine.id, "/dev/sdf", {}));
  const auto attached = driver->get_volume(made->id, {});
  REQUIRE_DONE(attached);
  CHECK(attached->state == VolumeState::in_use);
  CHECK(attached->instance == machine.id);
  CHECK(attached->device == "/dev/sdf");
  CHECK(attached->type == "gp3");
  CHECK(attached->tags == std::map<std::string, std::string>{{"a", "1"}});
  CHECK(driver->destroy_volume(made->id, {}).error().code == ErrorCode::conflict);
  // moto 5.2 wants to be told from where.
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  CHECK(driver->detach_volume(made->id, {}).error().http_status == 500);
  REQUIRE_DONE(
      aws::ServiceClient("ec2", *options)
          .call({.action = "DetachVolume", .parameters = {{"VolumeId", made->id}, {"InstanceId", machine.id}}}));
  CHECK(driver->get_volume(made->id, {}).value().state == VolumeState::available);
  REQUIRE_DONE(driver->destroy_volume(made->id, {}));
  CHECK(driver->get_volume(made->id, {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a command is taken and asked for, though moto runs none") {
  const auto driver = moto_driver();
  if (!driver) return;
  Machines machines(*driver);
  const Instance machine = machines.make({});
  const auto taken = driver->submit_command(machine.id, {"echo hello"}, {});
  REQUIRE_DONE(taken);
  const auto ended = driver->poll_command(machine.id, taken->id, {});
  REQUIRE_DONE(ended);
  REQUIRE(*ended);
  CHECK((*ended)->exit_code == 0);
  const Error unknown = driver->poll_command(machine.id, "11111111-2222-3333-4444-555555555555", {}).error();
  CHECK(unknown.code == ErrorCode::not_found);
}

TEST_CASE("what is missing or refused has the codes of EC2, and survives moto's pages of HTML") {
  const auto driver = moto_driver();
  if (!driver) return;
  const std::string id = "i-0123456789abcdef0";
  for (const Error& error :
       {driver->get(id, {}).error(), driver->destroy(id, {}).error(), driver->start(id, {}).error(),
        driver->stop(id, {}).error(), driver->reboot(id, {}).error()}) {
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.service_code == "InvalidInstanceID.NotFound");
    CHECK(error.hint == "ids are per region; region is us-west-2");
    CHECK(error.message.find(id) != std::string::npos);
  }
  // moto has no filter of such a name, and says so with 500 and a page.
  const auto options = test::options_for_moto<aws::ServiceOptions>();
  const auto page = aws::ServiceClient("ec2", *options)
                        .call({.action = "DescribeInstances",
                               .parameters = {{"Filter.1.Name", "no-such-filter"}, {"Filter.1.Value.1", "x"}}});
  REQUIRE_FALSE(page);
  CHECK(page.error().code == ErrorCode::unavailable);
  CHECK(page.error().message == "the service answered 500 and gave no reason");
}
