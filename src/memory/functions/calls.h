#pragma once

#include "memory/functions/execution.h"
#include "memory/functions/store.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::memory::functions {

/// Finds the function, runs it and keeps what it logs. Errors: `not_found`, also for a qualifier; `conflict`: pending
/// (`retryable`), or failed; `throttled`: `max_concurrency`.
Result<InvokeResult> call_function(FunctionStore& store, std::string_view name, std::string_view qualifier,
                                   std::string_view payload, std::string client_context, std::string request_id,
                                   const Context& context);
/// Whether `call_function` would run it. Errors: as that.
Status check_callable(FunctionStore& store, std::string_view name, std::string_view qualifier);
/// The same for a function behind an endpoint.
HttpResponse call_http_function(FunctionStore& store, std::string_view name, HttpRequest request);

/// What a qualifier names. Errors: `not_found`.
struct Qualified {
  std::string version = {};
  const Snapshot* snapshot = nullptr;
};
Result<Qualified> find_version(const StoredFunction& function, std::string_view qualifier);

}  // namespace cloudkit::inline v0::memory::functions
