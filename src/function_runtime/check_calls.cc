#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "function_runtime/check_text.h"
#include "function_runtime/checks.h"

#include <cloudkit/function_runtime.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace cloudkit::inline v0::function_runtime {
namespace {

using core::invalid_argument;

constexpr std::string_view kInvokePage = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html";
constexpr std::string_view kPathPage =
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html";

// An ARN with its qualifier has up to 170 characters; other services' ids are longer.
constexpr std::size_t kLongestReference = 1024;
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
constexpr std::size_t kLongestQualifier = 128;
constexpr std::size_t kLongestClientContext = 3583;  // As base64.
// https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
constexpr std::size_t kLongestStage = 128;
constexpr std::size_t kLongestPath = 1024;
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
constexpr std::size_t kLongestScheduleName = 64;

constexpr std::array kMethods = {"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};

// What would put text into a URL's path or a message that nobody meant.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

Status check_json(std::string_view what, std::string_view text) {
  if (codec::is_json(text)) return {};
  return invalid_argument(fmt::format("{} is not JSON", what),
                          "text is written with quotes, \"like this\"; bytes travel as base64 in such a text");
}

Status check_size(std::string_view what, std::size_t size, std::uint64_t most) {
  if (most == 0 || size <= most) return {};
  return invalid_argument(fmt::format("{} has {} bytes, more than {}", what, size, most),
                          fmt::format("let larger data travel through a bucket; {}", kQuotaPage));
}

// "{name}", and at the end "{name+}", which takes all segments that are left.
bool is_parameter(std::string_view segment, bool last) {
  if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}') return false;
  std::string_view name = segment.substr(1, segment.size() - 2);
  if (name.ends_with('+')) {
    if (!last) return false;
    name.remove_suffix(1);
  }
  return is_made_of(name, "._-:", kLongestPath);
}

bool is_literal(std::string_view segment) {
  return segment != "." && segment != ".." && is_made_of(segment, "._-:", kLongestPath);
}

bool is_endpoint_path(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > kLongestPath) return false;
  if (path == "/") return true;
  for (std::size_t begin = 1;;) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    const bool last = end == path.size();
    if (!is_literal(segment) && !is_parameter(segment, last)) return false;
    if (last) return true;
    begin = end + 1;
  }
}

// What is behind a name: "hello:live", "123456789012:function:hello:3", an ARN. Of a URL only the last segment counts.
std::string_view qualifier_in(std::string_view reference) {
  constexpr std::string_view kBeforeName = "function:";
  if (const std::size_t url = reference.find("://"); url != reference.npos) {
    reference.remove_prefix(std::max(reference.rfind('/'), url + 3));
  } else if (const std::size_t name = reference.find(kBeforeName);
             name == 0 || (name != reference.npos && reference[name - 1] == ':')) {
    reference.remove_prefix(name + kBeforeName.size());
  }
  const std::size_t colon = reference.find(':');
  return colon == reference.npos ? std::string_view() : reference.substr(colon);
}

Status check_kind(const EndpointSpec& spec) {
  if (spec.kind == EndpointKind::url && (!spec.stage.empty() || spec.path != "/" || spec.method != "ANY")) {
    return invalid_argument("an endpoint of kind url takes every method and path, and has no stage",
                            "leave method, path and stage as they are, or the kind to EndpointKind::automatic");
  }
  if (spec.kind == EndpointKind::rest_api && spec.stage.empty()) {
    return invalid_argument("a REST API has a stage", "EndpointSpec::stage = \"dev\"");
  }
  return {};
}

}  // namespace

Status check_reference(std::string_view name) {
  if (name.empty()) return invalid_argument("the function's name is empty");
  if (name.size() <= kLongestReference && is_plain(name) && name.find("..") == std::string_view::npos &&
      name.find_first_of("?#%\\\"") == std::string_view::npos) {
    return {};
  }
  return invalid_argument(fmt::format("{} is no name or id of a function", in_quotes(name)));
}

Status check_whole_function(std::string_view name) {
  if (auto ok = check_reference(name); !ok) return ok;
  const std::string_view qualifier = qualifier_in(name);
  if (qualifier.empty()) return {};
  return invalid_argument(
      fmt::format("{} names a version or an alias, and this is done to a whole function", in_quotes(name)),
      fmt::format("leave {} away; get and invoke take it", in_quotes(qualifier)));
}

