#include "local/functions/invoker.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/time.h"
#include "local/functions/function_errors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::string_view kLatest = "$LATEST";
// Of an answer that is there already.
constexpr std::chrono::seconds kLongestWaitForLock{5};

Error no_such_qualifier(std::string_view name, std::string_view qualifier) {
  return core::fail(ErrorCode::not_found, fmt::format("the function \"{}\" has no version or alias \"{}\"", name,
                                                      core::printable_excerpt(qualifier, 80)));
}

// What waits behind the lines of an invocation that never came to its report.
void log_failure(InvocationLog& log, const RuntimeEvent& event, const FunctionError& error) {
  log.line(error.message);
  log.line("END RequestId: " + event.request_id);
}

}  // namespace

std::string Target::key() const { return fmt::format("{}:{}:{}", snapshot.spec.name, version, generation); }

Result<Target> resolve(const FunctionRecord& record, std::string_view qualifier) {
  if (const auto alias = record.aliases.find(qualifier); alias != record.aliases.end()) qualifier = alias->second;
  if (qualifier.empty() || qualifier == kLatest) {
    return Target{record.latest, std::string(kLatest), record.generation, record.start_failure};
  }
  const auto number = core::parse_u64(qualifier);
  const auto it = number ? record.versions.find(*number) : record.versions.end();
  if (it == record.versions.end()) return no_such_qualifier(record.name, qualifier);
  // Of a function that was removed and made anew there may be programs of the same version.
  return Target{it->second, std::string(qualifier), core::format_rfc3339(it->second.modified), {}};
}

std::string new_request_id() {
  std::string hex = core::random_hex(16);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  for (const std::size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
  return hex;
}

std::string new_trace_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", std::chrono::floor<std::chrono::seconds>(now).count(),
                     core::random_hex(12), core::random_hex(8));
}

Result<InvokeResult> Invoker::invoke(std::string_view name, std::string_view qualifier, RuntimeEvent event,
                                     const Context& context, const InvokeTerms& terms) {
  auto target = find(name, qualifier);
  if (!target) return std::move(target).error();
  event.function_arn = function_arn(name) + (qualifier.empty() ? "" : ":" + std::string(qualifier));
  event.trace_id = new_trace_id();

  const LogFiles files = store_->logs(name);
  InvocationLog log(files);
  auto outcome = run_newest(name, qualifier, *target, event, log, terms, context);
  if (!outcome) return std::move(outcome).error();
  remember_start(*target, *outcome, terms.once_begun ? *terms.once_begun : context);
  InvokeResult result;
  result.payload = std::move(outcome->payload);
  result.error = std::move(outcome->error);
  result.log_tail = log.tail();
  result.request_id = event.request_id;
  result.executed_version = target->version;
  return result;
}

// `target` was read before its turn came: its code may have been replaced, and removed.
Result<Outcome> Invoker::run_newest(std::string_view name, std::string_view qualifier, Target& target,
                                    const RuntimeEvent& event, InvocationLog& log, const InvokeTerms& terms,
                                    const Context& context) {
  while (true) {
    auto outcome = run(target, event, log, terms, context);
    if (outcome || outcome.error().code != ErrorCode::not_found) return outcome;
    auto newest = find(name, qualifier);
    if (!newest) return std::move(newest).error();
    if (newest->key() == target.key()) return outcome;
    target = *std::move(newest);
  }
}

Result<Target> Invoker::find(std::string_view name, std::string_view qualifier) const {
  const auto record = store_->read(name);
  return record ? resolve(*record, qualifier) : Result<Target>(record.error());
}

Result<Outcome> Invoker::run(const Target& target, const RuntimeEvent& event, InvocationLog& log,
                             const InvokeTerms& terms, const Context& context) {
  const int limit = target.snapshot.spec.max_concurrency.value_or(settings_.max_concurrency);
  if (limit <= 0) {
    return core::fail(ErrorCode::throttled, "the function lets no invocation through",
                      "its max_concurrency is 0: deploy it with another");
  }
  auto lease = pools_.acquire(target.key(), limit, terms.when_busy, context);
  if (!lease) return std::move(lease).error();
  const Context& running = terms.once_begun ? *terms.once_begun : context;
  while (true) {
    const bool warm = lease->instance != nullptr;
    if (!warm) {
      auto started = start(target, log, running);
      if (!started && started.error().code == ErrorCode::invalid_argument) {
        FunctionError error = entrypoint_error(event.request_id, started.error().resource, started.error().message);
        log_failure(log, event, error);
        Outcome outcome = failed(std::move(error));
        outcome.init_failed = true;
        return outcome;
      }
      if (!started) return std::move(started).error();
      lease->instance = *std::move(started);
    }
    auto outcome = lease->instance->worker->run(event, log, running);
    if (outcome && outcome->reusable) lease->keep();
    // It ended while it was idle, and knows nothing of this invocation.
    const bool was_dead = warm && outcome && !outcome->delivered;
    if (!was_dead) return outcome;
    lease->instance.reset();
  }
}

Result<std::unique_ptr<Instance>> Invoker::start(const Target& target, InvocationLog& log, const Context& context) {
  auto code = CodeUse::begin(*store_, target.snapshot.spec.name, target.snapshot.revision);
  if (!code) return std::move(code).error();
  const auto launch =
      make_launch(*store_, target.snapshot, target.version, code->path(), interpreters_, settings_.launch, context);
  if (!launch) return launch.error();
  auto worker = Worker::start(spawner_, *launch);
  if (!worker) {
    Error error = std::move(worker).error();
    error.resource = launch->entrypoint;
    if (::access(launch->entrypoint.c_str(), F_OK) != 0) error.message.clear();
    return error;
  }
  log.line("INIT_START Runtime Version: " + launch->runtime);
  return std::make_unique<Instance>(Instance{*std::move(code), *std::move(worker)});
}

// A start that failed is the function's state until one succeeds: `get` tells it.
void Invoker::remember_start(const Target& target, const Outcome& outcome, const Context& context) {
  if (target.version != kLatest) return;
  const std::string failure = outcome.init_failed && outcome.error
                                  ? fmt::format("{}: {}", outcome.error->type, outcome.error->message)
                                  : std::string();
  if (failure.empty() == target.start_failure.empty()) return;
  const auto lock = store_->lock(context.child_with_timeout(kLongestWaitForLock));
  auto record = lock ? store_->read(target.snapshot.spec.name) : Result<FunctionRecord>(lock.error());
  if (!record || record->generation != target.generation) return;
  record->start_failure = failure;
  (void)store_->write(*record);
}

}  // namespace cloudkit::inline v0::local::functions
