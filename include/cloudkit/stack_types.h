#pragma once

#include <cloudkit/compute_types.h>
#include <cloudkit/error.h>
#include <cloudkit/export.h>
#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Values of stacks: what is declared, planned and reported. Members are in an order that is API: new ones go last.
namespace cloudkit::inline v0 {

/// A key pair of which the service has the public half.
struct KeySpec {
  std::string name = {};        ///< As of `Compute::ensure_key`.
  std::string public_key = {};  ///< A line "ssh-ed25519 AAAA… comment".

  friend bool operator==(const KeySpec&, const KeySpec&) = default;
};

/// A bucket of a stack.
struct BucketSpec {
  std::string name = {};       ///< As of `ObjectStore::create_bucket`.
  bool versioned = false;      ///< As `CreateBucketOptions::versioned`.
  bool force_destroy = false;  ///< Its objects are removed with it. Else a bucket that is not empty stays: `conflict`.

  friend bool operator==(const BucketSpec&, const BucketSpec&) = default;
};

/// An endpoint of a function; `spec.context` is not used.
struct StackEndpoint {
  std::string function = {};  ///< Its name.
  EndpointSpec spec = {};     ///< As of `FunctionRuntime::expose`.
};

/// A schedule of a function; `spec.context` is not used.
struct StackSchedule {
  std::string function = {};  ///< Its name.
  ScheduleSpec spec = {};     ///< As of `FunctionRuntime::schedule`.
};

/// What a stack is told of any resource.
struct StackResourceOptions {
  /// By which the stack knows it, for ever: `[A-Za-z][A-Za-z0-9_-]{0,62}`. Empty: the name in its spec; of an endpoint
  /// that of the resource whose name is its function's.
  std::string name = {};
  /// It is never removed nor replaced: a plan with that is an error. Also when it is declared no more.
  bool protect = false;
  std::vector<std::string> depends_on = {};  ///< Addresses beside those of its references: "bucket.logs".
  /// Attributes of which state and plans keep a digest only: "user_data". Those of `environment`, `user_data`,
  /// `public_key` and `input` always are. Not what outputs tell as it is, nor what the thing is found by: `image`,
  /// `name`, ….
  std::vector<std::string> secrets = {};
};

/// A resource of a stack.
struct StackResource {
  /// What a resource can be.
  using Spec =
      std::variant<FirewallSpec, KeySpec, InstanceSpec, FunctionSpec, StackEndpoint, StackSchedule, BucketSpec>;

  Spec spec = {};                     ///< What it is to be.
  StackResourceOptions options = {};  ///< `name` is never empty in `Stack::resources()`.

  /// "firewall", "key", "instance", "function", "endpoint", "schedule", "bucket".
  CLOUDKIT_API std::string_view type() const noexcept;
  /// "firewall.web".
  CLOUDKIT_API std::string address() const;
};

/// What others may refer to.
class StackReference {
 public:
  /// `type` as of `StackResource::type`; `name` by which the stack knows it.
  StackReference(std::string type, std::string name) : type_(std::move(type)), name_(std::move(name)) {}

  const std::string& type() const noexcept { return type_; }  ///< "firewall".
  const std::string& name() const noexcept { return name_; }  ///< "web".
  /// "firewall.web": for `StackResourceOptions::depends_on`.
  std::string address() const { return type_ + '.' + name_; }
  /// "{{firewall.web.id}}", which stands for that output, also in the midst of a text. `Stack::check` finds one that
  /// there is none of.
  std::string ref(std::string_view output) const { return "{{" + address() + '.' + std::string(output) + "}}"; }

 private:
  std::string type_;
  std::string name_;
};

/// `replace`: removed, then made anew, since an attribute cannot be changed.
enum class StackAction { unchanged, create, update, replace, remove };
/// "unchanged", …
CLOUDKIT_API std::string_view to_string(StackAction action) noexcept;

/// Of one attribute.
struct StackChange {
  std::string attribute = {};              ///< "rules", "environment.LEVEL".
  std::optional<std::string> before = {};  ///< JSON, or "(secret)". Nothing: it was not there, or is not known.
  std::optional<std::string> after = {};   ///< The same; "(known after apply)".
  bool forces_replacement = false;         ///< It cannot be changed: what is there is replaced.
  bool drifted = false;                    ///< It was changed by somebody else: `before` is what there is now.

