#pragma once

#include "stack/state.h"

#include <cloudkit/stack.h>

#include <functional>
#include <optional>
#include <string>

/// What is done for a resource, by its type, through the public handles.
namespace cloudkit::inline v0::stack {

/// Where, for whom and until when.
struct Site {
  StackProviders providers = {};
  StackHooks hooks = {};
  std::string stack_tag = {};  ///< "web-1f2e…": name and lineage, since a name may be taken twice.
  std::chrono::seconds wait_limit{900};
  Context context = {};
};

inline constexpr std::string_view kStackTag = "cloudkit-stack";
inline constexpr std::string_view kResourceTag = "cloudkit-resource";

/// A thing that is there, as its service tells of it.
struct Found {
  std::string id = {};
  Attributes facts = {};
  std::map<std::string, std::string> outputs = {};
  bool broken = false;         ///< It never came up, and never will.
  std::string stack_tag = {};  ///< Of a thing that is imported: which stack its tags name.
};

/// A resource as it is to be: declared, without references.
struct Target {
  std::string address = {};
  const StackResource::Spec& spec;
  const Secrets& secrets;
};

/// A making that the state knows of.
struct Making {
  std::string token = {};
  bool repeated = false;  ///< An earlier run may have made it.
  /// Into the state, at once.
  std::function<Status(const std::string& id)> note_id = {};
  std::function<Result<std::string>()> new_token = {};
};

/// Of whose handle a kind needs.
enum class Service { compute, functions, objects };

class Kind {
 public:
  Kind() = default;
  Kind(const Kind&) = delete;
  Kind& operator=(const Kind&) = delete;
  virtual ~Kind() = default;

  /// Nothing about a thing says whose it is: what has its name is taken for it once its making is written down.
  virtual bool known_by_name_only() const { return false; }
  /// Who names a thing stays as it is when another takes its place and name.
  virtual bool is_replaced_unseen() const { return false; }
  virtual Service service() const = 0;
  /// What the handle itself would refuse before any I/O.
  virtual Status check(const Site& site, const StackResource::Spec& spec) const = 0;

  /// The thing of an entry: one that is created by its id, else whatever an earlier run may have made. Nothing: it is
  /// gone, or was never made.
  virtual Result<std::optional<Found>> look(const Site& site, const std::string& address, const Entry& entry,
                                            const Secrets& secrets) const = 0;
  /// Before a making is written down: whether the name is taken by something else. Errors: `already_exists`.
  virtual Status refuse_others(const Site& site, const Target& target) const = 0;
  /// Makes it, or finds what an earlier run has made, and waits until it is what it should be. Errors:
  /// `already_exists`: what bears the name is not what was begun.
  virtual Result<Found> make(const Site& site, const Target& target, const Making& making) const = 0;
  /// Makes a thing that is there equal to the target, and waits.
  virtual Result<Found> change(const Site& site, const Target& target, const Entry& entry) const = 0;
  /// When a thing is not seen any more, something of it may be left, which `remove` takes away then, too.
  virtual bool may_leave_remains() const { return false; }
  /// The thing of an entry with its id, which is empty where nothing was ever seen. Also success when it is gone; waits
  /// until it is.
  virtual Status remove(const Site& site, const Entry& entry) const = 0;

  /// The thing that somebody means by `id`, and which of its attributes a spec would have to have. Errors: `not_found`.
  virtual Result<Found> import(const Site& site, const Target& target, const std::string& id) const = 0;
  /// What `Found::facts` of a thing would be that had been made by this spec: those that can be told beforehand.
  virtual Result<Attributes> expected(const Site& site, const Target& target) const = 0;
};

const Kind& kind_of(std::string_view type);

/// `Kind::look`, until something is seen, or what was asked for would be: that nothing is seen says nothing of what was
/// begun a moment ago.
Result<std::optional<Found>> look_until_settled(const Kind& kind, const Site& site, const std::string& address,
                                                const Entry& entry, const Secrets& secrets);

const Kind& firewall_kind();
const Kind& key_kind();
const Kind& instance_kind();
const Kind& function_kind();
const Kind& endpoint_kind();
const Kind& schedule_kind();
const Kind& bucket_kind();

// ---- What they share.

/// Of the handle that things of a kind are at. Errors: `invalid_argument`: it is missing; those of asking for the
/// account.
Result<Place> place_of(const Kind& kind, const Site& site);

Result<const Compute*> compute_of(const StackProviders& providers);
Result<const FunctionRuntime*> functions_of(const StackProviders& providers);
Result<const ObjectStore*> objects_of(const StackProviders& providers);

/// `already_exists`, with what to do. `what` is "a firewall \"web\"", `id` what it is imported by.
Error belongs_to_others(const Target& target, const std::string& what, const std::string& id);
/// The tags by which a thing is known as this resource.
std::map<std::string, std::string> own_tags(const Site& site, const std::string& address);
/// Of a machine or a firewall: those that it was given become those that are `wanted`, and the stack's own.
Status change_tags(const Site& site, const std::string& address, const Entry& entry,
                   std::map<std::string, std::string> wanted);
/// Which stack they name; "" without one.
std::string stack_tag_in(const std::map<std::string, std::string>& tags);
bool has_own_tags(const Site& site, const std::string& address, const std::map<std::string, std::string>& tags);

}  // namespace cloudkit::inline v0::stack
