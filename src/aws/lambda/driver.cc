#include "aws/lambda/driver.h"

#include "aws/lambda/errors.h"
#include "aws/lambda/invoke.h"
#include "aws/lambda/protocol.h"
#include "aws/lambda/read_function.h"
#include "aws/schedule/protocol.h"
#include "aws/service/known_services.h"
#include "aws/service/reply.h"
#include "core/encode.h"
#include "core/function_rules.h"
#include "core/without_value.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

Result<codec::JsonValue> json_of(const Result<http::Response>& reply) {
  if (!reply) return reply.error();
  return service::read_json(*reply);
}

// Lambda's own of a zip, before it has seen it.
std::string service_digest_of(const std::string& zip) { return core::base64_encode(crypto::sha256(zip)); }

}  // namespace

LambdaDriver::LambdaDriver(std::shared_ptr<service::Account> account, ScheduleService schedules)
    : account_(std::move(account)),
      schedules_(schedules),
      lambda_(account_, service::known_service("lambda").value(), classify_reply),
      iam_(account_, service::known_service("iam").value()),
      logs_(account_, service::known_service("logs").value()),
      rest_apis_(account_, service::known_service("apigateway").value()),
      http_apis_(account_, service::known_service("apigatewayv2").value()),
      scheduler_(account_, service::known_service("scheduler").value(), schedule::classify_scheduler_reply),
      events_(account_, service::known_service("events").value()),
      owner_(account_, lambda_.service()) {}

FunctionCapabilities LambdaDriver::capabilities() const {
  FunctionCapabilities all;
  all.endpoints = all.schedules = all.logs = all.versions = all.identities = true;
  all.images = all.objects = all.native = true;
  core::set_lambda_quotas(all);
  all.max_code = core::kLambdaCode;
  // Of Amazon Linux 2023. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
  all.glibc = "2.34";
  return all;
}

std::string LambdaDriver::url() const {
  const auto region = account_->region();
  return fmt::format("aws://{}", region ? *region : account_->options().region);
}

std::chrono::system_clock::time_point LambdaDriver::now() const {
  const auto& hook = account_->parts().hooks.now;
  return hook ? hook() : std::chrono::system_clock::now();
}

Result<Function> LambdaDriver::create(const FunctionSpec& spec, const FunctionPackage& package,
                                      const Context& context) {
  FunctionSpec sent = spec;
  const bool is_zip = !package.zip.empty();
  if (is_zip && !package.digest.empty()) {
    sent.tags.emplace(kCodeTag, code_tag(package.digest, service_digest_of(package.zip)));
  }
  const auto made = json_of(lambda_.send(create_function(sent, package), context));
  if (!made) return made.error();
  Function function = read_configuration(*made);
  if (!is_zip) {
    if (auto kept = keep_digest_of_found(function, package, context); !kept) return std::move(kept).error();
  }
  if (auto changed = change_concurrency(function, spec, context); !changed) return std::move(changed).error();
  function.code_digest = package.digest;
  function.spec.tags = spec.tags;
  function.spec.max_concurrency = spec.max_concurrency;
  return function;
}

Result<Function> LambdaDriver::update_code(const FunctionSpec& spec, const FunctionPackage& package,
                                           const Context& context) {
  const bool is_zip = !package.zip.empty();
  if (is_zip) {
    // Before the update, while which nothing else of the function can be changed. Until then it fits no code.
    const auto present = find(spec.name, context);
    if (!present) return present.error();
    auto kept = keep_digest(present->arn, package.digest, service_digest_of(package.zip), context);
    if (!kept) return std::move(kept).error();
  }
  const auto updated = json_of(lambda_.send(update_function_code(spec, package), context));
  if (!updated) return updated.error();
  Function function = read_configuration(*updated);
  if (!is_zip) {
    if (auto kept = keep_digest_of_found(function, package, context); !kept) return std::move(kept).error();
  }
  function.code_digest = package.digest;
  return function;
}

Status LambdaDriver::keep_digest(std::string_view arn, std::string_view digest, std::string_view service_digest,
                                 const Context& context) {
  if (digest.empty() || service_digest.empty()) return {};
  return core::without_value(
      lambda_.send(tag_function(arn, {{std::string(kCodeTag), code_tag(digest, service_digest)}}), context));
}

