#include "aws/lambda/protocol.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"

#include <cloudkit/open.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

using codec::JsonWriter;
using http::Method;
using service::Call;

// The newest runtime without a language. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
constexpr std::string_view kNativeRuntime = "provided.al2023";
// Whatever MaxItems says, a page has at most fifty.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
constexpr std::string_view kPage = "50";

std::string handler_of(const FunctionSpec& spec) {
  return spec.handler.empty() && spec.runtime == "native" ? "bootstrap" : spec.handler;
}

std::string_view architecture_of(Architecture architecture) noexcept {
  if (architecture == Architecture::host) architecture = core::host_architecture();
  return architecture == Architecture::arm64 ? "arm64" : "x86_64";
}

void add_architectures(JsonWriter& json, Architecture architecture) {
  json.name("Architectures").begin_array().string(architecture_of(architecture)).end_array();
}

void add_map(JsonWriter& json, std::string_view name, const std::map<std::string, std::string>& map) {
  json.name(name).begin_object();
  for (const auto& [key, value] : map) json.name(key).string(value);
  json.end_object();
}

void add_environment(JsonWriter& json, const std::map<std::string, std::string>& variables) {
  json.name("Environment").begin_object();
  add_map(json, "Variables", variables);
  json.end_object();
}

// Inside "Code" of a creation, at the top level of an update.
Status add_code(JsonWriter& json, const FunctionPackage& package) {
  if (!package.image_uri.empty()) {
    json.name("ImageUri").string(package.image_uri);
    return {};
  }
  if (package.object_url.empty()) {
    json.name("ZipFile").string(core::base64_encode(package.zip));
    return {};
  }
  auto url = Url::parse(package.object_url);
  if (!url) return std::move(url).error();
  if (auto known = url->allow_only({"versionId"}); !known) return known;
  if (url->scheme != "s3" || url->host.empty() || url->path.size() < 2) {
    return core::invalid_argument("Lambda reads code from s3://BUCKET/KEY only");
  }
  json.name("S3Bucket").string(url->host).name("S3Key").string(std::string_view(url->path).substr(1));
  if (const std::string version = url->get("versionId"); !version.empty()) json.name("S3ObjectVersion").string(version);
  return {};
}

// What can be in a name, an ARN, and a qualifier behind them.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax
bool is_function_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 256 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == ':' || c == '$';
  });
}

Result<Call> call_with(Method method, Result<std::string> path, JsonWriter& json) {
  if (!path) return std::move(path).error();
  return service::rest_call(method, *std::move(path), json);
}

Result<Call> call_without(Method method, Result<std::string> path) {
  if (!path) return std::move(path).error();
  return service::rest_call(method, *std::move(path));
}

}  // namespace

std::string code_tag(std::string_view digest, std::string_view service_digest) {
  return fmt::format("{}:{}", digest, service_digest);
}

std::string runtime_of(const FunctionSpec& spec) {
  return spec.runtime == "native" ? std::string(kNativeRuntime) : spec.runtime;
}

Result<std::string> function_path(std::string_view name, std::string_view rest, std::string_view date) {
  if (is_function_name(name)) return fmt::format("/{}/functions/{}{}", date, name, rest);
  return core::invalid_argument(fmt::format("\"{}\" cannot be a function of Lambda", core::printable_excerpt(name, 80)),
                                "a name has letters, digits, - and _; or it is an ARN");
}

Result<Call> create_function(const FunctionSpec& spec, const FunctionPackage& package) {
  JsonWriter json;
  json.begin_object().name("FunctionName").string(spec.name).name("Role").string(spec.identity);
  json.name("Code").begin_object();
  if (auto added = add_code(json, package); !added) return std::move(added).error();
  json.end_object();
  if (package.image_uri.empty()) {
    json.name("Runtime").string(runtime_of(spec)).name("Handler").string(handler_of(spec));
  } else {
    json.name("PackageType").string("Image");
  }
  json.name("Description").string(spec.description).name("Timeout").number(spec.timeout.count());
  json.name("MemorySize").number(spec.memory_mib);
  json.name("EphemeralStorage").begin_object().name("Size").number(spec.scratch_mib).end_object();
  add_architectures(json, spec.architecture);
  add_environment(json, spec.environment);
  add_map(json, "Tags", spec.tags);
  return call_with(Method::post, std::string("/2015-03-31/functions"), json);
}

