#include "compute/firewalls.h"
#include "compute/machines.h"
#include "compute/wait.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <algorithm>

// How a machine ends, with its firewalls where its caller asks for that.
namespace cloudkit::inline v0::compute {
namespace {

using Ids = std::vector<std::string>;

// `done` is what has happened to the machine.
Error with_remaining(Error error, std::string_view done, const Ids& remaining) {
  std::string ids;
  for (const std::string& id : remaining) core::append_listed(ids, id);
  error.message =
      fmt::format("{}, but not its firewall{} {}: {}", done, remaining.size() == 1 ? "" : "s", ids, error.message);
  error.hint += fmt::format("{}destroy_firewall() takes each away that nothing else uses, once the machine is gone",
                            error.hint.empty() ? "" : "; ");
  return error;
}

// One that nothing else uses. Each network's own one cannot be destroyed.
Status destroy_one(const Service& service, const std::string& id, const DestroyInstanceOptions& options) {
  auto firewall = get_firewall(service, id, options.context);
  if (!firewall && firewall.error().code == ErrorCode::not_found) return {};
  if (!firewall) return std::move(firewall).error();
  if (firewall->name == "default") return {};
  return destroy_firewall(service, *firewall, as_limit(options.wait_limit), options.context);
}

// One that cannot be destroyed keeps none of the others.
Status destroy_its_firewalls(const Service& service, const Instance& gone, const DestroyInstanceOptions& options) {
  auto others = list(service, {}, options.context);
  if (!others) return with_remaining(std::move(others).error(), "the machine is gone", gone.firewalls);
  Ids remaining;
  std::optional<Error> first;
  for (const std::string& id : gone.firewalls) {
    const bool used = std::any_of(others->begin(), others->end(),
                                  [&](const Instance& other) { return other.id != gone.id && core::needs(other, id); });
    if (used) continue;
    auto done = destroy_one(service, id, options);
    if (done) continue;
    remaining.push_back(id);
    if (!first) first = std::move(done).error();
  }
  return first ? Status(with_remaining(*std::move(first), "the machine is gone", remaining)) : Status();
}

// A machine that is gone is forgotten, and what it had with it: to say nothing would be to leave its firewalls for
// ever.
Error forgotten() {
  return core::fail(
      ErrorCode::not_found, "it is gone, and nobody knows any more which firewalls it had",
      "list_firewalls() shows those that there are, destroy_firewall() takes each away that nothing uses");
}

// What is to be destroyed is denied. EC2 answers from several places, of which one may not know yet what runs: only
// what a look does not find either is gone. https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
Error look_at_denied(const Service& service, std::string_view id, Error denied, const Context& context) {
  auto seen = look_by([&] { return service.driver->get(id, context); });
  if (!seen) return std::move(seen).error();
  if (core::is_gone(seen->state)) return denied;
  Error error = core::fail(
      ErrorCode::conflict,
      fmt::format("it is {}, though the service denies it when it is to be destroyed", to_string(seen->state)),
      "it was not destroyed: try again in a while");
  error.retryable = true;
  return error;
}

// False: it was gone already.
Result<bool> begin(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  const auto begun = insist(patience, [&] {
    auto done = service.driver->destroy(id, context);
    if (done || done.error().code != ErrorCode::not_found) return done;
    return Result<Instance>(look_at_denied(service, id, std::move(done).error(), context));
  });
  if (!begun && begun.error().code != ErrorCode::not_found) return begun.error();
  // What is not found from now on is gone.
  service.recent.forget(id);
  return bool(begun);
}

Status wait_for_end(const Service& service, std::string_view id, const DestroyInstanceOptions& options) {
  return core::without_value(
      wait_for_state(service, id, InstanceState::terminated, as_limit(options.wait_limit), options.context));
}

Status destroy_with_firewalls(const Service& service, std::string_view id, const DestroyInstanceOptions& options) {
  // While it still says which they are.
  auto before = get_instance(service, id, options.context);
  if (!before && before.error().code == ErrorCode::not_found) return forgotten();
  if (!before) return std::move(before).error();
  if (before->state == InstanceState::terminated && before->firewalls.empty()) return forgotten();
  auto begun = begin(service, id, options.context);
  if (!begun.has_value()) return std::move(begun).error();
  Status gone = *begun ? wait_for_end(service, id, options) : Status();
  if (gone) return destroy_its_firewalls(service, *before, options);
  if (before->firewalls.empty()) return gone;
  return with_remaining(std::move(gone).error(), "the machine is going", before->firewalls);
}

}  // namespace

Status destroy(const Service& service, std::string_view id, const DestroyInstanceOptions& options) {
  if (options.with_firewalls) return destroy_with_firewalls(service, id, options);
  auto begun = begin(service, id, options.context);
  if (!begun.has_value()) return std::move(begun).error();
  return *begun && options.wait ? wait_for_end(service, id, options) : Status();
}

}  // namespace cloudkit::inline v0::compute
