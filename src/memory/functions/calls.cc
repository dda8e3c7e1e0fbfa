#include "memory/functions/calls.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::memory::functions {
namespace {

// A call that has begun: the function counts it until it ends.
struct Begun {
  std::string name = {};
  std::uint64_t incarnation = 0;
  Execution execution = {};
};

Error not_ready() {
  Error error = core::fail(ErrorCode::conflict, "the function is pending");
  error.retryable = true;
  return error;
}

Error too_many_calls(int limit) {
  Error error = core::fail(ErrorCode::throttled, fmt::format("the function lets {} calls through at once", limit),
                           "FunctionSpec::max_concurrency");
  error.retryable = true;
  return error;
}

Result<Begun> begin(FunctionStore& store, std::string_view name_or_id, std::string_view qualifier,
                    std::string request_id) {
  Begun begun;
  begun.name = function_name(store, name_or_id);
  const auto found = store.functions.find(begun.name);
  if (found == store.functions.end()) return no_such_function(name_or_id);
  StoredFunction& function = found->second;
  auto version = find_version(function, qualifier);
  if (!version) return std::move(version).error();
  if (function.is_new && function.pending_looks > 0) return not_ready();
  if (!function.failure.empty()) return core::fail(ErrorCode::conflict, "the function failed: " + function.failure);
  const FunctionSpec& spec = version->snapshot->spec;
  if (spec.max_concurrency && function.running >= *spec.max_concurrency) return too_many_calls(*spec.max_concurrency);

  Execution& execution = begun.execution;
  if (const auto handler = store.handlers.find(spec.handler); handler != store.handlers.end()) {
    execution.handler = handler->second;
  }
  execution.spec = spec;
  execution.function_id = function_id(store, begun.name);
  execution.version = version->version;
  execution.request_id = std::move(request_id);
  execution.limit = store.options.timeout_second * spec.timeout.count();
  begun.incarnation = function.incarnation;
  ++function.running;
  return begun;
}

// A call may outlive its function, and see another one of the same name.
void end(FunctionStore& store, const Begun& begun, const std::vector<std::string>& lines) {
  const auto found = store.functions.find(begun.name);
  const bool is_there = found != store.functions.end() && found->second.incarnation == begun.incarnation;
  if (is_there) --found->second.running;
  // A log outlives its function until it is removed, and then stays so.
  if (lines.empty() || (!is_there && !store.logs.contains(begun.name))) return;
  auto& log = store.logs[begun.name];
  for (const std::string& line : lines) log.push_back({store.now(), line});
}

}  // namespace

Result<Qualified> find_version(const StoredFunction& function, std::string_view qualifier) {
  const auto alias = function.aliases.find(qualifier);
  const std::string version(alias == function.aliases.end() ? qualifier : std::string_view(alias->second));
  if (version.empty() || version == "$LATEST") return Qualified{"$LATEST", &function.latest};
  if (const auto number = core::parse_u64(version); number && *number < 1'000'000'000) {
    const auto found = function.versions.find(static_cast<int>(*number));
    if (found != function.versions.end()) return Qualified{version, &found->second};
  }
  return core::fail(ErrorCode::not_found, fmt::format("the function has no version or alias \"{}\"", qualifier));
}

Result<InvokeResult> call_function(FunctionStore& store, std::string_view name, std::string_view qualifier,
                                   std::string_view payload, std::string client_context, std::string request_id,
                                   const Context& context) {
  Result<Begun> begun = no_such_function(name);
  {
    const std::scoped_lock lock(store.mutex);
    begun = begin(store, name, qualifier, std::move(request_id));
    if (!begun) return std::move(begun).error();
  }
  begun->execution.client_context = std::move(client_context);
  Executed executed = execute(begun->execution, payload, context);
  executed.result.log_tail = log_tail(executed.lines);
  {
    const std::scoped_lock lock(store.mutex);
    end(store, *begun, executed.lines);
  }
  if (auto going = context.check(); !going) {
    Error ended = std::move(going).error();
    ended.may_have_happened = true;
    return ended;
  }
  return std::move(executed.result);
}

Status check_callable(FunctionStore& store, std::string_view name, std::string_view qualifier) {
  const std::scoped_lock lock(store.mutex);
  auto begun = begin(store, name, qualifier, {});
  if (!begun) return std::move(begun).error();
  end(store, *begun, {});
  return {};
}

HttpResponse call_http_function(FunctionStore& store, std::string_view name, HttpRequest request) {
  Result<Begun> begun = no_such_function(name);
  {
    const std::scoped_lock lock(store.mutex);
    begun = begin(store, name, {}, core::random_hex(16));
  }
  std::vector<std::string> lines;
  HttpResponse response;
  response.status = 500;
  response.content_type = "application/json";
  response.body = R"({"message":"Internal server error"})";
  if (!begun) return response;
  response = execute_http(begun->execution, std::move(request), lines);
  const std::scoped_lock lock(store.mutex);
  end(store, *begun, lines);
  return response;
}

}  // namespace cloudkit::inline v0::memory::functions