Result<Call> update_function_code(const FunctionSpec& spec, const FunctionPackage& package) {
  JsonWriter json;
  json.begin_object();
  if (auto added = add_code(json, package); !added) return std::move(added).error();
  add_architectures(json, spec.architecture);
  return call_with(Method::put, function_path(spec.name, "/code"), json);
}

Result<std::optional<Call>> update_function_configuration(const Function& current, const FunctionSpec& spec,
                                                          bool is_image) {
  const FunctionSpec& now = current.spec;
  JsonWriter json;
  json.begin_object();
  bool differs = false;
  const auto add = [&](std::string_view name) -> JsonWriter& {
    differs = true;
    return json.name(name);
  };
  if (!spec.identity.empty() && spec.identity != now.identity) add("Role").string(spec.identity);
  if (!is_image && runtime_of(spec) != runtime_of(now)) add("Runtime").string(runtime_of(spec));
  if (!is_image && handler_of(spec) != handler_of(now)) add("Handler").string(handler_of(spec));
  if (spec.description != now.description) add("Description").string(spec.description);
  if (spec.timeout != now.timeout) add("Timeout").number(spec.timeout.count());
  if (spec.memory_mib != now.memory_mib) add("MemorySize").number(spec.memory_mib);
  if (spec.scratch_mib != now.scratch_mib) {
    add("EphemeralStorage").begin_object().name("Size").number(spec.scratch_mib).end_object();
  }
  if (spec.environment != now.environment) {
    differs = true;
    add_environment(json, spec.environment);
  }
  if (!differs) return std::optional<Call>();
  auto call = call_with(Method::put, function_path(spec.name, "/configuration"), json);
  if (!call) return std::move(call).error();
  return std::optional(*std::move(call));
}

Result<Call> get_function(std::string_view name, std::string_view qualifier) {
  auto call = call_without(Method::get, function_path(name));
  if (call && !qualifier.empty()) call->query.emplace_back("Qualifier", qualifier);
  return call;
}

Result<Call> get_function_configuration(std::string_view name) {
  return call_without(Method::get, function_path(name, "/configuration"));
}

Call list_functions(std::string_view marker) {
  Call call = service::rest_call(Method::get, "/2015-03-31/functions");
  if (!marker.empty()) call.query.emplace_back("Marker", marker);
  call.query.emplace_back("MaxItems", kPage);
  return call;
}

Result<Call> delete_function(std::string_view name) { return call_without(Method::remove, function_path(name)); }

Result<Call> tag_function(std::string_view arn, const std::map<std::string, std::string>& tags) {
  JsonWriter json;
  json.begin_object();
  add_map(json, "Tags", tags);
  auto call = call_with(Method::post, fmt::format("/2017-03-31/tags/{}", arn), json);
  // The same tags again are the same tags.
  if (call) call->idempotent = true;
  return call;
}

Result<Call> untag_function(std::string_view arn, const std::vector<std::string>& keys) {
  Call call = service::rest_call(Method::remove, fmt::format("/2017-03-31/tags/{}", arn));
  for (const std::string& key : keys) call.query.emplace_back("tagKeys", key);
  return call;
}

Result<Call> put_concurrency(std::string_view name, int reserved) {
  JsonWriter json;
  json.begin_object().name("ReservedConcurrentExecutions").number(reserved);
  return call_with(Method::put, function_path(name, "/concurrency", "2017-10-31"), json);
}

Result<Call> delete_concurrency(std::string_view name) {
  return call_without(Method::remove, function_path(name, "/concurrency", "2017-10-31"));
}

Result<Call> publish_version(std::string_view name) {
  JsonWriter json;
  json.begin_object();
  auto call = call_with(Method::post, function_path(name, "/versions"), json);
  // The service makes no second version of the same code and configuration.
  if (call) call->idempotent = true;
  return call;
}

Result<Call> create_alias(std::string_view name, std::string_view alias, std::string_view version) {
  JsonWriter json;
  json.begin_object().name("Name").string(alias).name("FunctionVersion").string(version);
  return call_with(Method::post, function_path(name, "/aliases"), json);
}

Result<Call> update_alias(std::string_view name, std::string_view alias, std::string_view version) {
  // https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html: an alias' name is made as a function's.
  if (!is_function_name(alias)) return core::invalid_argument("this cannot be the name of an alias");
  JsonWriter json;
  json.begin_object().name("FunctionVersion").string(version);
  return call_with(Method::put, function_path(name, fmt::format("/aliases/{}", alias)), json);
}

}  // namespace cloudkit::inline v0::aws::lambda
