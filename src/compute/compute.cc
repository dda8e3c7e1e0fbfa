#include <cloudkit/compute.h>

#include "compute/checks.h"
#include "compute/machines.h"
#include "compute/probe.h"
#include "compute/state.h"
#include "compute/wait.h"

#include <utility>

// The handle: checks, then what its parts do, with the operation and the machine named in each error.
namespace cloudkit::inline v0 {

using compute::check_offered;
using compute::check_reference;
using compute::insist;
using compute::look_by;
using compute::Patience;

Compute::Compute(std::shared_ptr<ComputeDriver> driver, ComputeHooks hooks)
    : state_(std::make_shared<State>(std::move(driver), std::move(hooks))) {}

std::string Compute::url() const { return state_->driver->url(); }

Result<std::string> Compute::account(const ComputeCallOptions& options) const {
  return state_->call("account", {}, {}, {options.context.check()},
                      [&] { return state_->driver->account(options.context); });
}

ComputeCapabilities Compute::capabilities() const { return state_->driver->capabilities(); }

Result<Instance> Compute::create(const InstanceSpec& spec, const ComputeCallOptions& options) const {
  return state_->call("create", "machine", spec.name,
                      {compute::check_spec(spec, capabilities()), options.context.check()},
                      [&] { return compute::create(*state_, spec, options.context); });
}

Result<Instance> Compute::get(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call("get", "machine", id, {check_reference("machine", id), options.context.check()},
                      [&] { return compute::get_instance(*state_, id, options.context); });
}

Result<Instance> Compute::find(std::string_view name, const ComputeCallOptions& options) const {
  return state_->call("find", "machine", name, {compute::check_given_name("machine", name), options.context.check()},
                      [&] { return compute::find(*state_, name, options.context); });
}

Result<std::vector<Instance>> Compute::list(const InstanceFilter& filter, const ComputeCallOptions& options) const {
  return state_->call("list", {}, {}, {compute::check_filter(filter)},
                      [&] { return compute::list(*state_, filter, options.context); });
}

Status Compute::start(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call("start", "machine", id,
                      {check_offered(capabilities().power, "starting machines"), check_reference("machine", id),
                       options.context.check()},
                      [&] { return compute::start(*state_, id, options.context); });
}

Status Compute::stop(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call("stop", "machine", id,
                      {check_offered(capabilities().power, "stopping machines"), check_reference("machine", id),
                       options.context.check()},
                      [&] { return compute::stop(*state_, id, options.context); });
}

Status Compute::reboot(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call("reboot", "machine", id,
                      {check_offered(capabilities().power, "rebooting machines"), check_reference("machine", id),
                       options.context.check()},
                      [&] { return compute::reboot(*state_, id, options.context); });
}

Status Compute::destroy(std::string_view id, const DestroyInstanceOptions& options) const {
  const ComputeCapabilities able = capabilities();
  return state_->call("destroy", "machine", id,
                      {check_offered(able.create, "destroying machines"),
                       check_offered(able.firewalls || !options.with_firewalls, "firewalls"),
                       check_reference("machine", id), options.context.check()},
                      [&] { return compute::destroy(*state_, id, options); });
}

Result<Instance> Compute::wait_until(std::string_view id, InstanceState state,
                                     const WaitInstanceOptions& options) const {
  return state_->call(
      "wait_until", "machine", id,
      {check_reference("machine", id), compute::check_wanted(state), options.context.check()},
      [&] { return compute::wait_for_state(*state_, id, state, core::as_limit(options.wait_limit), options.context); });
}

Result<Instance> Compute::wait_ready(std::string_view id, const ReadyProbe& probe,
                                     const WaitInstanceOptions& options) const {
  return state_->call(
      "wait_ready", "machine", id,
      {check_reference("machine", id), compute::check_probe(probe, capabilities()), options.context.check()}, [&] {
        return compute::wait_until_ready(*state_, id, probe, core::as_limit(options.wait_limit), options.context);
      });
}

Result<std::string> Compute::console(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call(
      "console", "machine", id,
      {check_offered(capabilities().console, "consoles"), check_reference("machine", id), options.context.check()},
      [&] {
        Patience patience(*state_, options.context, id);
        return insist(patience, [&] { return look_by([&] { return state_->driver->console(id, options.context); }); });
      });
}

Status Compute::set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                         const ComputeCallOptions& options) const {
  const ComputeCapabilities able = capabilities();
  return state_->call("set_tags", "machine", id,
                      {check_offered(able.tags, "tags"), check_reference("machine", id),
                       compute::check_tags(tags, able), options.context.check()},
                      [&]() -> Status {
                        if (tags.empty()) return {};
                        Patience patience(*state_, options.context, id);
                        return insist(patience, [&] { return state_->driver->set_tags(id, tags, options.context); });
                      });
}

Status Compute::remove_tags(std::string_view id, const std::vector<std::string>& keys,
                            const ComputeCallOptions& options) const {
  return state_->call("remove_tags", "machine", id,
                      {check_offered(capabilities().tags, "tags"), check_reference("machine", id),
                       compute::check_tag_names(keys), options.context.check()},
                      [&]() -> Status {
                        if (keys.empty()) return {};
                        Patience patience(*state_, options.context, id);
                        return insist(patience, [&] { return state_->driver->remove_tags(id, keys, options.context); });
                      });
}

}  // namespace cloudkit::inline v0
