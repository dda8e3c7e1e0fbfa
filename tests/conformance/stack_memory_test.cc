#include "support/quiet_log.h"
#include "support/stack_cases.h"

using namespace cloudkit;
using namespace test::stacks;
using test::contains;
using test::MemoryCloud;
using test::StackCloud;

namespace {

const std::string kWhere = "stacks on mem://";

// What a program was about, and what the next one does.
struct Plot {
  enum class Doing { applying, replacing, destroying } doing = Doing::applying;
  bool then_apply = true;
  int workers = 1;
  int late_looks = 0;  // So many looks at a machine that was just made find nothing.
};

Stack replaced(const Stack& stack) {
  return changed(stack, [](StackResource& resource) {
    if (auto* firewall = std::get_if<FirewallSpec>(&resource.spec)) firewall->description = "another one";
    if (auto* machine = std::get_if<InstanceSpec>(&resource.spec)) machine->type = "t3.large";
  });
}

// The program ends at its call number `call`: before it is made, or after it, which nobody learns. Then another one
// looks, applies and destroys.
std::string left_at(long call, bool after, const Plot& plot, bool& reached) {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Stack first = cloud.whole_stack();
  const Stack stack = plot.doing == Plot::Doing::replacing ? replaced(first) : first;
  if (plot.doing != Plot::Doing::applying) {
    if (auto wrong = applied(cloud, first); !wrong.empty()) return wrong;
  }
  memory::ComputeFaults faults;
  faults.late_looks = plot.late_looks;
  memory.compute().set_faults(faults);
  memory.crash().at(call, after);
  StackApplyOptions options;
  options.workers = plot.workers;
  options.lock_expiry = std::chrono::seconds(10);  // Of this machine's time, for who renews it.
  const bool destroying = plot.doing == Plot::Doing::destroying;
  auto ended = destroying ? cloud.deployment(stack).destroy(options) : cloud.deployment(stack).apply(options);
  reached = memory.crash().happened();
  if (!reached) memory.crash().never();
  if (!reached) return destroying ? cloud.leftovers() : destroyed(cloud, stack);

  const StackCloud later = memory.other_program();
  // The lock has expired, but what is late to be seen is waited for still.
  later.advance(std::chrono::seconds(11));
  if (plot.then_apply) {
    if (auto wrong = applied(later, stack); !wrong.empty()) return wrong;
    if (later.machines().size() != 1) return "not one machine";
  }
  return destroyed(later, stack);
}

std::string left_at_every_call(const Plot& plot) {
  for (const bool after : {false, true}) {
    bool reached = true;
    for (long call = 1; reached; ++call) {
      const std::string wrong = left_at(call, after, plot, reached);
      if (!wrong.empty()) return (after ? "after call " : "before call ") + std::to_string(call) + ": " + wrong;
      // Locks, states and things: else the whole of it was not tried.
      if (!reached && call < 20) return "only " + std::to_string(call) + " calls";
    }
  }
  return {};
}

std::string first_wrong(const std::vector<Plot>& plots) {
  for (const Plot& plot : plots) {
    if (auto wrong = left_at_every_call(plot); !wrong.empty()) return wrong;
  }
  return {};
}

// Takes every put, whatever its condition.
class Careless : public ForwardingBucket {
 public:
  Careless(std::shared_ptr<BucketDriver> inner, Condition::Kind ignored)
      : ForwardingBucket(std::move(inner)), ignored_(ignored) {}
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions without = options;
    if (options.condition.kind() == ignored_) without.condition = {};
    return inner_->put(key, source, without);
  }

 private:
  Condition::Kind ignored_;
};

std::string s06_store_without_conditional_put_refused() {
  const MemoryCloud memory;
  for (const auto kind : {Condition::Kind::absent, Condition::Kind::match}) {
    StackCloud cloud = memory.other_program();
    auto store = Registry::global().object_store("mem://").value();
    const std::string name = cloud.state.url().substr(std::string("mem://").size());
    cloud.state = Bucket(std::make_shared<Careless>(store->bucket(name).value(), kind));
    auto report = cloud.deployment(cloud.whole_stack()).apply();
    STACK_HOLDS(!report);
    STACK_HOLDS(report.error().code == ErrorCode::unsupported);
    STACK_HOLDS(contains(text_of(report), kind == Condition::Kind::absent ? "ignores the condition \"absent\" of puts"
                                                                          : "ignores the condition \"match\" of puts"));
    STACK_HOLDS(cloud.leftovers().empty());
  }
  return {};
}

}  // namespace

TEST_CASE("stacks in memory keep what stacks promise") {
  quiet_log();
  for (const NamedCase& each : cases()) {
    SUBCASE(each.name.c_str()) {
      const MemoryCloud memory;
      report(kWhere, each.name, each.run(memory.cloud()));
    }
  }
  using Doing = Plot::Doing;
  SUBCASE("S03") {
    report(kWhere, "S03_crash_after_call_before_write_no_duplicate",
           first_wrong({{Doing::applying, true}, {Doing::applying, true, 4}, {Doing::applying, true, 1, 2}}));
  }
  SUBCASE("S03, then destroyed") {
    report(kWhere, "S03_crash_then_destroy_no_orphan",
           first_wrong({{Doing::applying, false}, {Doing::applying, false, 4}, {Doing::applying, false, 1, 2}}));
  }
  SUBCASE("S06") {
    report(kWhere, "S06_store_without_conditional_put_refused", s06_store_without_conditional_put_refused());
  }
  SUBCASE("S08") {
    report(kWhere, "S08_crash_while_replacing", first_wrong({{Doing::replacing, true}, {Doing::replacing, false, 4}}));
  }
  SUBCASE("S09") {
    report(kWhere, "S09_destroy_reverse_and_resumable",
           first_wrong({{Doing::destroying, false}, {Doing::destroying, true}, {Doing::destroying, false, 4}}));
  }
}
