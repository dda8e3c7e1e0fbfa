#include "stack/kind.h"

#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::stack {
namespace {

// How long a thing that was just made may not be seen: seconds, mostly.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
constexpr std::chrono::seconds kSettles{30};
constexpr std::chrono::milliseconds kLookAgain{2000};

template <class Handle>
Result<const Handle*> required(const std::optional<Handle>& handle, std::string_view what, std::string_view member) {
  if (handle) return &*handle;
  return core::invalid_argument(fmt::format("the stack needs {}, and none were given", what),
                                fmt::format("set StackProviders::{}", member));
}

template <class Options, class Handle>
Result<Place> place_at(const Result<const Handle*>& handle, const Context& context) {
  if (!handle) return handle.error();
  Options options;
  options.context = context;
  auto account = (*handle)->account(options);
  if (!account) return std::move(account).error();
  return Place{(*handle)->url(), *std::move(account)};
}

template <class Handle>
bool reads_after_write(const Result<const Handle*>& handle) {
  return handle && (*handle)->capabilities().read_after_write;
}

// What other services do not show may be there all the same.
bool reads_after_write(const Kind& kind, const Site& site, const Entry& entry) {
  switch (kind.service()) {
    case Service::compute: return reads_after_write(compute_of(site.providers));
    case Service::functions: return reads_after_write(functions_of(site.providers));
    case Service::objects: {
      const auto objects = objects_of(site.providers);
      const auto bucket = objects ? (*objects)->bucket(text_in(entry.inputs, "name")) : objects.error();
      return bucket && !bucket->capabilities().remote;
    }
  }
  return false;
}

}  // namespace

Result<std::optional<Found>> look_until_settled(const Kind& kind, const Site& site, const std::string& address,
                                                const Entry& entry, const Secrets& secrets) {
  if (reads_after_write(kind, site, entry)) return kind.look(site, address, entry, secrets);
  const TimePoint first = site.hooks.now();
  while (true) {
    auto found = kind.look(site, address, entry, secrets);
    const TimePoint now = site.hooks.now();
    // The clock that it was begun by may be ahead of this one.
    if (!found || *found || now - entry.begun >= kSettles || now - first >= kSettles) return found;
    if (auto paused = site.hooks.wait(site.context, kLookAgain); !paused) return std::move(paused).error();
  }
}

const Kind& kind_of(std::string_view type) {
  if (type == "firewall") return firewall_kind();
  if (type == "key") return key_kind();
  if (type == "instance") return instance_kind();
  if (type == "function") return function_kind();
  if (type == "endpoint") return endpoint_kind();
  if (type == "schedule") return schedule_kind();
  return bucket_kind();
}

Result<const Compute*> compute_of(const StackProviders& providers) {
  return required(providers.compute, "machines", "compute");
}
Result<const FunctionRuntime*> functions_of(const StackProviders& providers) {
  return required(providers.functions, "functions", "functions");
}
Result<const ObjectStore*> objects_of(const StackProviders& providers) {
  return required(providers.objects, "buckets", "objects");
}

Result<Place> place_of(const Kind& kind, const Site& site) {
  switch (kind.service()) {
    case Service::compute: return place_at<ComputeCallOptions>(compute_of(site.providers), site.context);
    case Service::functions: return place_at<FunctionOptions>(functions_of(site.providers), site.context);
    case Service::objects: return place_at<BucketOptions>(objects_of(site.providers), site.context);
  }
  return core::invalid_argument("there is no such service");
}

Error belongs_to_others(const Target& target, const std::string& what, const std::string& id) {
  return core::fail(ErrorCode::already_exists, fmt::format("there is {}, and it does not belong to this stack", what),
                    fmt::format("choose another name; or take it over: import {} {}", target.address, id));
}

std::map<std::string, std::string> own_tags(const Site& site, const std::string& address) {
  return {{std::string(kStackTag), site.stack_tag}, {std::string(kResourceTag), address}};
}

Status change_tags(const Site& site, const std::string& address, const Entry& entry,
                   std::map<std::string, std::string> wanted) {
  constexpr std::string_view kTag = "tags.";
  auto compute = compute_of(site.providers);
  if (!compute) return std::move(compute).error();
  if (!(*compute)->capabilities().tags) return {};
  std::vector<std::string> unwanted;
  for (const auto& [name, json] : entry.inputs) {
    if (!name.starts_with(kTag) || wanted.contains(name.substr(kTag.size()))) continue;
    unwanted.push_back(name.substr(kTag.size()));
  }
  wanted.merge(own_tags(site, address));
  ComputeCallOptions options;
  options.context = site.context;
  if (auto set = (*compute)->set_tags(entry.id, wanted, options); !set) return set;
  return (*compute)->remove_tags(entry.id, unwanted, options);
}

std::string stack_tag_in(const std::map<std::string, std::string>& tags) {
  const auto tag = tags.find(std::string(kStackTag));
  return tag == tags.end() ? std::string() : tag->second;
}

bool has_own_tags(const Site& site, const std::string& address, const std::map<std::string, std::string>& tags) {
  for (const auto& [name, value] : own_tags(site, address)) {
    const auto found = tags.find(name);
    if (found == tags.end() || found->second != value) return false;
  }
  return true;
}

}  // namespace cloudkit::inline v0::stack
