#pragma once

#include "auth/sigv4.h"
#include "aws/service/account.h"
#include "aws/service/call.h"

#include <cloudkit/driver/http.h>

#include <memory>
#include <mutex>

namespace cloudkit::inline v0::aws::service {

/// Sends calls to one service of an account. Thread-safe; does nothing before the first.
class Client {
 public:
  /// `classifier` null: what the protocol of the service has.
  Client(std::shared_ptr<Account> account, ServiceDescription service, http::Classifier classifier = {});

  /// Errors: those of configuration and http::Client; a refusal says who was refused.
  Result<http::Response> send(const Call& call, const Context& context);
  Result<http::Response> send(const Result<Call>& call, const Context& context) {
    return call ? send(*call, context) : Result<http::Response>(call.error());
  }

  const ServiceDescription& service() const noexcept { return service_; }

 private:
  // Where it is, and who signs for there.
  struct Connection {
    ServiceEndpoint where;
    std::shared_ptr<auth::SigV4Signer> signer;
    std::unique_ptr<http::Client> http;
  };
  Result<const Connection*> connection();

  const std::shared_ptr<Account> account_;
  const ServiceDescription service_;
  const http::Classifier classifier_;

  std::mutex mutex_;
  std::unique_ptr<const Connection> connection_;  // Never changed once it is there.
};

}  // namespace cloudkit::inline v0::aws::service
