#include "compute/firewalls.h"
#include "compute/machines.h"
#include "compute/rules.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

// How a firewall ends: what names it must let go of it, but not before it is sure that it can go.
namespace cloudkit::inline v0::compute {
namespace {

// Rules of other firewalls that name one as their peer would keep it for ever. Those that are taken away come back
// unless it is destroyed.
class References {
 public:
  References(const Service& service, const std::string& id, const Context& context)
      : service_(service), id_(id), context_(context) {}

  Status revoke() {
    auto all = list_firewalls(service_, {}, {}, context_);
    if (!all) return std::move(all).error();
    for (Firewall& other : *all) {
      if (other.id == id_) continue;
      std::vector<FirewallRule> references = canonical(other.rules);
      std::erase_if(references, [&](const FirewallRule& rule) { return rule.peer_firewall != id_; });
      if (references.empty()) continue;
      const auto done = compute::revoke(service_, other.id, references, context_);
      if (!done && done.error().code == ErrorCode::not_found) continue;
      other.rules = std::move(references);
      taken_.push_back(std::move(other));  // Also when nobody knows whether they are.
      if (!done) return done;
    }
    return {};
  }

  /// Returns `error`, with what could not be put back.
  Error put_back(Error error) const {
    const Context context = Context::with_timeout(kCleanUpTime);  // The caller's may have ended.
    std::string lost;
    for (const Firewall& other : taken_) {
      if (authorize(service_, other, other.rules, context)) continue;
      core::append_listed(lost, other.id);
    }
    if (lost.empty()) return error;
    error.message += fmt::format("; rules that let it in were taken away, and could not be put back, of {}", lost);
    error.may_have_happened = true;
    return error;
  }

 private:
  const Service& service_;
  const std::string& id_;
  const Context& context_;
  std::vector<Firewall> taken_;  // With the rules that are taken away.
};

Result<bool> is_used(const Service& service, const std::string& id, const Context& context) {
  auto machines = list(service, {}, context);
  if (!machines) return std::move(machines).error();
  return std::any_of(machines->begin(), machines->end(),
                     [&](const Instance& machine) { return core::needs(machine, id); });
}

// Tries; and once no machine is in the way, without what names it.
class Destruction {
 public:
  Destruction(const Service& service, const Firewall& firewall, const Context& context)
      : service_(service), firewall_(firewall), context_(context), references_(service, firewall.id, context) {}

  Status run(Duration limit) {
    Patience patience(service_, context_, firewall_.id, limit);
    auto done = insist(patience, [&] { return attempt(); });
    if (done || done.error().code == ErrorCode::not_found) return {};
    return references_.put_back(std::move(done).error());
  }

 private:
  Status attempt() {
    auto done = service_.driver->destroy_firewall(firewall_.id, context_);
    const bool busy = !done && done.error().code == ErrorCode::conflict && done.error().retryable;
    if (!busy || revoked_) return done;
    auto used = is_used(service_, firewall_.id, context_);
    if (!used) return std::move(used).error();
    if (*used) return done;
    revoked_ = true;
    if (auto taken = references_.revoke(); !taken) return taken;
    return service_.driver->destroy_firewall(firewall_.id, context_);
  }

  const Service& service_;
  const Firewall& firewall_;
  const Context& context_;
  References references_;
  bool revoked_ = false;
};

}  // namespace

Status destroy_firewall(const Service& service, std::string_view firewall, Duration limit, const Context& context) {
  auto found = find_firewall(service, firewall, {}, context);
  if (!found && found.error().code == ErrorCode::not_found) return {};
  if (!found) return std::move(found).error();
  return destroy_firewall(service, *found, limit, context);
}

Status destroy_firewall(const Service& service, const Firewall& firewall, Duration limit, const Context& context) {
  if (firewall.name == "default") {
    return core::invalid_argument(
        fmt::format("{} is its network's own firewall, which cannot be destroyed", firewall.id),
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html");
  }
  if (auto done = Destruction(service, firewall, context).run(limit); !done) return done;
  service.recent.forget(firewall.id);
  service.recent.forget(firewall_subject(firewall.name, {}));
  service.recent.forget(firewall_subject(firewall.name, firewall.network));
  return {};
}

}  // namespace cloudkit::inline v0::compute
