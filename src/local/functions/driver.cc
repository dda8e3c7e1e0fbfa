#include "local/functions/driver.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/random.h"
#include "core/start_thread.h"
#include "core/without_value.h"
#include "local/functions/code_directory.h"
#include "local/functions/function_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::size_t kFunctionsPerPage = 50;
constexpr std::chrono::milliseconds kHouseholdPause{500};

Function function_of(const FunctionRecord& record, const FunctionSnapshot& snapshot, std::string_view version) {
  Function function;
  function.name = record.name;
  function.id = function_arn(record.name);
  function.revision = snapshot.revision;
  function.code_digest = snapshot.code_digest;
  function.version = std::string(version);
  function.spec = snapshot.spec;
  function.modified = snapshot.modified;
  function.state = FunctionState::active;
  if (version == "$LATEST" && !record.start_failure.empty()) {
    function.state = FunctionState::failed;
    function.state_reason = record.start_failure;
  }
  return function;
}

Function latest_of(const FunctionRecord& record) { return function_of(record, record.latest, "$LATEST"); }

FunctionSpec without_code(FunctionSpec spec) {
  spec.code = {};
  return spec;
}

Status check_package(const FunctionPackage& package) {
  if (!package.zip.empty()) return {};
  return core::unsupported("functions on this machine run from a directory, a program or a zip",
                           "images and objects need a service that reads them");
}

std::vector<std::string> revisions_of(const FunctionRecord& record) {
  std::vector<std::string> revisions = {record.latest.revision};
  for (const auto& [number, snapshot] : record.versions) revisions.push_back(snapshot.revision);
  return revisions;
}

