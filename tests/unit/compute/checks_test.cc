#include "support.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

// Of a machine whose spec was changed so. Nothing may have been sent.
template <class Change>
std::string refusal_of_spec(Change change) {
  ScriptedHandle handle;
  InstanceSpec spec = good_spec();
  change(spec);
  const auto made = handle.compute.create(spec);
  CHECK(handle.calls().empty());
  return made ? "success" : made.error().message;
}

std::string firewall_refusal(const FirewallSpec& spec) {
  ScriptedHandle handle;
  const auto made = handle.compute.ensure_firewall(spec);
  CHECK(handle.calls().empty());
  return made ? "success" : made.error().message;
}

std::string rule_refusal(const FirewallRule& rule) {
  FirewallSpec spec;
  spec.name = "web";
  spec.rules = {rule};
  return firewall_refusal(spec);
}

FirewallRule from(std::string cidr) {
  FirewallRule rule;
  rule.from = rule.to = 22;
  rule.cidrs = {std::move(cidr)};
  return rule;
}

}  // namespace

TEST_CASE("a name is what every cloud takes") {
  for (const char* name : {"", "Web", "1web", "-web", "web-", "web_1", "web.1", "w\xC3\xA4"}) {
    CAPTURE(name);
    CHECK(refusal_of_spec([&](InstanceSpec& spec) { spec.name = name; }).find("is no name of a machine") !=
          std::string::npos);
  }
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.name = std::string(64, 'a'); }) ==
        "\"" + std::string(64, 'a') +
            "\" is no name of a machine: 1 to 63 lower-case letters, digits and '-', a letter first, no '-' last");
}

TEST_CASE("a spec says what it must, and nothing that a service could not read") {
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.image.clear(); }) == "the spec has no image");
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.type.clear(); }) == "the spec has no type");
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.zone = "a b"; }) == "\"a b\" is no name or id of a zone");
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.firewalls = {"web", ""}; }) ==
        "the firewall that is named is empty");
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.disk_gib = 0; }) == "disk_gib is 1 to 65536, not 0");
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.token = std::string(65, 't'); }).find("at most 64 printable") !=
        std::string::npos);
  CHECK(refusal_of_spec([](InstanceSpec& spec) { spec.token = "a\nb"; }).find("is no token") != std::string::npos);
}