// Of an image or an object the service alone knows what it found there. If it is too busy now, the next deployment
// sends the code once more.
Status LambdaDriver::keep_digest_of_found(const Function& function, const FunctionPackage& package,
                                          const Context& context) {
  auto kept = keep_digest(function.id, package.digest, function.revision, context);
  return kept || kept.error().code == ErrorCode::conflict ? Status{} : kept;
}

Result<Function> LambdaDriver::update_config(const FunctionSpec& spec, const Context& context) {
  const auto found = lambda_.send(get_function(spec.name, {}), context);
  if (!found) return found.error();
  auto current = read_function(*found);
  if (!current) return current;
  const auto json = service::read_json(*found);
  if (!json) return json.error();
  const auto call = update_function_configuration(*current, spec, is_image(json->find("Configuration")));
  if (!call) return call.error();
  // Last what takes time, and lets nothing else be changed meanwhile.
  if (auto changed = change_tags(*current, spec, context); !changed) return std::move(changed).error();
  if (auto changed = change_concurrency(*current, spec, context); !changed) return std::move(changed).error();
  Function updated = *current;
  if (*call) {
    const auto reply = json_of(lambda_.send(**call, context));
    if (!reply) return reply.error();
    updated = read_configuration(*reply);
  }
  updated.code_digest = current->code_digest;
  updated.spec.tags = spec.tags;
  updated.spec.max_concurrency = spec.max_concurrency;
  return updated;
}

Status LambdaDriver::change_tags(const Function& current, const FunctionSpec& spec, const Context& context) {
  std::map<std::string, std::string> added;
  for (const auto& [key, value] : spec.tags) {
    const auto present = current.spec.tags.find(key);
    if (present == current.spec.tags.end() || present->second != value) added.emplace(key, value);
  }
  std::vector<std::string> removed;
  for (const auto& [key, value] : current.spec.tags) {
    if (spec.tags.count(key) == 0) removed.push_back(key);
  }
  if (!added.empty()) {
    if (auto done = core::without_value(lambda_.send(tag_function(current.id, added), context)); !done) return done;
  }
  return removed.empty() ? Status{} : core::without_value(lambda_.send(untag_function(current.id, removed), context));
}

Status LambdaDriver::change_concurrency(const Function& current, const FunctionSpec& spec, const Context& context) {
  const auto& wanted = spec.max_concurrency;
  if (current.spec.max_concurrency == wanted) return {};
  return core::without_value(
      lambda_.send(wanted ? put_concurrency(spec.name, *wanted) : delete_concurrency(spec.name), context));
}

Result<Function> LambdaDriver::get(std::string_view name, std::string_view qualifier, const Context& context) {
  const auto reply = lambda_.send(get_function(name, qualifier), context);
  if (!reply) return reply.error();
  return read_function(*reply);
}

Result<FunctionPage> LambdaDriver::list_page(std::string_view page_token, const Context& context) {
  const auto reply = lambda_.send(list_functions(page_token), context);
  if (!reply) return reply.error();
  return read_function_page(*reply);
}

Result<InvokeResult> LambdaDriver::invoke(std::string_view name, std::string_view payload,
                                          const InvokeOptions& options) {
  auto reply = lambda_.send(invoke_function(name, payload, options), options.context);
  if (!reply) return std::move(reply).error();
  return read_invocation(*std::move(reply));
}

Status LambdaDriver::remove(std::string_view name, const Context& context) {
  const auto region = account_->region();
  if (!region) return region.error();
  if (auto whole = whole_function(name, *region); !whole) return std::move(whole).error();
  return core::without_value(lambda_.send(delete_function(name), context));
}

Result<std::string> LambdaDriver::publish(std::string_view function, const Context& context) {
  const auto reply = lambda_.send(publish_version(function), context);
  const auto version = json_of(reply);
  if (!version) return version.error();
  std::string name = service::text_at(*version, "Version");
  if (name.empty()) return service::unexpected_reply("it has no Version", *reply);
  return name;
}

Status LambdaDriver::set_alias(std::string_view function, std::string_view alias, std::string_view version,
                               const Context& context) {
  auto made = core::without_value(lambda_.send(create_alias(function, alias, version), context));
  if (made || made.error().code != ErrorCode::already_exists) return made;
  return core::without_value(lambda_.send(update_alias(function, alias, version), context));
}

}  // namespace cloudkit::inline v0::aws::lambda