// A header can hold no line end, which JSON does not need, and no DEL, which JSON has another spelling for.
std::string header_text(std::string_view json) {
  std::string out;
  for (const char c : json) {
    if (c == '\x7f') {
      out += "\\u007f";
    } else {
      out += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

LocalFunctionDriver::LocalFunctionDriver(std::string directory, FunctionRuntimeOptions options)
    : options_(std::move(options)),
      store_(std::move(directory), options_.sync),
      invoker_(store_, {{options_.inherit, options_.init_limit}, options_.max_concurrency}),
      queue_(store_, invoker_, options_.retry_delay),
      endpoints_(store_, invoker_, options_.port),
      scheduler_(store_, queue_) {}

LocalFunctionDriver::~LocalFunctionDriver() {
  ending_.cancel();
  if (housekeeper_.joinable()) housekeeper_.join();
  scheduler_.release();  // Now, since the rest may take a while.
  endpoints_.stop();
  queue_.stop();
  invoker_.pools().close();
}

Status LocalFunctionDriver::begin(const Context& context) {
  if (auto status = context.check(); !status) return status;
  const std::scoped_lock lock(mutex_);
  if (begun_) return {};
  if (auto status = store_.prepare(); !status) return status;
  if (auto started = core::start_thread(housekeeper_, [this] { keep_house(); }); !started) return started;
  begun_ = true;
  return {};
}

void LocalFunctionDriver::keep_house() {
  do {
    queue_.adopt();
    endpoints_.take_over();
    scheduler_.tick(std::chrono::system_clock::now());
    invoker_.pools().reap(options_.idle_limit);
  } while (ending_.wait_for(kHouseholdPause));
}

FunctionCapabilities LocalFunctionDriver::capabilities() const {
  FunctionCapabilities can;
  can.endpoints = can.schedules = can.logs = can.versions = can.native = can.read_after_write = true;
  core::set_lambda_quotas(can);  // What runs here runs there.
  can.max_code = core::kLambdaCode;
  can.supported_runtimes_hint = std::string(runtimes_hint());
  return can;
}

std::string LocalFunctionDriver::url() const {
  return "local://" + core::percent_encode(store_.directory(), core::Slash::keep);
}

Status LocalFunctionDriver::store_changed(FunctionRecord& record) {
  record.latest.modified = std::chrono::system_clock::now();
  record.generation = core::random_hex(8);
  record.start_failure.clear();
  if (auto status = store_.write(record); !status) return status;
  // What runs the old code or configuration ends once it has no more to do.
  const Target now{record.latest, "$LATEST", record.generation, {}};
  invoker_.pools().retire(record.name + ":$LATEST:", now.key());
  remove_unused_code(store_, record.name, revisions_of(record));
  return {};
}

Result<Function> LocalFunctionDriver::create(const FunctionSpec& spec, const FunctionPackage& package,
                                             const Context& context) {
  if (auto status = begin(context); !status) return status.error();
  if (auto status = check_package(package); !status) return status.error();
  if (auto status = check_runtime(spec, invoker_.interpreters(), context); !status) return status.error();
  const auto lock = store_.lock(context);
  if (!lock) return lock.error();
  if (store_.exists(spec.name)) {
    return core::fail(ErrorCode::already_exists, fmt::format("there is a function \"{}\" already", spec.name));
  }
  if (auto status = unpack_code(store_, spec.name, package.zip); !status) return status.error();
  FunctionRecord record;
  record.name = spec.name;
  record.latest.spec = without_code(spec);
  record.latest.revision = revision_of(package.zip);
  record.latest.code_digest = package.digest;
  if (auto status = store_changed(record); !status) return status.error();
  return latest_of(record);
}

Result<FunctionRecord> LocalFunctionDriver::change(std::string_view name, const Context& context,
                                                   const std::function<Status(FunctionRecord&)>& apply) {
  if (auto status = begin(context); !status) return status.error();
  const auto id = parse_function_id(name);
  if (!id) return id.error();
  const auto lock = store_.lock(context);
  if (!lock) return lock.error();
  auto record = store_.read(id->name);
  if (!record) return record;
  if (auto status = apply(*record); !status) return status.error();
  return record;
}

Result<Function> LocalFunctionDriver::update_code(const FunctionSpec& spec, const FunctionPackage& package,
                                                  const Context& context) {
  if (auto status = check_package(package); !status) return status.error();
  const auto record = change(spec.name, context, [&](FunctionRecord& stored) {
    if (auto status = unpack_code(store_, stored.name, package.zip); !status) return status;
    stored.latest.revision = revision_of(package.zip);
    stored.latest.code_digest = package.digest;
    stored.latest.spec.architecture = spec.architecture;
    return store_changed(stored);
  });
  if (!record) return record.error();
  return latest_of(*record);
}

Result<Function> LocalFunctionDriver::update_config(const FunctionSpec& spec, const Context& context) {
  if (auto status = check_runtime(spec, invoker_.interpreters(), context); !status) return status.error();
  const auto record = change(spec.name, context, [&](FunctionRecord& stored) {
    const Architecture architecture = stored.latest.spec.architecture;
    stored.latest.spec = without_code(spec);
    stored.latest.spec.name = stored.name;
    stored.latest.spec.architecture = architecture;
    return store_changed(stored);
  });
  if (!record) return record.error();
  return latest_of(*record);
}

Result<Function> LocalFunctionDriver::get(std::string_view name, std::string_view qualifier, const Context& context) {
  if (auto status = begin(context); !status) return status.error();
  const auto id = parse_function_id(name);
  if (!id) return id.error();
  const auto record = store_.read(id->name);
  if (!record) return record.error();
  const auto target = resolve(*record, qualifier.empty() ? std::string_view(id->qualifier) : qualifier);
  if (!target) return target.error();
  return function_of(*record, target->snapshot, target->version);
}

Result<FunctionPage> LocalFunctionDriver::list_page(std::string_view page_token, const Context& context) {
  if (auto status = begin(context); !status) return status.error();
  const auto names = store_.names();
  if (!names) return names.error();
  FunctionPage page;
  for (auto it = std::upper_bound(names->begin(), names->end(), page_token); it != names->end(); ++it) {
    if (page.functions.size() == kFunctionsPerPage) {
      page.next_page_token = page.functions.back().name;
      break;
    }
    const auto record = store_.read(*it);
    if (record) {
      page.functions.push_back(latest_of(*record));
    } else if (record.error().code != ErrorCode::not_found) {
      return record.error();
    }
  }
  return page;
}

Result<InvokeResult> LocalFunctionDriver::invoke(std::string_view name, std::string_view payload,
                                                 const InvokeOptions& options) {
  if (auto status = begin(options.context); !status) return status.error();
  const auto id = parse_function_id(name);
  if (!id) return id.error();
  const std::string& qualifier = options.qualifier.empty() ? id->qualifier : options.qualifier;
  RuntimeEvent event;
  event.request_id = new_request_id();
  event.payload = std::string(payload);
  event.client_context = header_text(options.client_context);
  if (options.mode == InvokeMode::sync) {
    auto result = invoker_.invoke(id->name, qualifier, event, options.context);
    if (result && !options.log_tail) result->log_tail.clear();
    return result;
  }
  const auto record = store_.read(id->name);
  const auto target = record ? resolve(*record, qualifier) : Result<Target>(record.error());
  if (!target) return target.error();
  InvokeResult result;
  result.executed_version = target->version;
  result.request_id = event.request_id;
  if (options.mode == InvokeMode::dry_run) return result;
  const auto now = std::chrono::system_clock::now();
  const Status pushed =
      queue_.push({id->name, qualifier, event.payload, event.client_context, event.request_id, 0, now, now});
  if (!pushed) return pushed.error();
  return result;
}

Status LocalFunctionDriver::remove(std::string_view name, const Context& context) {
  const auto removed = change(name, context, [&](FunctionRecord& record) {
    invoker_.pools().retire(record.name + ':');
    // From then on there is no such function; the rest is only rubbish.
    if (auto status = store_.erase(record.name); !status) return status;
    remove_unused_code(store_, record.name, {});
    return Status();
  });
  return core::without_value(removed);
}

Result<std::string> LocalFunctionDriver::publish(std::string_view function, const Context& context) {
  std::uint64_t version = 0;
  const auto record = change(function, context, [&](FunctionRecord& stored) {
    version = stored.last_version;
    const auto newest = stored.versions.find(version);
    if (newest != stored.versions.end() && newest->second.same_as(stored.latest)) return Status();
    version = ++stored.last_version;
    stored.versions[version] = stored.latest;
    return store_.write(stored);
  });
  if (!record) return record.error();
  return std::to_string(version);
}

Status LocalFunctionDriver::set_alias(std::string_view function, std::string_view alias, std::string_view version,
                                      const Context& context) {
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (alias.empty() || alias.size() > 128 || alias.find_first_not_of(kCharacters) != std::string_view::npos ||
      core::parse_u64(alias)) {
    return core::invalid_argument("an alias is 1 to 128 letters, digits, - and _, and not a number");
  }
  const auto record = change(function, context, [&](FunctionRecord& stored) {
    const auto number = core::parse_u64(version);
    if (version != "$LATEST" && (!number || stored.versions.count(*number) == 0)) {
      return Status(core::fail(ErrorCode::not_found, fmt::format("the function \"{}\" has no version \"{}\"",
                                                                 stored.name, core::printable_excerpt(version, 40))));
    }
    stored.aliases[std::string(alias)] = std::string(version);
    return store_.write(stored);
  });
  return core::without_value(record);
}

}  // namespace cloudkit::inline v0::local::functions
