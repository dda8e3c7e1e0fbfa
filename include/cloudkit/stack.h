#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/function_runtime.h>
#include <cloudkit/object_store.h>
#include <cloudkit/stack_types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Things that belong together, declared: what is missing is made, what differs is changed, what is declared no more is
/// removed. What was made is written down in a bucket before it is made, so that a program that is killed at any moment
/// leaves nothing behind that the next run does not find. docs/guide/stack.md.
namespace cloudkit::inline v0 {

/// What a stack is to have. A value: nothing is made until a `StackDeployment` is told to.
///
/// Texts of a spec may refer to what another resource will be, by `StackReference::ref`: such a resource is made first.
/// Every problem (a name given twice, a reference to nothing, a cycle) is found by `check`, and so before any I/O.
class CLOUDKIT_API Stack {
 public:
  /// `name`: `[a-z]([a-z0-9-]{0,61}[a-z0-9])?`.
  explicit Stack(std::string name) : name_(std::move(name)) {}

  /// Each returns what other resources may refer to. Outputs: id, name.
  StackReference firewall(FirewallSpec spec, StackResourceOptions options = {});
  /// A public key under a name. Outputs: name, fingerprint.
  StackReference key(KeySpec spec, StackResourceOptions options = {});
  /// A machine; made means that it runs. Its `token` and the tags cloudkit-… are the stack's own. Outputs: id, name,
  /// image (an id), zone, private_ip, public_ip, dns_name.
  StackReference instance(InstanceSpec spec, StackResourceOptions options = {});
  /// Outputs: id, name, version.
  StackReference function(FunctionSpec spec, StackResourceOptions options = {});
  /// An HTTP trigger of a function, by its name: `hello.ref("name")`, or that of one outside of the stack. Outputs:
  /// id, url.
  StackReference endpoint(std::string function, EndpointSpec spec, StackResourceOptions options = {});
  /// A schedule of a function. Outputs: name.
  StackReference schedule(std::string function, ScheduleSpec spec, StackResourceOptions options = {});
  /// Outputs: name, url.
  StackReference bucket(BucketSpec spec, StackResourceOptions options = {});
  /// Any of these: what reads declarations from somewhere adds them so.
  StackReference add(StackResource resource);

  /// A text that `apply` returns and keeps with the state: "{{instance.web.public_ip}}".
  Stack& output(std::string name, std::string text);

  const std::string& name() const noexcept { return name_; }  ///< As it was given.
  /// In their order.
  const std::vector<StackResource>& resources() const noexcept { return resources_; }
  /// Those of `output`, as they were declared.
  const std::map<std::string, std::string>& outputs() const noexcept { return outputs_; }

  /// Errors: `invalid_argument`, naming the resource, the attribute and what there is instead; of a cycle the way
  /// around.
  Status check() const;
  /// The way out: as Terraform takes it, in its JSON syntax, and as `parse_stack_file` of stack_file.h reads it. What
  /// is made already is not Terraform's yet: `terraform import` tells it. Errors: those of `check`; `unsupported`:
  /// Terraform has no one resource for something, which the error names.
  Result<std::string> to_terraform_json(std::string_view region = {}) const;

