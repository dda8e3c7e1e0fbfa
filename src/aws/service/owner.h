#pragma once

#include "auth/single_flight.h"
#include "aws/service/account.h"

#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::aws::service {

/// Whose things a service shows: an account's id, or, of an endpoint that is not AWS's, its URL. Thread-safe; asks
/// once.
class Owner {
 public:
  Owner(std::shared_ptr<Account> account, ServiceDescription service);

  /// Of an account that the credentials do not name STS is asked, which needs no permission. Errors: those of
  /// `Account::find` and of `caller_identity`.
  Result<std::string> get(const Context& context);

 private:
  Result<std::string> look_up(const Context& context) const;

  const std::shared_ptr<Account> account_;
  const ServiceDescription service_;
  std::mutex mutex_;  // Of what follows.
  std::string known_;
  auth::SingleFlight asking_;
};

}  // namespace cloudkit::inline v0::aws::service