  friend bool operator==(const StackChange&, const StackChange&) = default;
};

/// What is to become of a resource.
struct StackPlanStep {
  StackAction action = StackAction::unchanged;  ///< What is to be done.
  std::string address = {};                     ///< "instance.web".
  std::string id = {};                          ///< The thing's own, where it is there.
  std::string reason = {};                      ///< In words: "it is declared no more".
  std::vector<StackChange> changes = {};        ///< In order of their names.

  friend bool operator==(const StackPlanStep&, const StackPlanStep&) = default;
};

/// What would be done, in its order. Holds no secret. `to_json` and `from_json` keep it for later.
struct [[nodiscard]] StackPlan {
  std::string stack = {};                           ///< Its name.
  bool destroy = false;                             ///< Whether it is the end of all of it.
  std::string lineage = {};                         ///< Of the state that it was made from; empty: there was none.
  std::uint64_t serial = 0;                         ///< Of the state, which counts its changes; 0: there was none.
  std::string declaration = {};                     ///< A digest of what is declared, with its code.
  std::vector<StackPlanStep> steps = {};            ///< Also for those that are unchanged.
  std::map<std::string, std::string> outputs = {};  ///< As far as they are known.
  bool outputs_change = false;                      ///< `outputs` are not those of the state.
  bool refreshed = true;                            ///< Whether it looked at what there is.
  /// Of what is unchanged otherwise: whether it is protected from now on.
  std::map<std::string, bool> protection = {};

  /// Whether there is anything to do.
  CLOUDKIT_API bool has_changes() const noexcept;
  CLOUDKIT_API std::size_t count(StackAction action) const noexcept;  ///< Steps with this action.
  /// For people: a line for each resource that changes, its attributes below it, and a sum. `color`: as terminals show
  /// it.
  CLOUDKIT_API std::string to_text(bool color = false) const;
  /// Errors: `invalid_argument` for texts that are not UTF-8.
  CLOUDKIT_API Result<std::string> to_json() const;
  /// Errors: `invalid_argument`: no plan, or one of a newer format.
  CLOUDKIT_API static Result<StackPlan> from_json(std::string_view json);
};

/// How far a step is. `skipped`: something that it needs has failed, or the run ended before.
enum class StackPhase { started, done, failed, skipped };

/// While a plan is carried out.
struct StackEvent {
  StackPhase phase = StackPhase::started;       ///< How far it is; `started` comes first.
  StackAction action = StackAction::unchanged;  ///< What is done.
  std::string address = {};                     ///< "instance.web".
  std::string id = {};                          ///< When it is known.
  const Error* error = nullptr;                 ///< Of `failed`; valid during the call.
};

/// What became of a step.
struct StackOutcome {
  StackPhase phase = StackPhase::done;          ///< `done`, `failed` or `skipped`: something that it needs has failed.
  StackAction action = StackAction::unchanged;  ///< What was to be done.
  std::string address = {};                     ///< "instance.web".
  std::string id = {};                          ///< The thing's own, where it is known.
  std::optional<Error> error = {};  ///< Of `failed`; of `skipped` where the run was cancelled, or its time was over.
};

/// What `StackDeployment::apply` and `destroy` did.
struct [[nodiscard]] StackReport {
  std::vector<StackOutcome> steps = {};             ///< Without those that are unchanged.
  std::map<std::string, std::string> outputs = {};  ///< Those that are known.

  /// Steps with this action that came to this.
  CLOUDKIT_API std::size_t count(StackAction action, StackPhase phase = StackPhase::done) const noexcept;
  /// The first failure, with its address, if there is one; else `cancelled` or `timeout` where that left steps out.
  CLOUDKIT_API Status status() const;
};

/// What somebody else has done to a resource.
struct StackDrift {
  std::string address = {};               ///< "instance.web".
  std::string id = {};                    ///< The thing's own.
  bool gone = false;                      ///< It is not there any more.
  std::vector<StackChange> changes = {};  ///< `before` is what was made, `after` what there is.
};

/// A resource as the state knows it.
struct StackEntry {
  std::string address = {};  ///< "instance.web".
  std::string id = {};       ///< The thing's own.
  /// False: it was being made when the last run ended. The next one finds or makes it.
  bool created = true;
  bool protect = false;                             ///< As `StackResourceOptions::protect`.
  std::map<std::string, std::string> outputs = {};  ///< As of the last run that looked.
};

}  // namespace cloudkit::inline v0
