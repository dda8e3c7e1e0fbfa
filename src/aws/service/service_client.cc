#include <cloudkit/aws_service_client.h>

#include "aws/service/client.h"
#include "aws/service/known_services.h"
#include "aws/service/paging.h"
#include "aws/service/reply.h"
#include "aws/service/service_call.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/page_cursor.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {

struct ServiceClient::Impl {
  Impl(ServiceDescription service, ServiceOptions options)
      : client(std::make_shared<service::Account>(std::move(options)), std::move(service)) {}

  service::Client client;
  std::string unknown_name = {};
};

std::string_view ServiceReply::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (core::equals_ignoring_case(key, name)) return value;
  }
  return {};
}

ServiceClient::ServiceClient(ServiceDescription service, ServiceOptions options)
    : impl_(std::make_shared<Impl>(std::move(service), std::move(options))) {}

ServiceClient::ServiceClient(std::string_view service, ServiceOptions options) {
  auto known = service::known_service(service);
  impl_ = std::make_shared<Impl>(known.value_or(ServiceDescription{}), std::move(options));
  if (!known) impl_->unknown_name = core::printable_excerpt(service, 80);
}

Result<ServiceReply> ServiceClient::call(const ServiceCall& call) const {
  const ServiceDescription& service = impl_->client.service();
  if (service.id.empty()) {
    return core::invalid_argument(
        fmt::format("cloudkit does not know the service \"{}\" by name", impl_->unknown_name),
        fmt::format("describe it by a ServiceDescription; known are {}", service::known_service_names()));
  }
  auto made = service::call_of(service, call);
  if (!made) return std::move(made).error();
  auto reply = impl_->client.send(*made, call.context);
  if (!reply) {
    Error error = std::move(reply).error();
    error.operation = call.action.empty() ? fmt::format("{} {}", to_string(made->method), call.path) : call.action;
    error.resource = service.id;
    return error;
  }
  return service::reply_of(*std::move(reply));
}

Status ServiceClient::pages(ServiceCall call, const ServicePaging& paging,
                            const std::function<Status(const ServiceReply&)>& visit) const {
  const ServiceProtocol protocol = impl_->client.service().protocol;
  core::PageCursor cursor;
  while (true) {
    const auto reply = this->call(call);
    if (!reply) return reply.error();
    if (Status visited = visit(*reply); !visited) return visited;
    const auto token = service::next_token(protocol, reply->body, paging.reply);
    if (!token) return token.error();
    if (!*token) return {};
    auto written = codec::JsonWriter().value(**token).finish();
    if (!written) return std::move(written).error();
    if (auto advanced = cursor.advance(*std::move(written)); !advanced) return advanced;
    auto next = service::with_token(protocol, std::move(call), paging.request, **token);
    if (!next) return std::move(next).error();
    call = *std::move(next);
  }
}

}  // namespace cloudkit::inline v0::aws