 private:
  std::string name_;
  std::vector<StackResource> resources_;
  std::map<std::string, std::string> outputs_;
  std::string problem_;  // The first one that only declaring shows.
};

/// `text` as it is, though it may look like references: "{{a.b.c}}" stays "{{a.b.c}}".
CLOUDKIT_API std::string stack_literal(std::string_view text);
/// The outputs that resources of a type have: "id", …. Empty for a type that is none.
CLOUDKIT_API std::vector<std::string_view> stack_outputs(std::string_view type);

/// Where the things of a stack are. Those that it does not need may be missing.
struct StackProviders {
  std::optional<Compute> compute = {};            ///< Of firewalls, keys and machines.
  std::optional<FunctionRuntime> functions = {};  ///< Of functions, endpoints and schedules.
  std::optional<ObjectStore> objects = {};        ///< Of buckets.
};

/// Where a stack's state is kept: one object, and beside it, KEY.lock, while it is being changed. The bucket must
/// honour conditions of puts: it is tried once in each run that changes anything.
struct StackStore {
  Bucket bucket;         ///< Must be there already.
  std::string key = {};  ///< Empty: "stacks/NAME.json".
};

/// Injected, so that tests need no time.
struct StackHooks {
  std::function<TimePoint()> now = {};                                                 ///< Default: the clock's.
  std::function<Status(const Context&, Context::Clock::duration duration)> wait = {};  ///< Default: Context::wait_for.
};

/// For `StackDeployment::plan`, and what reads the state only.
struct StackPlanOptions {
  bool destroy = false;  ///< Plan the end of all of it.
  bool refresh = true;   ///< Look at what there is; else the state is believed.
  /// Believe a state whose digest says that somebody has edited it.
  bool accept_edited = false;
  Context context = {};
};

/// Of everything that changes what there is, or the state.
struct StackApplyOptions {
  int workers = 4;                         ///< Resources at a time. From 1; more than 64 are 64.
  std::chrono::seconds wait_limit{900};    ///< For each resource, until it is what it should be, or gone.
  std::chrono::milliseconds lock_wait{0};  ///< How long to wait for a lock that somebody else holds.
  /// After which a lock that is not renewed is nobody's. It is renewed three times as often.
  std::chrono::milliseconds lock_expiry{60'000};
  std::string owner = {};      ///< Shown to whom the lock keeps out. Empty: user, host and process.
  bool accept_edited = false;  ///< As in `StackPlanOptions`.
  bool refresh = true;         ///< The same; a plan that is given says for itself.
  std::function<void(const StackEvent&)> progress = {};  ///< One call at a time, from any thread. Must not throw.
  Context context = {};
};

/// A stack at its providers: what is declared, what there is, and the state that says what belongs to it. Copies are
/// cheap. Thread-safe.
///
/// Every call may return, besides what it lists: what the providers and the bucket return; `invalid_argument` of
/// `Stack::check`, and for a provider that a resource needs and that is missing, or that is another one than the
/// state's; `data_loss` for a state that is none, or was edited; `unsupported` for a state of a newer format. What
/// changes anything takes the lock first. Errors of that: `conflict`, retryable: somebody else holds it, until when,
/// and what to do; `unsupported`: the bucket does not honour conditions; `conflict`: it was lost meanwhile, so the run
/// was ended.
class CLOUDKIT_API StackDeployment {
 public:
  /// Does no I/O.
  StackDeployment(Stack stack, StackProviders providers, StackStore store, StackHooks hooks = {});

  const Stack& stack() const noexcept;  ///< What is declared.

  /// Looks at everything and says what `apply` would do. Changes nothing. Errors: `conflict`: a resource that is
  /// protected would be removed or replaced.
  Result<StackPlan> plan(const StackPlanOptions& options = {}) const;
  /// Plans and does it. A resource that fails does not stop those that do not need it: the report has them all, and the
  /// state says what there is. What was begun by a run that was ended is found and finished. Errors: as `plan`;
  /// `already_exists`: there is a thing of that name that does not belong to the stack, within the report.
  Result<StackReport> apply(const StackApplyOptions& options = {}) const;
  /// Does what this plan says, or nothing. Errors: `precondition_failed`: the declaration, the state or what there is
  /// has changed since.
  Result<StackReport> apply(const StackPlan& plan, const StackApplyOptions& options = {}) const;
  /// Removes all that the state knows, in reverse order, then the state itself. Errors: `conflict`: a resource is
  /// protected.
  Result<StackReport> destroy(const StackApplyOptions& options = {}) const;

  /// What differs from what was made. Takes into the state what outputs are now and what is gone; the rest `plan` shows
  /// as changes.
  Result<std::vector<StackDrift>> refresh(const StackApplyOptions& options = {}) const;
  /// Makes a thing that is there the resource of this address, which is declared: "instance.web", and the machine's id.
  /// Firewalls and functions go by id or name, keys, buckets and schedules by name, endpoints by id. Errors:
  /// `not_found`; `conflict`: the state has a resource of this address.
  Status import_resource(std::string_view address, std::string_view id, const StackApplyOptions& options = {}) const;
  /// Takes a resource out of the state, and leaves the thing itself alone. Errors: `not_found`.
  Status forget(std::string_view address, const StackApplyOptions& options = {}) const;

  /// Those of the last `apply`. Empty without a state.
  Result<std::map<std::string, std::string>> outputs(const StackPlanOptions& options = {}) const;
  /// What the state knows, in order of addresses.
  Result<std::vector<StackEntry>> entries(const StackPlanOptions& options = {}) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace cloudkit::inline v0
