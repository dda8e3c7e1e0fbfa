#include "auth/metadata_client.h"
#include "auth/oauth.h"
#include "auth/received.h"
#include "azure/credentials/lookup.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "http/parse_url.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::azure {
namespace {

constexpr const char* kEndpoint = "IDENTITY_ENDPOINT";
constexpr const char* kHeader = "IDENTITY_HEADER";
constexpr const char* kThumbprint = "IDENTITY_SERVER_THUMBPRINT";
constexpr const char* kMetadataHost = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

// Both write the end as text or as a number. Errors: none, or one that is over.
Status read_end(AccessToken& token, const http::Response& reply, core::TimePoint now) {
  if (token.expires) return {};
  const auto json = codec::JsonValue::parse(reply.body);
  if (!json || !json->contains("expires_on")) return {};
  const codec::JsonValue& end = json->find("expires_on");
  const auto text = end.as_string();
  const auto seconds = text ? core::parse_u64(*text) : end.as_u64();
  if (!seconds) return core::fail(ErrorCode::unauthenticated, "expires_on is no number of seconds");
  constexpr std::uint64_t kYear9999 = 253'402'300'799;
  const auto clamped = static_cast<std::int64_t>(std::min(*seconds, kYear9999));
  token.expires = auth::by_our_clock(core::from_unix(clamped, 0), reply.headers, now);
  return {};
}

void name_identity(http::Query& query, const ManagedIdentityName& name, const char* resource_parameter) {
  if (!name.client_id.empty()) query.emplace_back("client_id", name.client_id);
  if (!name.resource_id.empty()) query.emplace_back(resource_parameter, name.resource_id);
}

// A machine that is just moved or made answers 410 for a minute, 404 with a word of Azure's at times.
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling
std::optional<http::Failure> judge_identity_reply(const http::Request& request, const http::Response& reply, bool) {
  auto failure = auth::judge_token_reply(request, reply);
  if (reply.status == 410 || (reply.status == 404 && !failure->error.service_code.empty())) {
    failure->remedy = http::Failure::Remedy::retry;
    failure->error.code = ErrorCode::unavailable;
  }
  return failure;
}

// Asks one endpoint once.
class Endpoint {
 public:
  Endpoint(http::Request request, const auth::Surroundings& surroundings, const Context& context)
      : request_(std::move(request)),
        surroundings_(surroundings),
        context_(context),
        probe_(std::make_shared<auth::MetadataProbe>(surroundings.transport)),
        place_(fmt::format("the managed identity at {}", request_.host)) {
    request_.max_reply_size = auth::kMaxMetadataReply;
    request_.headers.set("Accept", "application/json");
  }

  Result<TokenLookup> ask(std::string_view source) {
    http::ClientOptions options = auth::metadata_client_options(surroundings_);
    options.transport = probe_;
    options.classifier = judge_identity_reply;
    const core::TimePoint asked = surroundings_.now();
    auto reply = http::Client(std::move(options)).send(request_, context_);
    if (!reply) return refused(std::move(reply).error());
    auto token = auth::read_token_reply(reply->body, asked);
    const Status end = token ? read_end(*token, *reply, asked) : Status{};
    crypto::cleanse(reply->body);
    if (!token) return auth::metadata_error(std::move(token).error(), place_);
    if (!end) return auth::metadata_error(end.error(), place_);
    token->source = source;
    return TokenLookup{*std::move(token), {}};
  }

 private:
  // The machine may be none of Azure, or have no identity, which is no error.
  Result<TokenLookup> refused(Error error) const {
    if (auto going = context_.check(); !going) return std::move(going).error();
    const bool by_service = error.http_status >= 400 && error.http_status < 500;
    if (by_service && error.code != ErrorCode::throttled && error.code != ErrorCode::unavailable) {
      return TokenLookup{{}, fmt::format("{} refused ({}): {}", request_.host, error.http_status, why(error))};
    }
    const bool silent =
        error.http_status == 0 && (error.code == ErrorCode::timeout || error.code == ErrorCode::unavailable);
    if (silent && !probe_->reached()) {
      return TokenLookup{{}, fmt::format("not on Azure: {}", error.message), ErrorCode::unavailable};
    }
    if (silent && error.code == ErrorCode::timeout) {
      return TokenLookup{{}, fmt::format("{} does not answer", request_.host), ErrorCode::unavailable};
    }
    return auth::metadata_error(std::move(error), place_);
  }