TEST_CASE("user data has the backend's limit, and its page") {
  ScriptedHandle handle;
  InstanceSpec spec = good_spec();
  spec.user_data = std::string(101, '#');
  const auto made = handle.compute.create(spec);
  REQUIRE(!made);
  CHECK(made.error().code == ErrorCode::invalid_argument);
  CHECK(made.error().message == "the user data has 101 bytes, more than 100");
  CHECK(made.error().hint ==
        "compress it (cloud-init takes gzip), or let it fetch the rest from a bucket; "
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html");
  handle.driver->able.user_data = false;
  CHECK(handle.compute.create(spec).error().message == "this backend of machines does not offer user data");
}

TEST_CASE("tags are counted in characters, and aws: is taken in any case") {
  const auto with = [](std::map<std::string, std::string> tags) {
    return refusal_of_spec([&](InstanceSpec& spec) { spec.tags = tags; });
  };
  CHECK(with({{"", "x"}}) == "a tag has no name");
  CHECK(with({{"AWS:x", ""}}) == "the tag \"AWS:x\" is not yours to set: aws: is taken");
  CHECK(with({{std::string(129, 'a'), ""}}).find("a tag's name is at most 128 characters") == 0);
  CHECK(with({{"a", std::string(257, 'a')}}).find("a tag's value is at most 256 characters") == 0);
  CHECK(with({{"a", "b\nc"}}).find("a tag's value") == 0);
  CHECK(with({{"a", "\xFF"}}).find("a tag's value") == 0);
  CHECK(with({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}) == "4 tags are more than 3");
  CHECK(with({{"Name", "other"}}) == "the tag Name is \"other\", and the name \"web\"");
  // 256 characters of two bytes each are 256 characters.
  ScriptedHandle handle;
  handle.driver->creates << instance_in(InstanceState::pending);
  handle.driver->images << Image{"ami-1", "", ""};
  InstanceSpec spec = good_spec();
  for (int i = 0; i < 256; ++i) spec.tags["a"] += "\xC3\xA4";
  spec.tags["Name"] = "web";
  CHECK(code_of(handle.compute.create(spec)) == "success");
}

TEST_CASE("a range of addresses has no bits of a host, and the error says what was meant") {
  const auto hint = [](const char* cidr) {
    ScriptedHandle handle;
    FirewallSpec spec;
    spec.name = "web";
    spec.rules = {from(cidr)};
    return handle.compute.ensure_firewall(spec).error().hint;
  };
  CHECK(rule_refusal(from("10.1.2.3/8")) == "\"10.1.2.3/8\" has bits of a host beyond its /8");
  CHECK(hint("10.1.2.3/8").find("write \"10.0.0.0/8\" for the range, \"10.1.2.3/32\" for the one address; https://") ==
        0);
  CHECK(hint("2001:db8::1/32").find("write \"2001:db8::/32\" for the range, \"2001:db8::1/128\"") == 0);
  CHECK(rule_refusal(from("10.0.0.1")) == "\"10.0.0.1\" is an address, not a range of them");
  CHECK(hint("10.0.0.1") == "for this one address write \"10.0.0.1/32\"");
  CHECK(rule_refusal(from("10.0.0.0/33")) == "\"10.0.0.0/33\": what follows the / is 0 to 32");
  CHECK(rule_refusal(from("::/129")) == "\"::/129\": what follows the / is 0 to 128");
  for (const char* none : {"", "/", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "300.0.0.0/8", "a/8"}) {
    CAPTURE(none);
    CHECK(rule_refusal(from(none)) != "success");
  }
}

TEST_CASE("a rule's ports go forwards, and belong to protocols that have them") {
  FirewallRule rule = from("10.0.0.0/8");
  rule.from = 80;
  CHECK(rule_refusal(rule) == "tcp ports 80 to 22 go backwards");
  rule.from = -1;
  CHECK(rule_refusal(rule) == "tcp ports -1 to 22: a port is 0 to 65535");
  rule.to = 65'536;
  CHECK(rule_refusal(rule) == "tcp ports -1 to 65536: a port is 0 to 65535");
  rule.protocol = Protocol::icmp;
  CHECK(rule_refusal(rule) == "a rule of protocol icmp has no ports: from and to are 0");
  rule = from("10.0.0.0/8");
  rule.cidrs.clear();
  CHECK(rule_refusal(rule) == "a rule lets through nobody: it has neither cidrs nor a peer_firewall");
  rule.peer_firewall = "a\nb";
  CHECK(rule_refusal(rule) == "\"a?b\" is no name or id of a firewall");
  rule = from("10.0.0.0/8");
  rule.description = std::string(256, 'a');
  CHECK(rule_refusal(rule).find("is no description: at most 255") != std::string::npos);
}

TEST_CASE("a firewall's name is neither an id nor the network's own") {
  FirewallSpec spec;
  for (const char* name : {"sg-1", "default"}) {
    spec.name = name;
    CHECK(firewall_refusal(spec).find("a firewall of yours is not called") == 0);
  }
  spec.name = "web";
  spec.description.clear();
  CHECK(firewall_refusal(spec) == "the firewall has no description");
  spec.description = "caf\xC3\xA9";
  CHECK(firewall_refusal(spec).find("is no description") != std::string::npos);
}

TEST_CASE("what is named is printable, and no option of a program") {
  ScriptedHandle handle;
  for (const char* id : {"", " ", "-oProxyCommand=x", "a b", "a\nb", "\xC3\xA4"}) {
    CAPTURE(id);
    CHECK(code_of(handle.compute.get(id)) == "invalid_argument");
    CHECK(code_of(handle.compute.start(id)) == "invalid_argument");
    CHECK(code_of(handle.compute.destroy(id)) == "invalid_argument");
    CHECK(code_of(handle.compute.run(id, "true")) == "invalid_argument");
    CHECK(code_of(handle.compute.list({.ids = {id}})) == "invalid_argument");
    CHECK(code_of(handle.compute.attach_volume("v", id, "/dev/sdf")) == "invalid_argument");
  }
  CHECK(handle.calls().empty());
}

TEST_CASE("what others have named may be called as they like, in letters that can be shown") {
  ScriptedHandle handle;
  Instance theirs = instance_in(InstanceState::running);
  theirs.name = "My Server \xC3\xA4";
  handle.driver->pages << InstancePage{{theirs}, ""};
  CHECK(handle.compute.find("My Server \xC3\xA4").value().id == "i-1");
  CHECK(handle.driver->filter.name == "My Server \xC3\xA4");
  CHECK(handle.compute.destroy_key("my laptop"));
  Firewall firewall;
  firewall.id = "sg-1";
  handle.driver->firewall_pages << FirewallPage{{firewall}, ""};
  CHECK(handle.compute.get_firewall("launch wizard 1").value().id == "sg-1");
  handle.driver->creates << instance_in(InstanceState::pending);
  handle.driver->images << Image{"ami-1", "", ""};
  InstanceSpec spec = good_spec();
  spec.key = "my laptop";
  spec.firewalls = {"launch wizard 1"};
  CHECK(handle.compute.create(spec));
  handle.driver->calls.clear();
  for (const char* name : {"", " ", "-oProxyCommand=x", "a\nb", "a\x7F", "\xFF"}) {
    CAPTURE(name);
    CHECK(code_of(handle.compute.find(name)) == "invalid_argument");
    CHECK(code_of(handle.compute.list({.name = *name == 0 ? " " : name})) == "invalid_argument");
    CHECK(code_of(handle.compute.destroy_key(name)) == "invalid_argument");
    CHECK(code_of(handle.compute.destroy_firewall(name)) == "invalid_argument");
    CHECK(code_of(handle.compute.set_rules(name, {})) == "invalid_argument");
  }
  // What is made is called as every cloud takes it.
  CHECK(code_of(handle.compute.ensure_key("my laptop", "ssh-ed25519 A")) == "invalid_argument");
  CHECK(handle.calls().empty());
}

TEST_CASE("a machine's name is one of its tags") {
  const auto with = [](std::map<std::string, std::string> tags) {
    return refusal_of_spec([&](InstanceSpec& spec) { spec.tags = tags; });
  };
  CHECK(with({{"a", ""}, {"b", ""}, {"c", ""}}) == "3 tags and the name are more than the 3 tags of a machine");
}

TEST_CASE("only a state that stays is waited for") {
  ScriptedHandle handle;
  for (const auto state : {InstanceState::pending, InstanceState::stopping, InstanceState::unknown}) {
    const auto waited = handle.compute.wait_until("i-1", state);
    CHECK(code_of(waited) == "invalid_argument");
    CHECK(waited.error().message ==
          std::string(to_string(state)) + " passes between two looks, and cannot be waited for");
  }
  CHECK(handle.calls().empty());
}

TEST_CASE("scripts, steps, files and probes are checked before anything is sent") {
  ScriptedHandle handle;
  handle.driver->able.max_script = 10;
  handle.driver->able.min_command_timeout = std::chrono::seconds(5);
  const Compute& compute = handle.compute;
  const auto text = [](const auto& result) { return result ? "success" : result.error().message; };
  CHECK(text(compute.run("i-1", "")) == "the script is empty");
  CHECK(text(compute.run("i-1", std::string("a\0b", 3))) ==
        "the script holds a NUL byte, at which a shell would end it");
  CHECK(text(compute.run("i-1", "01234567890")) == "the script has 11 bytes, more than 10");
  CHECK(text(compute.run("i-1", "true", {.timeout = std::chrono::seconds(4)})) ==
        "the timeout of a script is at least 5 s, not 4 s");
  const std::vector<RunStep> steps = {{"one", "true"}};
  CHECK(text(compute.run_all({"i-1"}, {})) == "there are no steps to run");
  CHECK(text(compute.run_all({"i-1"}, {{"one", ""}})) == "the step \"one\": the script is empty");
  CHECK(text(compute.run_all({"i-1", "i-1"}, steps)) == "the machine \"i-1\" is named twice");
  CHECK(text(compute.run_all({"i-1"}, steps, {.workers = 0})) == "workers is at least 1, not 0");
  CHECK(text(compute.copy_file("i-1", "x", "a/b")) == "\"a/b\" is no absolute path on the machine");
  for (const char* path : {"/", "/a/", "/a/.", "/a/.."}) {
    CHECK(text(compute.copy_file("i-1", "x", path)).find("names a directory, not a file") != std::string::npos);
  }
  CHECK(text(compute.copy_file("i-1", "x", "/a", {.mode = 010000})) == "the mode is 0 to 07777, not 010000");
  CHECK(text(compute.copy_file("i-1", "x", "/a", {.timeout = std::chrono::seconds(4)})) ==
        "the timeout of a script is at least 5 s, not 4 s");
  CHECK(text(compute.wait_ready("i-1", {.tcp_port = 65'536})) == "a port is 1 to 65535, not 65536");
  CHECK(text(compute.wait_ready("i-1", {.http_url = "ftp://{host}/"})).find("does not begin with http://") !=
        std::string::npos);
  CHECK(text(compute.create_volume({.size_gib = 0, .zone = "a"})) == "size_gib is 1 to 65536, not 0");
  CHECK(text(compute.create_volume({.size_gib = 1})) == "the volume has no zone");
  CHECK(text(compute.attach_volume("v", "i-1", "")) == "the device is empty");
  CHECK(handle.calls().empty());
}

TEST_CASE("what a backend does not offer is unsupported before anything is sent") {
  ScriptedHandle handle;
  handle.driver->able = {};
  const Compute& compute = handle.compute;
  const std::vector<std::string> codes = {code_of(compute.create(good_spec())),
                                          code_of(compute.destroy("i-1")),
                                          code_of(compute.start("i-1")),
                                          code_of(compute.stop("i-1")),
                                          code_of(compute.reboot("i-1")),
                                          code_of(compute.console("i-1")),
                                          code_of(compute.set_tags("i-1", {{"a", "b"}})),
                                          code_of(compute.remove_tags("i-1", {"a"})),
                                          code_of(compute.run("i-1", "true")),
                                          code_of(compute.run_all({"i-1"}, {{"one", "true"}})),
                                          code_of(compute.copy_file("i-1", "x", "/x")),
                                          code_of(compute.wait_ready("i-1", {})),
                                          code_of(compute.ensure_firewall({.name = "web"})),
                                          code_of(compute.get_firewall("web")),
                                          code_of(compute.list_firewalls()),
                                          code_of(compute.set_rules("web", {})),
                                          code_of(compute.destroy_firewall("web")),
                                          code_of(compute.ensure_key("k", "ssh-ed25519 A")),
                                          code_of(compute.list_keys()),
                                          code_of(compute.destroy_key("k")),
                                          code_of(compute.resolve_image("al2023")),
                                          code_of(compute.create_volume({.size_gib = 1, .zone = "a"})),
                                          code_of(compute.get_volume("v")),
                                          code_of(compute.list_volumes()),
                                          code_of(compute.attach_volume("v", "i-1", "/dev/sdf")),
                                          code_of(compute.detach_volume("v")),
                                          code_of(compute.destroy_volume("v"))};
  CHECK(codes == std::vector<std::string>(codes.size(), "unsupported"));
  CHECK(compute.run("i-1", "true").error().to_string() ==
        "run fake://here machine i-1: unsupported: this backend of machines does not offer commands");
  CHECK(handle.calls().empty());
}
