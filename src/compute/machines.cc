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

// Only the service knows which network a subnet is of, and names belong to networks.
Result<std::string> firewall_of_subnet(const Service& service, const std::string& firewall, const Context& context) {
  if (is_surely_id(firewall)) return firewall;
  auto found = get_firewall(service, firewall, context);
  if (found) return std::move(found->id);
  const ErrorCode code = found.error().code;
  if (code != ErrorCode::not_found && code != ErrorCode::invalid_argument) return std::move(found).error();
  return core::invalid_argument(
      fmt::format("\"{}\" is no id of a firewall, and a name does not say in which network", firewall),
      "with InstanceSpec::subnet, name firewalls by their ids: ensure_firewall() returns them");
}

// With ids in the place of names and aliases, so that a repetition of the request is the same request.
Result<InstanceSpec> resolved(const Service& service, InstanceSpec spec, const Context& context) {
  if (spec.token.empty()) spec.token = core::random_hex(kTokenBytes);
  if (service.driver->capabilities().image_aliases) {
    Patience patience(service, context);
    auto image =
        insist(patience, [&] { return look_by([&] { return service.driver->resolve_image(spec.image, context); }); });
    if (!image) return std::move(image).error();
    spec.image = std::move(image->id);
  }
  std::vector<std::string> ids;
  for (const std::string& firewall : spec.firewalls) {
    auto id = spec.subnet.empty() ? firewall_id(service, firewall, {}, context)
                                  : firewall_of_subnet(service, firewall, context);
    if (!id) return std::move(id).error();
    if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*std::move(id));
  }
  spec.firewalls = std::move(ids);
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

}  // namespace

Result<Instance> create(const Service& service, const InstanceSpec& spec, const Context& context) {
  auto whole = resolved(service, spec, context);
  if (!whole) return std::move(whole).error();
  RepeatsByToken repeats(service, context, whole->token);
  auto made = insist(repeats, [&] { return service.driver->create(*whole, context); });
  if (!made) return repeats.explained(std::move(made).error(), "list() with InstanceFilter::token = \"{}\" finds it");
  service.recent.add(made->id, service.hooks.now());
  return made;
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

}  // namespace cloudkit::inline v0::compute
