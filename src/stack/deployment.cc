#include "core/fail.h"
#include "core/perform.h"
#include "core/random.h"
#include "stack/declaration.h"
#include "stack/importing.h"
#include "stack/runner.h"

#include <cloudkit/stack.h>

#include <fmt/format.h>

// The handle.
namespace cloudkit::inline v0 {

using stack::Document;
using stack::Keeper;
using stack::Lock;
using stack::Site;

struct StackDeployment::State {
  Stack declared;
  StackProviders providers;
  Bucket bucket;
  std::string key;
  StackHooks hooks;

  Site site(const Document& document, std::chrono::seconds wait_limit, const Context& context) const {
    Site made;
    made.providers = providers;
    made.hooks = hooks;
    made.stack_tag = declared.name() + '-' + document.lineage;
    made.wait_limit = wait_limit;
    made.context = context;
    return made;
  }

  // A state of another stack is nobody's mistake but the caller's.
  Result<stack::Loaded> load(bool accept_edited, const Context& context) const {
    auto loaded = stack::load(bucket, key, accept_edited, context);
    if (!loaded) return loaded;
    untangle(loaded->document.entries);
    const std::string& name = loaded->document.stack;
    if (name.empty() || name == declared.name()) return loaded;
    return core::invalid_argument(fmt::format("the state {} is of another stack, \"{}\"", bucket.url(key), name),
                                  "give each stack a key of its own");
  }

  // A run that ended between two writes may leave needs that go in a circle: then those that are declared now count.
  void untangle(stack::Entries& entries) const {
    stack::Needs needs;
    for (const auto& [address, entry] : entries) needs[address] = entry.needs;
    if (stack::in_order(needs)) return;
    for (const auto& [address, declared_needs] : stack::needs_of(declared)) {
      if (const auto known = needs.find(address); known != needs.end()) known->second = declared_needs;
    }
    stack::break_cycles(needs);
    for (auto& [address, entry] : entries) entry.needs = std::move(needs[address]);
  }

  template <class Body>
  auto call(std::string_view operation, const Context& context, Body body) const -> decltype(body()) {
    const auto resource = [&] { return fmt::format("stack {} ({})", declared.name(), bucket.url(key)); };
    return core::perform(operation, resource, context.check(), body);
  }

  // `body(Keeper&, const Lock&)` under the lock, on the state as it is then.
  template <class Body>
  auto change(std::string_view operation, const StackApplyOptions& options, Body body) const
      -> std::invoke_result_t<Body, Keeper&, const Lock&> {
    return call(operation, options.context, [&]() -> std::invoke_result_t<Body, Keeper&, const Lock&> {
      if (auto ok = declared.check(); !ok) return std::move(ok).error();
      if (auto ok = check(options); !ok) return std::move(ok).error();
      stack::LockTerms terms;
      terms.stack = declared.name();
      terms.owner = options.owner.empty() ? stack::this_program() : options.owner;
      terms.expiry = options.lock_expiry;
      terms.wait = options.lock_wait;
      auto lock = Lock::take(bucket, key + ".lock", terms, hooks, options.context);
      if (!lock) return std::move(lock).error();
      auto loaded = load(options.accept_edited, (*lock)->context());
      if (!loaded) return std::move(loaded).error();
      if (loaded->document.serial == 0) {
        loaded->document.stack = declared.name();
        loaded->document.lineage = core::random_hex(8);
      }
      Keeper keeper(bucket, key, *std::move(loaded), (*lock)->context(), [&lock] { return (*lock)->status(); });
      auto done = body(keeper, **lock);
      if (auto held = (*lock)->finish(); !held) return std::move(held).error();
      return done;
    });
  }

  static Status check(const StackApplyOptions& options) {
    if (options.workers < 1) return core::invalid_argument("workers is from 1");
    if (options.lock_expiry < std::chrono::milliseconds(100)) {
      return core::invalid_argument("lock_expiry is from 100 ms: a lock must live until it is renewed");
    }
    return {};
  }

  Result<StackReport> run(const StackApplyOptions& options, bool destroy, const StackPlan* wanted) const {
    return change(destroy ? "destroy" : "apply", options, [&](Keeper& keeper, const Lock& lock) -> Result<StackReport> {
      const Document document = keeper.document();
      if (wanted != nullptr) {
        if (auto same = check_same_state(*wanted, document); !same) return std::move(same).error();
      }
      const Site here = site(document, options.wait_limit, lock.context());
      auto planned = stack::make_plan(
          {declared, here, document, destroy, wanted == nullptr ? options.refresh : wanted->refreshed});
      if (!planned) return std::move(planned).error();
      if (wanted != nullptr) {
        if (auto same = check_same_plan(*wanted, planned->plan); !same) return std::move(same).error();
      }
      return stack::carry_out(declared, here, *planned, keeper, lock, options);
    });
  }

