#include "local/functions/launch.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/log.h"
#include "core/random.h"
#include "core/whole_file.h"
#include "core/without_value.h"
#include "crypto/digest.h"
#include "local/functions/python_bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::array<std::string_view, 4> kNative = {"native", "provided", "provided.al2", "provided.al2023"};
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated
constexpr std::array<std::string_view, 7> kDeprecated = {"provided",  "provided.al2", "python3.6", "python3.7",
                                                         "python3.8", "python3.9",    "python3.10"};

bool is_native(std::string_view runtime) { return std::find(kNative.begin(), kNative.end(), runtime) != kNative.end(); }

bool is_python(std::string_view runtime) {
  constexpr std::string_view kPython = "python3";
  if (!runtime.starts_with(kPython)) return false;
  runtime.remove_prefix(kPython.size());
  return runtime.empty() || (runtime.front() == '.' && core::parse_u64(runtime.substr(1)).has_value());
}

// Lambda's, without what only its machines have.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
std::vector<std::string> environment_of(const FunctionSnapshot& snapshot, std::string_view version,
                                        const std::string& code, const LaunchSettings& settings) {
  const FunctionSpec& spec = snapshot.spec;
  std::map<std::string, std::string> variables = {
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      // Where Lambda finds a package's libraries; the system's own need no naming here.
      {"LD_LIBRARY_PATH", fmt::format("{}:{}/lib", code, code)},
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"_HANDLER", spec.handler},
      {"LAMBDA_TASK_ROOT", code},
      {"LAMBDA_RUNTIME_DIR", code},
      {"AWS_LAMBDA_FUNCTION_NAME", spec.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", std::string(version)},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(spec.memory_mib)},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
      {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + spec.name},
      {"AWS_LAMBDA_LOG_STREAM_NAME", fmt::format("local/[{}]{}", version, core::random_hex(16))},
      // As the ARN says, so that no client reaches a region that nobody named.
      {"AWS_REGION", "local"},
      {"AWS_DEFAULT_REGION", "local"},
      // SDKs would find what the developer may do, in the home directory or on a cloud's machine.
      {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
      {"AWS_CONFIG_FILE", "/dev/null"},
      {"AWS_EC2_METADATA_DISABLED", "true"},
  };
  for (const std::string& name : settings.inherited) {
    if (const char* value = std::getenv(name.c_str()); value != nullptr) variables[name] = value;
  }
  for (const auto& [name, value] : spec.environment) variables[name] = value;
  std::vector<std::string> environment;
  environment.reserve(variables.size());
  for (const auto& [name, value] : variables) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

// Where a Python can read it, under a name that says which it is.
Result<std::string> write_bootstrap(const DirectoryStore& store) {
  const std::string_view text = python_bootstrap();
  const std::string digest = core::hex_encode(crypto::sha256(text)).substr(0, 16);
  std::string path = store.path(fmt::format("runtime/bootstrap-{}.py", digest));
  const auto there = core::read_whole_file(path, text.size() + 1);
  if (there && *there == text) return path;
  if (auto status = core::replace_private_file(path, text); !status) return std::move(status).error();
  return path;
}

Status add_python(Launch& launch, const DirectoryStore& store, const FunctionSpec& spec, Interpreters& interpreters,
                  const Context& context) {
  auto python = interpreters.python(spec.runtime, context);
  if (!python) return std::move(python).error();
  // -B: what was unpacked stays as it is.
  launch.child.arguments = {python->path, "-B"};
  if (python->has_runtime_client) {
    launch.child.arguments.insert(launch.child.arguments.end(), {"-m", "awslambdaric", spec.handler});
  } else {
    auto bootstrap = write_bootstrap(store);
    if (!bootstrap) return std::move(bootstrap).error();
    launch.child.arguments.push_back(*std::move(bootstrap));
  }
  launch.entrypoint = python->path;
  launch.runtime = fmt::format("{}, by Python {} of {}{}", spec.runtime, python->version, python->path,
                               python->has_runtime_client ? " with awslambdaric" : "");
  return {};
}

}  // namespace

std::string_view runtimes_hint() noexcept { return "native, provided, provided.al2, provided.al2023, python3.*"; }

Status check_runtime(const FunctionSpec& spec, Interpreters& interpreters, const Context& context) {
  const bool native = is_native(spec.runtime);
  if (!native && !is_python(spec.runtime)) {
    return core::unsupported(fmt::format("this machine does not run functions of the runtime \"{}\"",
                                         core::printable_excerpt(spec.runtime, 40)),
                             fmt::format("it runs {}", runtimes_hint()));
  }
  if (native && spec.architecture != Architecture::host && spec.architecture != core::host_architecture()) {
    return core::unsupported("the function's programs are of another architecture than this machine",
                             "build it for this machine, or leave the architecture to the host");
  }
  if (std::find(kDeprecated.begin(), kDeprecated.end(), spec.runtime) != kDeprecated.end()) {
    core::log(LogLevel::warn, "Lambda takes no new functions of this runtime any more",
              {{"function", spec.name}, {"runtime", spec.runtime}});
  }
  if (native) return {};
  return core::without_value(interpreters.python(spec.runtime, context));
}

Result<Launch> make_launch(const DirectoryStore& store, const FunctionSnapshot& snapshot, std::string_view version,
                           const std::string& code, Interpreters& interpreters, const LaunchSettings& settings,
                           const Context& context) {
  Launch launch;
  launch.version = std::string(version);
  launch.timeout = snapshot.spec.timeout;
  // Lambda ends the first start after ten seconds, and repeats it under the function's own timeout.
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
  launch.init_limit = std::max<std::chrono::milliseconds>(settings.init_limit, snapshot.spec.timeout);
  launch.memory_mib = snapshot.spec.memory_mib;
  launch.child.directory = code;
  launch.child.environment = environment_of(snapshot, version, code, settings);
  if (is_python(snapshot.spec.runtime)) {
    if (auto status = add_python(launch, store, snapshot.spec, interpreters, context); !status) {
      return std::move(status).error();
    }
    return launch;
  }
  launch.entrypoint = code + "/bootstrap";
  launch.runtime = snapshot.spec.runtime;
  launch.child.arguments = {launch.entrypoint};
  return launch;
}

}  // namespace cloudkit::inline v0::local::functions
