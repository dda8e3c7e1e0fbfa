#include "support/forwarding_runtime.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

#include <set>

// What a function has around it, where it is not removed, or not made, as a whole.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

/// Refuses what it is told to, and knows which identities there are and whose logs were removed.
class StrictRuntime final : public ForwardingRuntime {
 public:
  using ForwardingRuntime::ForwardingRuntime;
  Result<Function> create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    if (refuses_functions) return Error{ErrorCode::invalid_argument, "no such layer"};
    return inner_->create(spec, package, context);
  }
  Result<FunctionIdentity> ensure_identity(std::string_view function, const Context& context) override {
    identities.emplace(function);
    return inner_->ensure_identity(function, context);
  }
  Status remove_identity(std::string_view function, const Context& context) override {
    if (keeps_identities) return Error{ErrorCode::permission_denied, "not authorized to perform: iam:DeleteRole"};
    identities.erase(std::string(function));
    return inner_->remove_identity(function, context);
  }
  Status remove_logs(std::string_view function, const Context& context) override {
    ++removed_logs;
    return inner_->remove_logs(function, context);
  }

  bool refuses_functions = false;
  bool keeps_identities = false;
  std::set<std::string> identities = {};
  int removed_logs = 0;
};

struct HalfDone {
  HalfDone() {
    cloud.providers.functions = FunctionRuntime(runtime, memory.functions().hooks());
    hello.name = "hello";
    hello.code = FunctionCode::directory(cloud.code);
    hello.runtime = cloud.runtime;
    hello.handler = "app.handler";
    stack.function(hello);
  }
  bool is_known() const { return !cloud.deployment(stack).entries().value().empty(); }

  MemoryCloud memory;
  std::shared_ptr<StrictRuntime> runtime = std::make_shared<StrictRuntime>(memory.functions().driver());
  StackCloud cloud = memory.cloud();
  FunctionSpec hello;
  Stack stack{"small"};
};

}  // namespace

TEST_CASE("a destroy that ended behind the function itself is carried on by the next: nothing of it stays") {
  HalfDone half;
  REQUIRE(applied(half.cloud, half.stack) == "");
  half.runtime->keeps_identities = true;
  CHECK(contains(text_of(half.cloud.deployment(half.stack).destroy().value()), "its identity: "));
  REQUIRE(half.cloud.providers.functions->list().value().empty());
  CHECK(contains(text_of(half.cloud.deployment(half.stack).destroy().value()), "its identity: "));
  CHECK(half.is_known());
  half.runtime->keeps_identities = false;
  CHECK(destroyed(half.cloud, half.stack) == "");
  CHECK(half.runtime->identities.empty());
}

TEST_CASE("a function of others that took the name meanwhile is left alone, with all it has") {
  HalfDone half;
  REQUIRE(applied(half.cloud, half.stack) == "");
  half.runtime->keeps_identities = true;
  REQUIRE(half.cloud.deployment(half.stack).destroy());
  half.runtime->keeps_identities = false;
  half.hello.tags = {{"cloudkit-stack", "theirs-1"}, {"cloudkit-resource", "function.hello"}};
  REQUIRE(half.cloud.providers.functions->deploy(half.hello));
  CHECK(text_of(half.cloud.deployment(half.stack).destroy().value()) == "success");
  CHECK(half.cloud.providers.functions->get("hello").has_value());
  CHECK(half.runtime->identities.size() == 1);
}

TEST_CASE("a function that cannot be made leaves no identity, and an earlier one's logs stay") {
  HalfDone half;
  half.runtime->refuses_functions = true;
  CHECK(contains(text_of(half.cloud.deployment(half.stack).apply().value()), "no such layer"));
  CHECK(half.runtime->identities.empty());
  CHECK(half.runtime->removed_logs == 0);
  CHECK_FALSE(half.is_known());
}

TEST_CASE("what is left of a function that cannot be made is known until it can be taken away") {
  HalfDone half;
  half.runtime->refuses_functions = half.runtime->keeps_identities = true;
  CHECK(contains(text_of(half.cloud.deployment(half.stack).apply().value()), "no such layer"));
  CHECK(half.is_known());
  half.runtime->keeps_identities = false;
  CHECK(destroyed(half.cloud, half.stack) == "");
  CHECK(half.runtime->identities.empty());
  CHECK(half.runtime->removed_logs == 0);
}