  static Error moved(std::string_view what) {
    return core::fail(ErrorCode::precondition_failed, fmt::format("{} since this was planned", what), "plan again");
  }

  Status check_same_state(const StackPlan& plan, const Document& document) const {
    if (plan.stack != declared.name()) {
      return core::invalid_argument(fmt::format("the plan is of another stack, \"{}\"", plan.stack));
    }
    const bool same = plan.serial == document.serial && (plan.serial == 0 || plan.lineage == document.lineage);
    return same ? Status() : Status(moved("the state has changed"));
  }

  static Status check_same_plan(const StackPlan& plan, const StackPlan& now) {
    if (plan.declaration != now.declaration) return moved("the declaration, or a function's code, has changed");
    if (plan.steps != now.steps || plan.outputs != now.outputs) return moved("what there is has changed");
    return {};
  }
};

StackDeployment::StackDeployment(Stack declared, StackProviders providers, StackStore store, StackHooks hooks) {
  if (!hooks.now) hooks.now = [] { return std::chrono::system_clock::now(); };
  if (!hooks.wait) {
    hooks.wait = [](const Context& context, Context::Clock::duration duration) { return context.wait_for(duration); };
  }
  std::string key = store.key.empty() ? fmt::format("stacks/{}.json", declared.name()) : std::move(store.key);
  state_ = std::make_shared<const State>(
      State{std::move(declared), std::move(providers), std::move(store.bucket), std::move(key), std::move(hooks)});
}

const Stack& StackDeployment::stack() const noexcept { return state_->declared; }

Result<StackPlan> StackDeployment::plan(const StackPlanOptions& options) const {
  return state_->call("plan", options.context, [&]() -> Result<StackPlan> {
    auto loaded = state_->load(options.accept_edited, options.context);
    if (!loaded) return std::move(loaded).error();
    const Site site = state_->site(loaded->document, std::chrono::seconds(0), options.context);
    auto planned = stack::make_plan({state_->declared, site, loaded->document, options.destroy, options.refresh});
    if (!planned) return std::move(planned).error();
    return std::move(planned->plan);
  });
}

Result<StackReport> StackDeployment::apply(const StackApplyOptions& options) const {
  return state_->run(options, false, nullptr);
}

Result<StackReport> StackDeployment::apply(const StackPlan& plan, const StackApplyOptions& options) const {
  return state_->run(options, plan.destroy, &plan);
}

Result<StackReport> StackDeployment::destroy(const StackApplyOptions& options) const {
  return state_->run(options, true, nullptr);
}

Result<std::vector<StackDrift>> StackDeployment::refresh(const StackApplyOptions& options) const {
  return state_->change("refresh", options, [&](Keeper& keeper, const Lock& lock) {
    return stack::refresh(state_->declared, state_->site(keeper.document(), options.wait_limit, lock.context()),
                          keeper);
  });
}

Status StackDeployment::import_resource(std::string_view address, std::string_view id,
                                        const StackApplyOptions& options) const {
  return state_->change("import", options, [&](Keeper& keeper, const Lock& lock) {
    return stack::import_resource(state_->declared, state_->site(keeper.document(), options.wait_limit, lock.context()),
                                  keeper, std::string(address), std::string(id));
  });
}

Status StackDeployment::forget(std::string_view address, const StackApplyOptions& options) const {
  return state_->change("forget", options, [&](Keeper& keeper, const Lock&) -> Status {
    const std::string key(address);
    if (!keeper.document().entries.contains(key)) return stack::no_such_entry(keeper.document(), key);
    return keeper.change([&](Document& document) { document.entries.erase(key); });
  });
}

Result<std::map<std::string, std::string>> StackDeployment::outputs(const StackPlanOptions& options) const {
  return state_->call("outputs", options.context, [&] {
    return state_->load(options.accept_edited, options.context).map([](stack::Loaded loaded) {
      return std::move(loaded.document.outputs);
    });
  });
}

Result<std::vector<StackEntry>> StackDeployment::entries(const StackPlanOptions& options) const {
  return state_->call("entries", options.context, [&]() -> Result<std::vector<StackEntry>> {
    auto loaded = state_->load(options.accept_edited, options.context);
    if (!loaded) return std::move(loaded).error();
    std::vector<StackEntry> all;
    for (const auto& [address, entry] : loaded->document.entries) {
      all.push_back({address, entry.id, entry.created, entry.protect, entry.outputs});
    }
    return all;
  });
}

}  // namespace cloudkit::inline v0
