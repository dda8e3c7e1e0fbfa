#include "testing/compute/suite.h"

#include <algorithm>
#include <chrono>

namespace cloudkit::inline v0::testing::machines {

void ComputeCase::needs_delay() const {
  if (!harness_.delay) skip("the harness has no delay");
}

void ComputeCase::needs_commands() const {
  needs(capabilities_.commands, "commands");
  if (!harness_.executes) skip("the harness says that nothing runs");
}

InstanceSpec ComputeCase::spec(std::string_view suffix) const {
  needs(capabilities_.create, "create");
  if (!harness_.spec) fail("the harness has no spec");
  InstanceSpec found = expect_ok(harness_.spec(), "the harness's spec");
  found.name = name(suffix);
  return found;
}

FirewallSpec ComputeCase::firewall_spec(std::string_view suffix) const {
  needs(capabilities_.firewalls, "firewalls");
  FirewallSpec spec;
  spec.name = name(suffix);
  return spec;
}

Result<Instance> ComputeCase::try_create(const InstanceSpec& spec) const {
  auto made = compute_.create(spec);
  if (made) machines_.insert(made->id);
  return made;
}

Instance ComputeCase::create(const InstanceSpec& spec) const {
  Instance made = expect_ok(try_create(spec), "creating " + spec.name);
  expect(!made.id.empty(), "a machine has an id");
  expect_equal(made.name, spec.name, "the name of a machine that was created");
  return made;
}

Instance ComputeCase::create_running(const InstanceSpec& spec) const {
  return wait_until(create(spec).id, InstanceState::running);
}

Firewall ComputeCase::ensure_firewall(const FirewallSpec& spec) const {
  auto ensured = compute_.ensure_firewall(spec);
  if (!ensured) {
    // It may be there, without its rules.
    if (const auto left = compute_.get_firewall(spec.name)) firewalls_.insert(left->id);
  }
  Firewall made = expect_ok(ensured, "ensuring the firewall " + spec.name);
  firewalls_.insert(made.id);
  return made;
}

KeyPair ComputeCase::ensure_key(std::string_view key, std::string_view public_key) const {
  keys_.insert(std::string(key));
  return expect_ok(compute_.ensure_key(key, public_key), "ensuring the key " + std::string(key));
}

Volume ComputeCase::create_volume(const VolumeSpec& spec) const {
  Volume made = expect_ok(compute_.create_volume(spec), "creating a volume");
  volumes_.insert(made.id);
  return made;
}

std::string ComputeCase::machine() const { return capabilities_.create ? create_running(spec()).id : harness_.host; }

Instance ComputeCase::wait_until(const std::string& id, InstanceState state) const {
  return expect_ok(compute_.wait_until(id, state), "waiting until it is " + std::string(to_string(state)));
}

void ComputeCase::destroy(const std::string& id) const {
  expect_ok(compute_.destroy(id, {.wait = true}), "destroying a machine and waiting");
  machines_.erase(id);
}

std::string ComputeCase::output(const std::string& id, std::string_view script) const {
  const CommandResult done = expect_ok(compute_.run(id, script), "running " + show(std::string(script)));
  expect_equal(done.exit_code, 0, "the status of " + show(std::string(script)) + ", which said " + show(done.err));
  return done.out;
}

std::string ComputeCase::directory(const std::string& id) const {
  if (!harness_.directory.empty()) return harness_.directory;
  std::string found = output(id, "pwd");
  while (found.ends_with('\n')) found.pop_back();
  return found;
}

bool ComputeCase::soon(const std::function<bool()>& holds) const {
  const auto end = std::chrono::steady_clock::now() + harness_.patience;
  auto wait = std::chrono::milliseconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    (void)Context().wait_for(wait);
    wait = std::min(wait * 2, std::chrono::milliseconds(5000));
  }
  return true;
}

Status ComputeCase::clean_up() const {
  Status first;
  const auto keep = [&first](Status done) {
    if (!done && first) first = std::move(done);
  };
  for (const std::string& id : volumes_) {
    if (auto detached = compute_.detach_volume(id); !detached && detached.error().code == ErrorCode::not_found)
      continue;
    keep(compute_.destroy_volume(id));
  }
  // Firewalls are used until the last machine is gone.
  for (const std::string& id : machines_) keep(compute_.destroy(id));
  for (const std::string& id : machines_) keep(compute_.destroy(id, {.wait = !firewalls_.empty()}));
  for (const std::string& id : firewalls_) keep(compute_.destroy_firewall(id));
  for (const std::string& key : keys_) keep(compute_.destroy_key(key));
  return first;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

std::vector<std::string> flat(const std::vector<FirewallRule>& rules) {
  std::vector<std::string> lines;
  for (const FirewallRule& rule : rules) {
    const std::string before = std::string(to_string(rule.direction)) + ' ' + std::string(to_string(rule.protocol)) +
                               ' ' + std::to_string(rule.from) + '-' + std::to_string(rule.to) + ' ';
    for (const std::string& cidr : rule.cidrs) lines.push_back(before + cidr);
    if (!rule.peer_firewall.empty()) lines.push_back(before + rule.peer_firewall);
  }
  return sorted(std::move(lines));
}

bool has(const std::vector<std::string>& lines, std::string_view line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

FirewallRule tcp_in(int port, std::string cidr) {
  FirewallRule rule;
  rule.from = rule.to = port;
  rule.cidrs = {std::move(cidr)};
  return rule;
}

}  // namespace cloudkit::inline v0::testing::machines
