#include "compute/checks.h"
#include "compute/keys.h"
#include "core/fail.h"
#include "core/without_value.h"
#include "stack/kind.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

// A key has no tags: what is there before its making is written down belongs to others.
class KeyKind : public Kind {
 public:
  bool known_by_name_only() const override { return true; }
  // Machines have a copy, of when they were made.
  bool is_replaced_unseen() const override { return true; }

  Service service() const override { return Service::compute; }

  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    const auto& key = std::get<KeySpec>(spec);
    auto offered = compute::check_offered((*compute)->capabilities().keys, "key pairs");
    if (auto ok = compute::all_of({offered, compute::check_key_name(key.name)}); !ok) return ok;
    if (!is_known(key.public_key)) return {};
    return core::without_value(compute::parse_public_key(key.public_key));
  }

  Result<std::optional<Found>> look(const Site& site, const std::string&, const Entry& entry,
                                    const Secrets&) const override {
    return find(site, text_in(entry.inputs, "name"));
  }

  Status refuse_others(const Site& site, const Target& target) const override {
    const std::string& name = std::get<KeySpec>(target.spec).name;
    auto found = find(site, name);
    if (!found) return std::move(found).error();
    return *found ? Status(taken(target, name)) : Status();
  }

  Result<Found> make(const Site& site, const Target& target, const Making&) const override {
    return ensure(site, target);
  }

  Result<Found> change(const Site& site, const Target& target, const Entry&) const override {
    return ensure(site, target);
  }

  Status remove(const Site& site, const Entry& entry) const override {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    ComputeCallOptions options;
    options.context = site.context;
    return (*compute)->destroy_key(text_in(entry.inputs, "name"), options);
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    auto found = find(site, id);
    if (!found) return std::move(found).error();
    if (!*found) return core::fail(ErrorCode::not_found, fmt::format("there is no key \"{}\"", id));
    auto declared = compute::parse_public_key(std::get<KeySpec>(target.spec).public_key);
    if (!declared) return std::move(declared).error();
    const std::string& fingerprint = (*found)->outputs.at("fingerprint");
    if (!compute::has_fingerprint(*declared, fingerprint).value_or(true)) {
      return core::fail(
          ErrorCode::conflict,
          fmt::format("the key \"{}\" is another one than is declared: its fingerprint is {}", id, fingerprint),
          "declare that key; or choose another name");
    }
    (*found)->facts["name"] = json_of(id);
    return **std::move(found);
  }

  // Of the key itself the service tells a sum only, in one of several forms.
  Result<Attributes> expected(const Site&, const Target& target) const override {
    return Attributes{{"name", json_of(std::get<KeySpec>(target.spec).name)}};
  }

 private:
  static Found described(const KeyPair& key) {
    Found found;
    found.id = key.name;
    if (!key.fingerprint.empty()) found.facts["public_key"] = json_of(key.fingerprint);
    found.outputs = {{"name", key.name}, {"fingerprint", key.fingerprint}};
    return found;
  }

  static Result<Found> ensure(const Site& site, const Target& target) {
    const auto& spec = std::get<KeySpec>(target.spec);
    ComputeCallOptions options;
    options.context = site.context;
    auto key = (*compute_of(site.providers))->ensure_key(spec.name, spec.public_key, options);
    if (key) return described(*key);
    // Another key has the name, so that it is not the one that was begun.
    const Error& error = key.error();
    if (error.code == ErrorCode::conflict && !error.may_have_happened) return taken(target, spec.name);
    return error;
  }

  static Error taken(const Target& target, const std::string& name) {
    return belongs_to_others(target, fmt::format("a key \"{}\"", name), name);
  }

  static Result<std::optional<Found>> find(const Site& site, const std::string& name) {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    ComputeCallOptions options;
    options.context = site.context;
    auto keys = (*compute)->list_keys(options);
    if (!keys) return std::move(keys).error();
    const auto found = std::find_if(keys->begin(), keys->end(), [&](const KeyPair& key) { return key.name == name; });
    return found == keys->end() ? std::optional<Found>() : std::optional(described(*found));
  }
};

}  // namespace

const Kind& key_kind() {
  static const auto* const kind = new KeyKind;
  return *kind;
}

}  // namespace cloudkit::inline v0::stack
