#include "compute/machines.h"

#include "compute/firewalls.h"
#include "compute/pages.h"
#include "compute/wait.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html: up to 64 characters.
constexpr std::size_t kTokenBytes = 16;

// With ids in the place of names and aliases, so that a repetition of the request is the same request.
Result<InstanceSpec> resolved(const Service& service, InstanceSpec spec, const Context& context) {
  if (spec.token.empty()) spec.token = core::random_hex(kTokenBytes);
  if (service.driver->capabilities().image_aliases) {
    Patience patience(service, context);
    auto image = insist(patience, [&] { return service.driver->resolve_image(spec.image, context); });
    if (!image) return std::move(image).error();
    spec.image = std::move(image->id);
  }
  for (std::string& firewall : spec.firewalls) {
    auto id = firewall_id(service, firewall, {}, context);
    if (!id) return std::move(id).error();
    firewall = *std::move(id);
  }
  return spec;
}

// The look that every change of a machine's power begins with. `done`: nothing needs to be done in these states; none:
// what was stopped is refused, too.
template <class Change>
Status change_power(const Service& service, std::string_view id, const Context& context,
                    std::initializer_list<InstanceState> done, std::string_view refusal, Change change) {
  auto instance = get_instance(service, id, context);
  if (!instance) return std::move(instance).error();
  const bool stopped = instance->state == InstanceState::stopped || instance->state == InstanceState::stopping;
  if (core::is_gone(instance->state) || instance->state == InstanceState::failed || (done.size() == 0 && stopped)) {
    return not_running(*instance, refusal);
  }
  if (std::find(done.begin(), done.end(), instance->state) != done.end()) return {};
  Patience patience(service, context, id);
  return insist(patience, change);
}

bool uses(const Instance& instance, const std::string& firewall) {
  return std::find(instance.firewalls.begin(), instance.firewalls.end(), firewall) != instance.firewalls.end();
}

// Those that nothing else uses. Each network's own one cannot be destroyed.
Status destroy_its_firewalls(const Service& service, const Instance& gone, const DestroyInstanceOptions& options) {
  auto others = list(service, {}, options.context);
  if (!others) return std::move(others).error();
  for (const std::string& id : gone.firewalls) {
    const bool used = std::any_of(others->begin(), others->end(), [&](const Instance& other) {
      return other.id != gone.id && !core::is_gone(other.state) && uses(other, id);
    });
    if (used) continue;
    auto firewall = service.driver->get_firewall(id, options.context);
    if (!firewall && firewall.error().code == ErrorCode::not_found) continue;
    if (!firewall) return std::move(firewall).error();
    if (firewall->name == "default") continue;
    if (auto done = destroy_firewall(service, id, as_limit(options.wait_limit), options.context); !done) {
      Error error = std::move(done).error();
      error.message = fmt::format("the machine is gone, but not its firewall {}: {}", id, error.message);
      return error;
    }
  }
  return {};
}

}  // namespace

Result<Instance> create(const Service& service, const InstanceSpec& spec, const Context& context) {
  auto whole = resolved(service, spec, context);
  if (!whole) return std::move(whole).error();
  Patience patience(service, context);
  auto made = insist(patience, [&] { return service.driver->create(*whole, context); });
  if (made) {
    service.recent.add(made->id, service.hooks.now());
    return made;
  }
  Error error = std::move(made).error();
  if (error.may_have_happened) {
    error.hint = fmt::format(
        "it may have been made: InstanceFilter::token = \"{}\" finds it, and creating it with this "
        "InstanceSpec::token makes it once",
        whole->token);
  }
  return error;
}

Result<std::vector<Instance>> list(const Service& service, const InstanceFilter& filter, const Context& context) {
  return all_pages<Instance>(service, context, &InstancePage::instances,
                             [&](std::string_view token) { return service.driver->list_page(filter, token, context); });
}

Result<Instance> find(const Service& service, std::string_view name, const Context& context) {
  InstanceFilter filter;
  filter.name = name;
  auto found = list(service, filter, context);
  if (!found) return std::move(found).error();
  std::erase_if(*found, [](const Instance& instance) { return core::is_gone(instance.state); });
  if (found->size() == 1) return std::move(found->front());
  if (found->empty()) {
    return core::fail(ErrorCode::not_found, "there is no machine of this name", "list() shows those that there are");
  }
  std::string ids;
  for (const Instance& instance : *found) core::append_listed(ids, instance.id);
  return core::fail(ErrorCode::conflict, fmt::format("{} machines have this name: {}", found->size(), ids),
                    "say by its id which one is meant");
}

Status start(const Service& service, std::string_view id, const Context& context) {
  return change_power(service, id, context, {InstanceState::running, InstanceState::pending}, "cannot be started",
                      [&] { return service.driver->start(id, context); });
}

Status stop(const Service& service, std::string_view id, const Context& context) {
  return change_power(service, id, context, {InstanceState::stopped, InstanceState::stopping}, "cannot be stopped",
                      [&] { return service.driver->stop(id, context); });
}

Status reboot(const Service& service, std::string_view id, const Context& context) {
  return change_power(service, id, context, {}, "cannot be rebooted",
                      [&] { return service.driver->reboot(id, context); });
}

Status destroy(const Service& service, std::string_view id, const DestroyInstanceOptions& options) {
  Instance before;
  if (options.with_firewalls) {
    // While it still says which they are.
    auto instance = get_instance(service, id, options.context);
    if (!instance && instance.error().code == ErrorCode::not_found) return {};
    if (!instance) return std::move(instance).error();
    before = *std::move(instance);
  }
  Patience patience(service, options.context, id);
  const auto begun = insist(patience, [&] { return service.driver->destroy(id, options.context); });
  if (!begun && begun.error().code != ErrorCode::not_found) return begun.error();
  // What is not found from now on is gone.
  service.recent.forget(id);
  if (begun && (options.wait || options.with_firewalls)) {
    auto gone = wait_for_state(service, id, InstanceState::terminated, as_limit(options.wait_limit), options.context);
    if (!gone) return std::move(gone).error();
  }
  return options.with_firewalls ? destroy_its_firewalls(service, before, options) : Status();
}

}  // namespace cloudkit::inline v0::compute