  // What is no code of OAuth's was said by something else than Azure.
  static std::string why(const Error& error) {
    if (error.service_code.empty()) return "it is not Azure's, or switched off";
    return error.message + "; `az vm identity assign` gives a machine one";
  }

  http::Request request_;
  const auth::Surroundings& surroundings_;
  const Context& context_;
  const std::shared_ptr<auth::MetadataProbe> probe_;
  const std::string place_;
};

Error of_endpoint(std::string what) {
  return core::invalid_argument(fmt::format("{}: {}", kEndpoint, what), "App Service sets it; outside of it, unset it");
}

// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
Result<TokenLookup> ask_app_service(const std::string& url, std::string secret, const ManagedIdentityName& name,
                                    const std::string& resource, const auth::Surroundings& surroundings,
                                    const Context& context) {
  auto request = http::parse_url(url);
  if (!request) return of_endpoint(std::move(request).error().message);
  // Beside the program; anybody on the way could use what is said there.
  const auto host = http::classify_host(request->host);
  if (request->scheme == "http" && (!host || *host == http::HostKind::other)) {
    return of_endpoint(fmt::format("plain http to {} would show secrets to everyone on the way", request->host));
  }
  if (core::has_control_character(secret)) return of_endpoint(fmt::format("{} has control characters", kHeader));
  request->query.emplace_back("api-version", "2019-08-01");
  request->query.emplace_back("resource", resource);
  name_identity(request->query, name, "mi_res_id");
  request->headers.set("X-IDENTITY-HEADER", std::move(secret));
  return Endpoint(*std::move(request), surroundings, context).ask("the managed identity of App Service");
}

// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
Result<TokenLookup> ask_virtual_machine(const ManagedIdentityName& name, const std::string& resource,
                                        const auth::Surroundings& surroundings, const Context& context) {
  std::string base = auth::variable(surroundings.environment, kMetadataHost);
  if (base.empty()) base = "http://169.254.169.254";
  auto request = http::parse_url(base);
  if (!request) return core::invalid_argument(fmt::format("{}: {}", kMetadataHost, request.error().message));
  while (request->path.ends_with('/')) request->path.pop_back();
  request->path += "/metadata/identity/oauth2/token";
  request->query = {{"api-version", "2018-02-01"}, {"resource", resource}};
  name_identity(request->query, name, "msi_res_id");
  request->headers.set("Metadata", "true");
  return Endpoint(*std::move(request), surroundings, context).ask("the machine's managed identity");
}

}  // namespace

Result<TokenLookup> look_in_managed_identity(const ManagedIdentityName& name, const std::string& resource,
                                             const auth::Surroundings& surroundings, const Context& context) {
  if (!name.client_id.empty() && !name.resource_id.empty()) {
    return core::invalid_argument("a managed identity is named by its client id or by its resource id, not by both");
  }
  const auth::Surroundings nearby = auth::for_metadata_tokens(surroundings);
  const std::string url = auth::variable(nearby.environment, kEndpoint);
  if (url.empty()) return ask_virtual_machine(name, resource, nearby, context);
  std::string secret = auth::variable(nearby.environment, kHeader);
  if (secret.empty()) {
    return TokenLookup{{},
                       fmt::format("{} without {} is Azure Arc's, which cloudkit does not ask", kEndpoint, kHeader)};
  }
  if (!auth::variable(nearby.environment, kThumbprint).empty()) {
    return TokenLookup{{}, fmt::format("{} is Service Fabric's, which cloudkit does not ask", kThumbprint)};
  }
  return ask_app_service(url, std::move(secret), name, resource, nearby, context);
}

}  // namespace cloudkit::inline v0::azure
