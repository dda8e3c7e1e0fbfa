#include "compute/firewalls.h"
#include "compute/machines.h"
#include "compute/rules.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/pacing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

// How a firewall ends: what names it must let go of it, but not before it is sure that it can go.
namespace cloudkit::inline v0::compute {
namespace {

// What is let in by rules that were taken away is shut out meanwhile.
constexpr Duration kLongestWithoutRules = std::chrono::seconds(15);

bool is_busy(const Error& error) { return error.code == ErrorCode::conflict && error.retryable; }

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

  bool any_taken() const { return !taken_.empty(); }

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
  const bool by_machine = std::any_of(machines->begin(), machines->end(),
                                      [&](const Instance& machine) { return core::needs(machine, id); });
  if (by_machine) return true;
  return look_by([&] { return service.driver->is_firewall_attached(id, context); });
}

// Tries; and once nothing is in the way that uses it, without what names it.
class Destruction {
 public:
  Destruction(const Service& service, const Firewall& firewall, Duration limit, const Context& context)
      : service_(service),
        firewall_(firewall),
        context_(context),
        references_(service, firewall.id, context),
        patience_(service, context, firewall.id, limit),
        end_(service.hooks.now() + limit) {}

  Status run() {
    auto done = insist(*this, [&] { return attempt(); });
    if (done || done.error().code == ErrorCode::not_found) return {};
    return references_.put_back(std::move(done).error());
  }

  /// As that of Patience.
  Status pause(const Error& error) {
    if (!references_.any_taken() || error.may_have_happened || !is_busy(error)) return patience_.pause(error);
    if (!without_rules_) {
      const Duration limit = std::min<Duration>(kLongestWithoutRules, end_ - service_.hooks.now());
      without_rules_.emplace(service_.timer(), context_, limit, kFirstRemoval, kSlowestRemoval);
    }
    if (without_rules_->expired()) return core::gave_up(error, without_rules_->limit(), "see what uses it");
    if (auto paused = without_rules_->pause(); !paused) {
      return core::while_waiting(std::move(paused).error(), error.message);
    }
    return {};
  }

 private:
  Status attempt() {
    auto done = service_.driver->destroy_firewall(firewall_.id, context_);
    if (done || !is_busy(done.error()) || revoked_) return done;
    auto used = is_used(service_, firewall_.id, context_);
    if (!used.has_value()) return std::move(used).error();
    if (*used) return done;
    revoked_ = true;
    if (auto taken = references_.revoke(); !taken) return taken;
    return service_.driver->destroy_firewall(firewall_.id, context_);
  }

  const Service& service_;
  const Firewall& firewall_;
  const Context& context_;
  References references_;
  Patience patience_;
  const Context::Clock::time_point end_;
  bool revoked_ = false;
  std::optional<core::Pacing> without_rules_;
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
  if (auto done = Destruction(service, firewall, limit, context).run(); !done) return done;
  service.recent.forget(firewall.id);
  service.recent.forget(firewall_subject(firewall.name, {}));
  service.recent.forget(firewall_subject(firewall.name, firewall.network));
  return {};
}

}  // namespace cloudkit::inline v0::compute
