#include "aws/credentials/roles.h"

#include "auth/sigv4.h"
#include "aws/credentials/received.h"
#include "aws/partitions.h"
#include "aws/sts/protocol.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
constexpr std::size_t kLongestToken = 20'000;

// "aws-cn" of "arn:aws-cn:iam::123456789012:role/x" decides where STS is when nothing else does.
std::string_view main_region(std::string_view arn) {
  for (const Partition& partition : partitions()) {
    if (arn.starts_with(fmt::format("arn:{}:", partition.id))) return partition.global_region;
  }
  return partitions().front().global_region;
}

Result<ServiceEndpoint> find_sts(std::string_view region, std::string_view arn, const ServiceCaller& caller) {
  std::string chosen(region);
  if (chosen.empty()) chosen = caller.configured_region();
  if (chosen.empty()) chosen = main_region(arn);
  return caller.find(kSts, chosen);
}

sts::AssumeRole call_for(const RoleToAssume& role, const ServiceCaller& caller) {
  sts::AssumeRole call{role.arn, role.session_name, role.external_id, role.duration};
  if (call.session_name.empty()) {
    const auto now = std::chrono::floor<std::chrono::seconds>(caller.now());
    call.session_name = fmt::format("cloudkit-{}", now.time_since_epoch().count());
  }
  return call;
}

std::shared_ptr<http::Signer> signer_for(std::shared_ptr<CredentialSource> credentials,
                                         const ServiceEndpoint& service) {
  return std::make_shared<auth::SigV4Signer>(std::move(credentials), auth::SigV4Scope{service.signing_region, "sts"});
}

std::string what_is_assumed(const RoleToAssume& role) {
  return fmt::format("assume {}", core::printable_excerpt(role.arn, 200));
}

Result<Credentials> read_reply(const Result<http::Response>& reply, const RoleToAssume& role,
                               const ServiceEndpoint& service, const ServiceCaller& caller) {
  if (!reply) return while_doing(reply.error(), what_is_assumed(role), service);
  auto credentials = sts::read_assumed_role(*reply);
  if (!credentials) return while_doing(std::move(credentials).error(), what_is_assumed(role), service);
  credentials->source = fmt::format("the role {}", core::printable_excerpt(role.arn, 200));
  return accept_credentials(*std::move(credentials), service.endpoint.host, reply->headers, caller.now());
}

Error bad_token_file(const std::string& path, std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("the web identity token file {} {}", path, what),
                    "whoever started this program should have put a token there");
}

Result<std::string> read_token(const std::string& path, const Environment& environment) {
  auto text = environment.read_file(path);
  if (!text) return std::move(text).error();
  if (!*text) return bad_token_file(path, "does not exist");
  const std::string_view token = core::trim(**text);
  if (token.empty()) return bad_token_file(path, "is empty");
  if (token.size() > kLongestToken) {
    return bad_token_file(path, fmt::format("holds more than {} bytes", kLongestToken));
  }
  if (core::has_control_character(token)) return bad_token_file(path, "holds control characters");
  return std::string(token);
}

}  // namespace

Result<Credentials> fetch_role(const RoleToAssume& role, std::shared_ptr<CredentialSource> base,
                               std::string_view region, const ServiceCaller& caller, const Context& context) {
  const auto service = find_sts(region, role.arn, caller);
  if (!service) return service.error();
  const std::string form = sts::assume_role_form(call_for(role, caller));
  const auto reply = caller.send(sts::form_request(service->endpoint, form), sts::classify_reply,
                                 signer_for(std::move(base), *service), context);
  return read_reply(reply, role, *service, caller);
}

Result<Credentials> fetch_web_identity(const WebIdentityRole& identity, std::string_view region,
                                       const ServiceCaller& caller, const Context& context) {
  auto token = read_token(identity.token_file, caller.environment());
  if (!token) return std::move(token).error();
  const auto service = find_sts(region, identity.role.arn, caller);
  if (!service) return service.error();
  std::string form = sts::assume_role_with_web_identity_form(call_for(identity.role, caller), *token);
  crypto::cleanse(*token);
  // The token is the proof: nobody signs.
  const auto reply = caller.send(sts::form_request(service->endpoint, form), sts::classify_reply, nullptr, context);
  crypto::cleanse(form);
  return read_reply(reply, identity.role, *service, caller);
}

Result<CallerIdentity> fetch_caller_identity(std::shared_ptr<CredentialSource> credentials, std::string_view region,
                                             const ServiceCaller& caller, const Context& context) {
  const auto service = find_sts(region, {}, caller);
  if (!service) return service.error();
  const std::string form = sts::get_caller_identity_form();
  const auto reply = caller.send(sts::form_request(service->endpoint, form), sts::classify_reply,
                                 signer_for(std::move(credentials), *service), context);
  auto identity = reply ? sts::read_caller_identity(*reply) : Result<CallerIdentity>(reply.error());
  if (!identity) return while_doing(std::move(identity).error(), "ask who the credentials belong to", *service);
  return identity;
}

}  // namespace cloudkit::inline v0::aws
