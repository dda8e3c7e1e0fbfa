#include "core/without_value.h"
#include "function_runtime/checks.h"
#include "function_runtime/package.h"
#include "stack/code.h"
#include "stack/kind.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::stack {
namespace {

class FunctionKind : public Kind {
 public:
  Service service() const override { return Service::functions; }

  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    return core::without_value(
        function_runtime::check_spec(std::get<FunctionSpec>(spec), (*functions)->capabilities()));
  }

  Result<std::optional<Found>> look(const Site& site, const std::string& address, const Entry& entry,
                                    const Secrets& secrets) const override {
    auto found = get(site, text_in(entry.inputs, "name"));
    if (!found) return std::move(found).error();
    const bool is_ours = *found && (entry.id.empty() ? has_own_tags(site, address, (*found)->spec.tags)
                                                     : !is_anothers(site, entry, **found));
    if (!is_ours) return std::optional<Found>();
    return std::optional(described(**found, secrets));
  }

  Status refuse_others(const Site& site, const Target& target) const override {
    const std::string& name = std::get<FunctionSpec>(target.spec).name;
    auto found = get(site, name);
    if (!found) return std::move(found).error();
    if (!*found || has_own_tags(site, target.address, (*found)->spec.tags)) return {};
    return belongs_to_others(target, fmt::format("a function \"{}\"", name), name);
  }

  Result<Found> make(const Site& site, const Target& target, const Making&) const override {
    if (auto ours = refuse_others(site, target); !ours) return std::move(ours).error();
    return deploy(site, target);
  }

  Result<Found> change(const Site& site, const Target& target, const Entry& entry) const override {
    const std::string& name = std::get<FunctionSpec>(target.spec).name;
    auto found = get(site, name);
    if (!found) return std::move(found).error();
    if (*found && is_anothers(site, entry, **found))
      return belongs_to_others(target, "a function \"" + name + '"', name);
    return deploy(site, target);
  }

  // Its identity, logs, endpoints and schedules outlive it, where a removal was interrupted or denied.
  bool may_leave_remains() const override { return true; }
  Status remove(const Site& site, const Entry& entry) const override {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    RemoveFunctionOptions options;
    options.cascade = true;
    options.context = site.context;
    const std::string name = text_in(entry.inputs, "name");
    auto found = get(site, name);
    if (!found) return std::move(found).error();
    // Ours is gone, then, with all it had.
    if (*found && (entry.id.empty() || is_anothers(site, entry, **found))) return {};
    // What was never made has no logs: those of its name are an earlier one's.
    options.keep_logs = entry.id.empty();
    return (*functions)->remove(name, options);
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    GetFunctionOptions options;
    options.context = site.context;
    auto found = (*functions_of(site.providers))->get(id, options);
    if (!found) return std::move(found).error();
    Found whole = described(*found, target.secrets);
    whole.stack_tag = stack_tag_in(found->spec.tags);
    whole.facts["name"] = json_of(found->name);
    return whole;
  }

  Result<Attributes> expected(const Site& site, const Target& target) const override {
    const auto& spec = std::get<FunctionSpec>(target.spec);
    const FunctionCapabilities able = (*functions_of(site.providers))->capabilities();
    auto whole = function_runtime::check_spec(spec, able);
    if (!whole) return std::move(whole).error();
    auto code = code_digest(spec, able);
    if (!code) return std::move(code).error();
    return attributes_of(*whole, target.secrets, *code);
  }

 private:
  // One of its name that another stack has made after ours had gone. What was imported has no tag yet.
  static bool is_anothers(const Site& site, const Entry& entry, const Function& function) {
    const std::string tag = stack_tag_in(function.spec.tags);
    return !tag.empty() && tag != site.stack_tag && tag != entry.former_tag;
  }

  static Found described(const Function& function, const Secrets& secrets) {
    Found found;
    found.id = function.id.empty() ? function.name : function.id;
    FunctionSpec spec = function.spec;
    spec.tags.erase(std::string(kStackTag));
    spec.tags.erase(std::string(kResourceTag));
    found.facts = attributes_of(spec, secrets, function.code_digest);
    found.facts.erase("name");
    found.outputs = {{"id", found.id}, {"name", function.name}, {"version", function.version}};
    return found;
  }

  static Result<std::optional<Function>> get(const Site& site, const std::string& name) {
    auto functions = functions_of(site.providers);
    if (!functions) return std::move(functions).error();
    GetFunctionOptions options;
    options.context = site.context;
    auto found = (*functions)->get(name, options);
    if (found) return std::optional(*std::move(found));
    if (found.error().code == ErrorCode::not_found) return std::optional<Function>();
    return std::move(found).error();
  }

  static Result<Found> deploy(const Site& site, const Target& target) {
    FunctionSpec spec = std::get<FunctionSpec>(target.spec);
    spec.tags.merge(own_tags(site, target.address));
    DeployOptions options;
    options.wait_limit = site.wait_limit;
    options.context = site.context;
    auto deployed = (*functions_of(site.providers))->deploy(spec, options);
    if (!deployed) return std::move(deployed).error();
    return described(*deployed, target.secrets);
  }
};

}  // namespace

const Kind& function_kind() {
  static const auto* const kind = new FunctionKind;
  return *kind;
}

Result<std::string> code_digest(const FunctionSpec& spec, const FunctionCapabilities& able) {
  auto whole = function_runtime::check_spec(spec, able);
  if (!whole) return std::move(whole).error();
  auto package = function_runtime::make_package(*whole, able);
  if (!package) return std::move(package).error();
  // What nobody knows the contents of is told apart by where it is.
  if (package->digest.empty()) return spec.code.location();
  return std::move(package->digest);
}

}  // namespace cloudkit::inline v0::stack
