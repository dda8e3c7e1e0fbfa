#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/whole_file.h"
#include "crypto/key_fingerprint.h"
#include "local/compute/driver.h"
#include "local/compute/firewall_record.h"
#include "local/stored.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

// Firewalls and keys, of which only the records are kept.
namespace cloudkit::inline v0::local::compute {
namespace {

constexpr std::string_view kNetwork = "local";
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
constexpr std::size_t kLongestName = 128;

// Safe as the name of a file.
bool is_record_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' &&
         text.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

Error no_such_firewall(std::string_view id) {
  return core::fail(ErrorCode::not_found, fmt::format("there is no firewall \"{}\"", core::printable_excerpt(id, 80)));
}

Error in_use(std::string why) {
  Error error = core::fail(ErrorCode::conflict, std::move(why));
  error.retryable = true;
  return error;
}

bool is_network(std::string_view network) { return network.empty() || network == kNetwork; }

}  // namespace

Result<Firewall> LocalComputeDriver::read_firewall(std::string_view id) const {
  if (!is_record_name(id)) return no_such_firewall(id);
  const auto text = core::read_whole_file(store_.path(fmt::format("firewalls/{}{}", id, kJsonSuffix)), kLargestRecord);
  if (!text) return text.error();
  if (!*text) return no_such_firewall(id);
  return parse_firewall(**text);
}

Result<std::vector<Firewall>> LocalComputeDriver::firewalls() const {
  std::vector<Firewall> found;
  if (::access(store_.path("firewalls").c_str(), F_OK) != 0) return found;
  const auto ids = stored_names(store_.path("firewalls"));
  if (!ids) return ids.error();
  for (const std::string& id : *ids) {
    auto firewall = read_firewall(id);
    if (!firewall && firewall.error().code == ErrorCode::not_found) continue;  // It went meanwhile.
    if (!firewall) return std::move(firewall).error();
    found.push_back(*std::move(firewall));
  }
  return found;
}

Status LocalComputeDriver::write_firewall(const Firewall& firewall) const {
  const auto text = to_json(firewall);
  if (!text) return text.error();
  return core::replace_private_file(store_.path(fmt::format("firewalls/{}{}", firewall.id, kJsonSuffix)), *text);
}

Result<Firewall> LocalComputeDriver::create_firewall(const FirewallSpec& spec, const Context& context) {
  if (!is_network(spec.network)) {
    return core::fail(ErrorCode::not_found, "there is one network on this computer, \"local\"");
  }
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  const auto others = firewalls();
  if (!others) return others.error();
  for (const Firewall& other : *others) {
    if (other.name == spec.name) {
      return core::fail(ErrorCode::already_exists, fmt::format("the firewall {} has this name", other.id));
    }
  }
  Firewall firewall{"fw-" + core::random_hex(8), spec.name, spec.description, std::string(kNetwork), {}, spec.tags};
  if (auto status = write_firewall(firewall); !status) return std::move(status).error();
  return firewall;
}

Result<Firewall> LocalComputeDriver::get_firewall(std::string_view id, const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  return read_firewall(id);
}

Result<FirewallPage> LocalComputeDriver::list_firewalls_page(std::string_view name, std::string_view network,
                                                             std::string_view, const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  auto found = firewalls();
  if (!found) return std::move(found).error();
  std::erase_if(*found, [&](const Firewall& firewall) {
    return !is_network(network) || (!name.empty() && firewall.name != name);
  });
  return FirewallPage{*std::move(found), {}};
}

Status LocalComputeDriver::authorize_rules(std::string_view id, const std::vector<FirewallRule>& rules,
                                           const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  auto firewall = read_firewall(id);
  if (!firewall) return firewall.error();
  for (const FirewallRule& rule : rules) {
    if (!rule.peer_firewall.empty()) {
      if (const auto peer = read_firewall(rule.peer_firewall); !peer) return peer.error();
    }
    std::erase_if(firewall->rules, [&](const FirewallRule& old) { return core::same_traffic(old, rule); });
    firewall->rules.push_back(rule);
  }
  return write_firewall(*firewall);
}

Status LocalComputeDriver::revoke_rules(std::string_view id, const std::vector<FirewallRule>& rules,
                                        const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  auto firewall = read_firewall(id);
  if (!firewall) return firewall.error();
  for (const FirewallRule& rule : rules) {
    std::erase_if(firewall->rules, [&](const FirewallRule& old) { return core::same_traffic(old, rule); });
  }
  return write_firewall(*firewall);
}

Status LocalComputeDriver::check_unused(const Firewall& firewall) const {
  const auto machines = store_.all();
  if (!machines) return machines.error();
  for (const Machine& machine : *machines) {
    const auto& used = machine.record.spec.firewalls;
    if (!machine.gone && std::find(used.begin(), used.end(), firewall.id) != used.end()) {
      return in_use(fmt::format("the machine {} uses the firewall", machine.record.id));
    }
  }
  const auto others = firewalls();
  if (!others) return others.error();
  for (const Firewall& other : *others) {
    const bool names_it = std::any_of(other.rules.begin(), other.rules.end(),
                                      [&](const FirewallRule& rule) { return rule.peer_firewall == firewall.id; });
    if (other.id != firewall.id && names_it) {
      return in_use(fmt::format("a rule of the firewall {} names it", other.id));
    }
  }
  return {};
}

Status LocalComputeDriver::destroy_firewall(std::string_view id, const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  const auto firewall = read_firewall(id);
  if (!firewall) return firewall.error();
  if (auto status = check_unused(*firewall); !status) return status;
  return remove_file(store_.path(fmt::format("firewalls/{}{}", id, kJsonSuffix)));
}

Result<KeyPair> LocalComputeDriver::import_key(std::string_view name, std::string_view public_key,
                                               const Context& context) {
  if (!is_record_name(name)) return core::invalid_argument("this is no name of a key");
  auto fingerprint = crypto::key_fingerprint(public_key);
  if (!fingerprint) {
    return core::invalid_argument("this is no public key", "pass a line such as \"ssh-ed25519 AAAA… comment\"");
  }
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  const std::string path = store_.path(fmt::format("keys/{}{}", name, kJsonSuffix));
  if (::access(path.c_str(), F_OK) == 0) return core::fail(ErrorCode::already_exists, "a key has this name");
  KeyPair key{std::string(name), "key-" + core::random_hex(8), *std::move(fingerprint)};
  const auto text = to_json(key, core::trim(public_key));
  if (!text) return text.error();
  if (auto status = core::replace_private_file(path, *text); !status) return std::move(status).error();
  return key;
}

Result<std::vector<KeyPair>> LocalComputeDriver::list_keys(const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  std::vector<KeyPair> keys;
  if (::access(store_.path("keys").c_str(), F_OK) != 0) return keys;
  const auto names = stored_names(store_.path("keys"));
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const auto text = core::read_whole_file(store_.path(fmt::format("keys/{}{}", name, kJsonSuffix)), kLargestRecord);
    if (!text) return text.error();
    if (!*text) continue;  // It went meanwhile.
    auto key = parse_key(**text);
    if (!key) return std::move(key).error();
    keys.push_back(*std::move(key));
  }
  return keys;
}

Status LocalComputeDriver::destroy_key(std::string_view name, const Context& context) {
  if (!is_record_name(name)) return {};  // There is none.
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  return remove_file(store_.path(fmt::format("keys/{}{}", name, kJsonSuffix)));
}

}  // namespace cloudkit::inline v0::local::compute