Status check_qualifier(std::string_view qualifier) {
  if (qualifier.empty() || is_made_of(qualifier, "$-_", kLongestQualifier)) return {};
  return invalid_argument(
      fmt::format("{} is no qualifier: a version that publish returned, or an alias", in_quotes(qualifier)));
}

Status check_alias(std::string_view alias) {
  if (is_made_of(alias, "-_", kLongestQualifier) && !std::all_of(alias.begin(), alias.end(), is_digit)) return {};
  return invalid_argument(fmt::format("{} is no alias: 1 to {} letters, digits, '-' and '_', not only digits",
                                      in_quotes(alias), kLongestQualifier),
                          "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html");
}

Status check_version(std::string_view version) {
  if (is_made_of(version, "$-_.", kLongestReference)) return {};
  return invalid_argument(fmt::format("{} is no version", in_quotes(version)), "publish returns one");
}

Result<std::string_view> check_payload(std::string_view payload, const InvokeOptions& options,
                                       const FunctionCapabilities& capabilities) {
  if (payload.empty()) payload = "{}";
  const bool async = options.mode == InvokeMode::async;
  if (auto ok = check_size(async ? "the payload of an asynchronous call" : "the payload", payload.size(),
                           async ? capabilities.max_async_payload : capabilities.max_sync_payload);
      !ok) {
    return ok.error();
  }
  if (auto ok = check_json("the payload", payload); !ok) return ok.error();
  if (options.client_context.empty()) return payload;
  if (auto ok = check_json("the client context", options.client_context); !ok) return ok.error();
  if ((options.client_context.size() + 2) / 3 * 4 > kLongestClientContext) {
    return invalid_argument(fmt::format("the client context has more than {} bytes as base64", kLongestClientContext),
                            std::string(kInvokePage));
  }
  return payload;
}

Status check_endpoint(const EndpointSpec& spec) {
  if (std::find(kMethods.begin(), kMethods.end(), spec.method) == kMethods.end()) {
    return invalid_argument(
        fmt::format("{} is no method of an endpoint: {}", in_quotes(spec.method), fmt::join(kMethods, ", ")));
  }
  if (!is_endpoint_path(spec.path)) {
    return invalid_argument(
        fmt::format("{} is no path of an endpoint: it begins with '/', and its segments are letters, digits, '.', '_', "
                    "'-' and ':', or \"{{name}}\", and the last perhaps \"{{name+}}\"",
                    in_quotes(spec.path)),
        std::string(kPathPage));
  }
  if (!spec.stage.empty() && !is_made_of(spec.stage, "-_", kLongestStage)) {
    return invalid_argument(
        fmt::format("{} is no stage: 1 to {} letters, digits, '-' and '_'", in_quotes(spec.stage), kLongestStage),
        "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html");
  }
  return check_kind(spec);
}

Status check_schedule_name(std::string_view name) {
  if (is_made_of(name, "._-", kLongestScheduleName)) return {};
  return invalid_argument(fmt::format("{} is no name of a schedule: 1 to {} letters, digits, '.', '_' and '-'",
                                      in_quotes(name), kLongestScheduleName),
                          "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html");
}

Status check_fires(std::string_view cron, const Result<std::optional<std::chrono::system_clock::time_point>>& first) {
  // The service may know zones that this machine does not.
  if (!first && first.error().code == ErrorCode::unsupported) return {};
  if (!first) return first.error();
  if (!*first) return invalid_argument(fmt::format("the cron line {} never fires", in_quotes(cron)));
  return {};
}

Status check_schedule(const ScheduleSpec& spec, const FunctionCapabilities& capabilities) {
  if (auto ok = check_schedule_name(spec.name); !ok) return ok;
  if (auto ok = check_size("the input", spec.input.size(), capabilities.max_async_payload); !ok) return ok;
  if (auto ok = check_json("the input", spec.input); !ok) return ok;
  // From a fixed time on: what can fire at all does so within the nine years that `next_fire` looks ahead.
  return check_fires(spec.cron, next_fire(spec.cron, spec.time_zone, std::chrono::system_clock::time_point()));
}

}  // namespace cloudkit::inline v0::function_runtime
