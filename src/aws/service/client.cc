#include "aws/service/client.h"

#include "aws/refusal.h"
#include "aws/service_error.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::service {
namespace {

http::Classifier classifier_of(const ServiceDescription& service, http::Classifier given) {
  if (given) return given;
  return service.protocol == ServiceProtocol::query ? classify_xml_reply : classify_json_reply;
}

ServiceDescription named_in_full(ServiceDescription service) {
  if (service.host.empty()) service.host = service.id;
  if (service.signing_name.empty()) service.signing_name = service.host;
  return service;
}

void explain_refusal(Error& error, std::string_view whom) {
  add_refused(error, whom);
  if (error.code != ErrorCode::permission_denied || !error.hint.empty() || whom.empty()) return;
  const std::string_view action = denied_action(error.message);
  if (!action.empty()) error.hint = fmt::format("the credentials ({}) may lack {}", whom, action);
}

}  // namespace

Client::Client(std::shared_ptr<Account> account, ServiceDescription service, http::Classifier classifier)
    : account_(std::move(account)),
      service_(named_in_full(std::move(service))),
      classifier_(classifier_of(service_, std::move(classifier))) {}

Result<const Client::Connection*> Client::connection() {
  const std::scoped_lock lock(mutex_);
  if (connection_ != nullptr) return connection_.get();
  auto where = account_->find(service_);
  if (!where) return std::move(where).error();
  auto made = std::make_unique<Connection>();
  made->where = *std::move(where);
  made->signer = std::make_shared<auth::SigV4Signer>(
      account_->credentials(), auth::SigV4Scope{made->where.signing_region, service_.signing_name});
  http::ClientOptions options;
  options.transport = account_->parts().transport;
  options.signer = made->signer;
  options.classifier = classifier_;
  options.retry = account_->options().retry;
  options.hooks = account_->parts().hooks;
  made->http = std::make_unique<http::Client>(std::move(options));
  connection_ = std::move(made);
  return connection_.get();
}

Result<http::Response> Client::send(const Call& call, const Context& context) {
  const auto connected = connection();
  if (!connected) return connected.error();
  const Connection& to = **connected;
  auto reply = to.http->send(request_of(to.where.endpoint, call), context);
  if (!reply) explain_refusal(reply.error(), to.signer->identity());
  return reply;
}

}  // namespace cloudkit::inline v0::aws::service
