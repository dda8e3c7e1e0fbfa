#include "azure/blob/client.h"

#include "azure/blob/errors.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {
namespace {

// Who was refused.
void explain(Error& error, const BlobAccess& access) {
  if (error.code != ErrorCode::unauthenticated && error.code != ErrorCode::permission_denied) return;
  const std::string whom = access.identity();
  if (whom.empty() || error.http_status == 0) return;
  error.hint += fmt::format("{}used: {}", error.hint.empty() ? "" : "; ", whom);
}

Target target_of(const http::Endpoint& endpoint, std::string_view container) {
  Target target{endpoint.scheme, endpoint.host, endpoint.base_path};
  if (!container.empty()) target.path += fmt::format("/{}", container);
  return target;
}

}  // namespace

Result<BlobClient::Sender> BlobClient::sender() {
  const auto access = access_.get();
  if (!access) return access.error();
  const std::scoped_lock lock(mutex_);
  if (client_ == nullptr) {
    http::ClientOptions options;
    options.transport = access_.surroundings().transport;
    options.signer = (*access)->signer;
    options.classifier = classify_reply;
    options.retry = access_.options().retry;
    options.hooks = access_.surroundings().hooks;
    client_ = std::make_unique<http::Client>(std::move(options));
  }
  return Sender{*access, client_.get()};
}

std::string BlobClient::store_id() {
  const auto access = access_.get();
  if (!access) return "az";
  const http::Endpoint& endpoint = (*access)->endpoint;
  return fmt::format("az {}://{}{}", endpoint.scheme, endpoint.host, endpoint.base_path);
}

Result<Digests> BlobClient::digests() {
  const auto access = access_.get();
  if (!access) return access.error();
  return digests_of_host((*access)->endpoint.host_name());
}

Result<Target> BlobClient::target(std::string_view container) {
  const auto access = access_.get();
  if (!access) return access.error();
  return target_of((*access)->endpoint, container);
}

Result<http::Response> BlobClient::send(std::string_view container, const Build& build, const Context& context,
                                        http::BodyReceiver* receiver) {
  const auto sender = this->sender();
  if (!sender) return sender.error();
  auto request = build(target_of(sender->access->endpoint, container));
  if (!request) return std::move(request).error();
  auto reply = sender->client->send(*std::move(request), context, receiver);
  if (!reply) explain(reply.error(), *sender->access);
  return reply;
}

Status BlobClient::sign_part(http::Request& request, const Context& context) {
  const auto sender = this->sender();
  if (!sender) return sender.error();
  const BlobAccess& access = *sender->access;
  // https://learn.microsoft.com/rest/api/storageservices/blob-batch
  request.headers.remove("x-ms-version");
  if (access.key != nullptr) {
    auth::authorize(request, *access.key, sender->client->now());
    return {};
  }
  return access.signer == nullptr ? Status{} : access.signer->sign(request, sender->client->now(), context);
}

Result<auth::DelegationKey> BlobClient::delegation(const Sender& sender, std::chrono::system_clock::time_point until,
                                                   const Context& context) {
  const auto fetch = [&](core::TimePoint starts, core::TimePoint expires) -> Result<auth::DelegationKey> {
    std::string body;
    http::Request request = account_request(http::Method::post, target_of(sender.access->endpoint, {}));
    ask_for_delegation_key(request, body, starts, expires);
    auto reply = sender.client->send(std::move(request), context);
    if (!reply) {
      explain(reply.error(), *sender.access);
      return std::move(reply).error();
    }
    return of_reply(read_delegation_key(*reply), *reply);
  };
  return delegations_.get(until, sender.client->now(), fetch);
}

Result<http::Query> BlobClient::sas(auth::SasTerms terms, std::chrono::seconds expires, const Context& context) {
  const auto sender = this->sender();
  if (!sender) return sender.error();
  const BlobAccess& access = *sender->access;
  terms.expires = sender->client->now() + expires;
  if (access.endpoint.scheme == "https") terms.protocols = "https";
  if (access.key != nullptr) return auth::make_sas(*access.key, terms);
  if (access.tokens == nullptr) {
    return core::unsupported("a shared access signature cannot make another one",
                             "open the account with its key or with Entra ID");
  }
  const auto lent = delegation(*sender, terms.expires, context);
  if (!lent) return lent.error();
  const auto secret = auth::SharedKey::parse(access.account, lent->value);
  if (!secret) return secret.error();
  return auth::make_sas(*secret, terms, &*lent);
}

Result<std::string> BlobClient::source_url(std::string_view container, std::string_view key,
                                           std::string_view version_id) {
  const auto access = access_.get();
  if (!access) return access.error();
  std::string url = blob_url(target_of((*access)->endpoint, container), key);
  http::Request signed_url;
  add_version(signed_url, version_id);
  if ((*access)->sas != nullptr) (*access)->sas->add_to(signed_url.query);
  const std::string target = http::encode_target(signed_url);
  const std::size_t query = target.find('?');
  return query == std::string::npos ? url : url + target.substr(query);
}

}  // namespace cloudkit::inline v0::azure::blob
