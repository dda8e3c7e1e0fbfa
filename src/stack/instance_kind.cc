#include "compute/checks.h"
#include "core/compute_rules.h"
#include "core/fail.h"
#include "stack/kind.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

ComputeCallOptions calling_within(const Context& context) {
  ComputeCallOptions options;
  options.context = context;
  return options;
}

Found described(const Instance& instance, const Attributes& inputs) {
  Found found;
  found.id = instance.id;
  found.broken = instance.state == InstanceState::failed;
  const auto fact = [&](const char* name, const std::string& value) {
    if (!value.empty()) found.facts[name] = json_of(value);
  };
  fact("image", instance.image);
  fact("type", instance.type);
  fact("key", instance.key);
  if (!instance.firewalls.empty()) found.facts["firewalls"] = json_of(instance.firewalls);
  for (const auto& [name, value] : instance.tags) {
    if (inputs.contains("tags." + name)) found.facts["tags." + name] = json_of(value);
  }
  found.outputs = {{"id", instance.id},
                   {"name", instance.name},
                   {"image", instance.image},
                   {"zone", instance.zone},
                   {"private_ip", instance.private_ip},
                   {"public_ip", instance.public_ip},
                   {"dns_name", instance.dns_name}};
  return found;
}

class InstanceKind : public Kind {
 public:
  Service service() const override { return Service::compute; }

  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    return compute::check_spec(std::get<InstanceSpec>(spec), (*compute)->capabilities());
  }

  Result<std::optional<Found>> look(const Site& site, const std::string& address, const Entry& entry,
                                    const Secrets&) const override {
    auto found = entry.id.empty() ? find(site, address, entry.token) : by_id(site, entry.id);
    if (!found) return std::move(found).error();
    if (!*found) return std::optional<Found>();
    return std::optional(described(**found, entry.inputs));
  }

  // Others may have machines of the same name.
  Status refuse_others(const Site&, const Target&) const override { return {}; }

  Result<Found> make(const Site& site, const Target& target, const Making& making) const override {
    InstanceSpec spec = std::get<InstanceSpec>(target.spec);
    if ((*compute_of(site.providers))->capabilities().tags) spec.tags.merge(own_tags(site, target.address));
    auto instance = create(site, target.address, std::move(spec), making);
    if (!instance) return std::move(instance).error();
    if (auto noted = making.note_id(instance->id); !noted) return std::move(noted).error();
    return running(site, target, instance->id);
  }

  Result<Found> change(const Site& site, const Target& target, const Entry& entry) const override {
    const auto& spec = std::get<InstanceSpec>(target.spec);
    if (auto tagged = change_tags(site, target.address, entry, spec.tags); !tagged) return std::move(tagged).error();
    if (!entry.created) return running(site, target, entry.id);
    auto instance = (*compute_of(site.providers))->get(entry.id, calling_within(site.context));
    if (!instance) return std::move(instance).error();
    return described(*instance, attributes_of(target.spec, target.secrets, {}));
  }

  Status remove(const Site& site, const Entry& entry) const override {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    DestroyInstanceOptions options;
    options.wait = true;
    options.wait_limit = site.wait_limit;
    options.context = site.context;
    return (*compute)->destroy(entry.id, options);
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    auto instance = (*compute_of(site.providers))->get(id, calling_within(site.context));
    if (!instance) return std::move(instance).error();
    if (core::is_gone(instance->state)) return core::fail(ErrorCode::not_found, "the machine is gone");
    Found found = described(*instance, attributes_of(target.spec, target.secrets, {}));
    found.stack_tag = stack_tag_in(instance->tags);
    found.facts["name"] = json_of(instance->name);
    return found;
  }

  Result<Attributes> expected(const Site& site, const Target& target) const override {
    const Compute& compute = **compute_of(site.providers);
    InstanceSpec spec = std::get<InstanceSpec>(target.spec);
    if (compute.capabilities().image_aliases) {
      auto image = compute.resolve_image(spec.image, calling_within(site.context));
      if (!image) return std::move(image).error();
      spec.image = image->id;
    }
    for (std::string& firewall : spec.firewalls) {
      auto found = compute.get_firewall(firewall, calling_within(site.context));
      if (!found) return std::move(found).error();
      firewall = found->id;
    }
    return attributes_of(StackResource::Spec(std::move(spec)), target.secrets, {});
  }

 private:
  static Result<std::optional<Instance>> by_id(const Site& site, const std::string& id) {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    auto instance = (*compute)->get(id, calling_within(site.context));
    const bool gone = instance ? core::is_gone(instance->state) : instance.error().code == ErrorCode::not_found;
    if (gone) return std::optional<Instance>();
    if (!instance) return std::move(instance).error();
    return std::optional(*std::move(instance));
  }

  // By its tags, which it has from the moment on at which it is made, and which say of which stack it is; by its token
  // where there are no tags. One that was forgotten, or has another address now, has these tags too: where services
  // tell of tokens, it is known by its own.
  static Result<std::optional<Instance>> find(const Site& site, const std::string& address, const std::string& token) {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    InstanceFilter filter;
    if ((*compute)->capabilities().tags) {
      filter.tags = own_tags(site, address);
    } else {
      filter.token = token;
    }
    auto all = (*compute)->list(filter, calling_within(site.context));
    if (!all) return std::move(all).error();
    const auto alive = std::find_if(all->begin(), all->end(), [&](const Instance& instance) {
      const bool fits = instance.token.empty() || token.empty() || instance.token == token;
      return fits && !core::is_gone(instance.state);
    });
    return alive == all->end() ? std::optional<Instance>() : std::optional(std::move(*alive));
  }

  // The same call with the same token makes one machine, however often it is made. What has changed meanwhile the
  // service refuses: then the machine is there, and is found.
  static Result<Instance> create(const Site& site, const std::string& address, InstanceSpec spec,
                                 const Making& making) {
    const Compute& compute = **compute_of(site.providers);
    spec.token = making.token;
    auto made = compute.create(spec, calling_within(site.context));
    if (made || !making.repeated || made.error().code != ErrorCode::conflict) return made;
    Entry begun;
    begun.token = making.token;
    begun.begun = site.hooks.now();
    auto there = look_until_settled(instance_kind(), site, address, begun, {});
    if (!there) return std::move(there).error();
    if (*there) {
      if (auto noted = making.note_id((*there)->id); !noted) return std::move(noted).error();
      Error error =
          core::fail(ErrorCode::conflict, fmt::format("an earlier run made {} with other values", (*there)->id),
                     "plan again: it is changed or replaced then");
      error.retryable = true;
      return error;
    }
    // It was destroyed: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
    auto fresh = making.new_token();
    if (!fresh) return std::move(fresh).error();
    spec.token = *std::move(fresh);
    return compute.create(spec, calling_within(site.context));
  }

  static Result<Found> running(const Site& site, const Target& target, const std::string& id) {
    WaitInstanceOptions options;
    options.wait_limit = site.wait_limit;
    options.context = site.context;
    auto instance = (*compute_of(site.providers))->wait_until(id, InstanceState::running, options);
    if (!instance) return std::move(instance).error();
    return described(*instance, attributes_of(target.spec, target.secrets, {}));
  }
};

}  // namespace

const Kind& instance_kind() {
  static const auto* const kind = new InstanceKind;
  return *kind;
}

}  // namespace cloudkit::inline v0::stack
