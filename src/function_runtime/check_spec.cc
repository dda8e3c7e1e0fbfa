#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "function_runtime/check_text.h"
#include "function_runtime/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::function_runtime {
namespace {

using core::invalid_argument;

constexpr std::string_view kVariables = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html";

// Lambda takes 64 characters in any case, Cloud Run 49 in lower case, Azure makes a host name of it.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create
constexpr std::size_t kLongestName = 49;
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
constexpr int kLeastMemory = 128;
constexpr int kLeastScratch = 512;
constexpr int kMostScratch = 10240;
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
constexpr std::size_t kLongestDescription = 256;
constexpr std::size_t kLongestHandler = 128;
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
constexpr std::size_t kMaxTags = 49;  // Of Lambda's 50 one is ours: which code it is.
constexpr std::size_t kLongestTagName = 128;
constexpr std::size_t kLongestTagValue = 256;

// What the runtime itself sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
constexpr std::array kReserved = {"AWS_ACCESS_KEY",
                                  "AWS_ACCESS_KEY_ID",
                                  "AWS_DEFAULT_REGION",
                                  "AWS_EXECUTION_ENV",
                                  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                  "AWS_LAMBDA_FUNCTION_NAME",
                                  "AWS_LAMBDA_FUNCTION_VERSION",
                                  "AWS_LAMBDA_INITIALIZATION_TYPE",
                                  "AWS_LAMBDA_LOG_GROUP_NAME",
                                  "AWS_LAMBDA_LOG_STREAM_NAME",
                                  "AWS_LAMBDA_MAX_CONCURRENCY",
                                  "AWS_LAMBDA_METADATA_API",
                                  "AWS_LAMBDA_METADATA_TOKEN",
                                  "AWS_LAMBDA_RUNTIME_API",
                                  "AWS_REGION",
                                  "AWS_SECRET_ACCESS_KEY",
                                  "AWS_SECRET_KEY",
                                  "AWS_SECURITY_TOKEN",
                                  "AWS_SESSION_TOKEN",
                                  "LAMBDA_RUNTIME_DIR",
                                  "LAMBDA_TASK_ROOT"};

Status check_name(std::string_view name) {
  const bool chars = is_made_of(name, "-", kLongestName) &&
                     std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (chars && is_lower(name.front()) && name.back() != '-') return {};
  return invalid_argument(
      fmt::format(
          "{} is no name of a function: 1 to {} lower-case letters, digits and '-', a letter first, no '-' last",
          in_quotes(name), kLongestName),
      "that is what Lambda, Cloud Run and Azure Functions all take: "
      "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html");
}

Status check_code(const FunctionCode& code, const FunctionCapabilities& capabilities) {
  using Kind = FunctionCode::Kind;
  if (code.kind() == Kind::none) {
    return invalid_argument("the spec has no code",
                            "FunctionCode::directory, executable, zip, object or image make one");
  }
  if (code.location().empty()) return invalid_argument("the code's path or URL is empty");
  if (code.location().find('\0') != std::string::npos)
    return invalid_argument("the code's path or URL holds a NUL byte");
  if (code.kind() == Kind::image && !capabilities.images) {
    return core::unsupported("this function runtime runs no container images",
                             "deploy a directory, a program or a zip");
  }
  if (code.kind() == Kind::object && !capabilities.objects) {
    return core::unsupported("this function runtime reads no code from a bucket",
                             "download it, and deploy it by FunctionCode::zip");
  }
  return {};
}

// Letters, digits and what separates them: "python3.12", "nodejs20.x", "provided.al2023".
Status check_runtime(const FunctionSpec& spec, const FunctionCapabilities& capabilities) {
  const bool image = spec.code.kind() == FunctionCode::Kind::image;
  if (!is_made_of(spec.runtime, ".-_", 64)) {
    return invalid_argument(fmt::format("{} is no name of a runtime", in_quotes(spec.runtime)),
                            capabilities.supported_runtimes_hint);
  }
  if (spec.runtime == "native" && !image && !capabilities.native) {
    return core::unsupported("this function runtime runs no native programs", capabilities.supported_runtimes_hint);
  }
  if (spec.handler.size() > kLongestHandler || !core::is_valid_utf8(spec.handler) ||
      core::has_control_character(spec.handler) || spec.handler.find(' ') != std::string::npos) {
    return invalid_argument(fmt::format("{} is no handler: at most {} characters, none of them white space",
                                        in_quotes(spec.handler), kLongestHandler),
                            "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html");
  }
  if (spec.handler.empty() && spec.runtime != "native" && !image) {
    return invalid_argument(fmt::format("a function of {} needs a handler", spec.runtime),
                            "file and function: FunctionSpec::handler = \"app.handler\" for def handler in app.py");
  }
  return {};
}

template <class Number>
Status check_between(std::string_view what, Number value, Number least, Number most, std::string_view unit) {
  if (value >= least && (most == 0 || value <= most)) return {};
  const std::string rule = most == 0 ? fmt::format("at least {}", least) : fmt::format("{} to {}", least, most);
  return invalid_argument(fmt::format("{} is {}{}, not {}{}", what, rule, unit, value, unit), std::string(kQuotaPage));
}

Status check_sizes(const FunctionSpec& spec, const FunctionCapabilities& capabilities) {
  if (auto ok = check_between("the timeout", spec.timeout.count(), std::chrono::seconds::rep{1},
                              capabilities.max_timeout.count(), " s");
      !ok) {
    return ok;
  }
  if (auto ok = check_between("memory_mib", spec.memory_mib, kLeastMemory, capabilities.max_memory_mib, " MiB"); !ok) {
    return ok;
  }
  if (auto ok = check_between("scratch_mib", spec.scratch_mib, kLeastScratch, kMostScratch, " MiB"); !ok) return ok;
  if (spec.max_concurrency && *spec.max_concurrency < 0) {
    return invalid_argument(fmt::format("max_concurrency is {}, less than 0", *spec.max_concurrency),
                            "leave it empty for no limit; 0 lets no invocation through");
  }
  if (!core::is_valid_utf8(spec.description) || core::has_control_character(spec.description)) {
    return invalid_argument("the description is not UTF-8, or holds a control character");
  }
  if (spec.description.size() > kLongestDescription) {
    return invalid_argument(
        fmt::format("the description has {} bytes, more than {}", spec.description.size(), kLongestDescription),
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html");
  }
  return {};
}

Status check_variable(const std::string& name, const std::string& value) {
  if (!is_made_of(name, "_", std::string::npos) || !is_letter(name.front()) || name.size() < 2) {
    return invalid_argument(
        fmt::format("{} is no name of a variable: two or more letters, digits and '_', a letter first",
                    in_quotes(name)),
        std::string(kVariables));
  }
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    return invalid_argument(fmt::format("the variable {} is set by the runtime itself", name), std::string(kVariables));
  }
  // Its value may be a secret: no message shows it.
  if (!core::is_valid_utf8(value) || value.find('\0') != std::string::npos) {
    return invalid_argument(fmt::format("the value of the variable {} is not UTF-8, or holds a NUL byte", name));
  }
  return {};
}

Status check_environment(const FunctionSpec& spec, const FunctionCapabilities& capabilities) {
  std::uint64_t size = 0;
  for (const auto& [name, value] : spec.environment) {
    if (auto ok = check_variable(name, value); !ok) return ok;
    size += name.size() + value.size();
  }
  if (capabilities.max_environment == 0 || size <= capabilities.max_environment) return {};
  return invalid_argument(
      fmt::format("the environment has {} bytes in all, more than {}", size, capabilities.max_environment),
      fmt::format("put large values into a bucket or a parameter store; {}", kQuotaPage));
}

Status check_tag_text(std::string_view what, std::string_view text, std::size_t longest) {
  if (core::is_valid_utf8(text) && !core::has_control_character(text) && text.size() <= longest) return {};
  return invalid_argument(fmt::format("a tag's {} is at most {} bytes of UTF-8 without control characters, not {}",
                                      what, longest, in_quotes(text)),
                          "https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html");
}

Status check_tags(const FunctionSpec& spec) {
  if (spec.tags.size() > kMaxTags) {
    return invalid_argument(fmt::format("{} tags are more than {}", spec.tags.size(), kMaxTags));
  }
  for (const auto& [name, value] : spec.tags) {
    if (name.empty()) return invalid_argument("a tag has no name");
    if (auto ok = check_tag_text("name", name, kLongestTagName); !ok) return ok;
    if (auto ok = check_tag_text("value", value, kLongestTagValue); !ok) return ok;
    const std::string lower = core::to_lower(name);
    if (lower.starts_with("aws:") || lower.starts_with("cloudkit:")) {
      return invalid_argument(
          fmt::format("the tag {} is not yours to set: aws: and cloudkit: are taken", in_quotes(name)));
    }
  }
  return {};
}

Status check_identity(const FunctionSpec& spec, const FunctionCapabilities& capabilities) {
  if (spec.identity.empty()) return {};
  if (!capabilities.identities) {
    return core::unsupported("this function runtime has no identities", "leave FunctionSpec::identity empty here");
  }
  if (spec.identity.size() <= 2048 && core::printable_excerpt(spec.identity, spec.identity.size()) == spec.identity &&
      spec.identity.find(' ') == std::string::npos) {
    return {};
  }
  return invalid_argument(fmt::format("{} is no identity: a role's ARN, a service account", in_quotes(spec.identity)));
}

}  // namespace

Result<FunctionSpec> check_spec(const FunctionSpec& spec, const FunctionCapabilities& capabilities) {
  const std::array checks = {
      check_name(spec.name),
      check_code(spec.code, capabilities),
      check_runtime(spec, capabilities),
      check_sizes(spec, capabilities),
      check_environment(spec, capabilities),
      check_tags(spec),
      check_identity(spec, capabilities),
  };
  for (const Status& check : checks) {
    if (!check) return check.error();
  }
  FunctionSpec whole = spec;
  if (whole.architecture == Architecture::host) whole.architecture = core::host_architecture();
  if (whole.handler.empty() && whole.runtime == "native" && whole.code.kind() != FunctionCode::Kind::image) {
    whole.handler = "bootstrap";
  }
  return whole;
}

}  // namespace cloudkit::inline v0::function_runtime
