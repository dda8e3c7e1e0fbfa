#include "function_runtime/difference.h"

#include "core/encode.h"

#include <string_view>

namespace cloudkit::inline v0::function_runtime {
namespace {

// Where "native" is a runtime of another name, or needs a handler that says nothing, the service tells it so, or not.
bool is_plain_native(const FunctionSpec& spec) { return spec.runtime == "native" || spec.runtime == "provided.al2023"; }

std::string_view runtime_of(const FunctionSpec& spec) {
  return is_plain_native(spec) ? std::string_view("native") : spec.runtime;
}

std::string_view handler_of(const FunctionSpec& spec) {
  return is_plain_native(spec) && spec.handler.empty() ? "bootstrap" : std::string_view(spec.handler);
}

}  // namespace

bool has_same_code(const Function& function, const FunctionSpec& wanted, const FunctionPackage& package) {
  return !function.code_digest.empty() && function.code_digest == package.digest &&
         function.spec.architecture == wanted.architecture;
}

std::string changed_members(const FunctionSpec& present, const FunctionSpec& wanted) {
  std::string changed;
  const auto compare = [&changed](std::string_view name, bool same) {
    if (!same) core::append_listed(changed, name);
  };
  compare("runtime", runtime_of(present) == runtime_of(wanted));
  compare("handler", handler_of(present) == handler_of(wanted));
  compare("description", present.description == wanted.description);
  compare("timeout", present.timeout == wanted.timeout);
  compare("memory_mib", present.memory_mib == wanted.memory_mib);
  compare("scratch_mib", present.scratch_mib == wanted.scratch_mib);
  compare("environment", present.environment == wanted.environment);
  compare("tags", present.tags == wanted.tags);
  compare("identity", wanted.identity.empty() || present.identity == wanted.identity);
  compare("max_concurrency", present.max_concurrency == wanted.max_concurrency);
  return changed;
}

}  // namespace cloudkit::inline v0::function_runtime
