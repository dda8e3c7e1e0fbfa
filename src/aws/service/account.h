#pragma once

#include "aws/client_parts.h"
#include "aws/configured_endpoint.h"

#include <cloudkit/aws_service_client.h>

#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::aws::service {

/// Who asks, and where: what the clients of several services share. Thread-safe; reads configuration at the first
/// question, and again as long as it is wrong.
class Account {
 public:
  explicit Account(ServiceOptions options, ClientParts parts = {});

  /// Errors: `invalid_argument` when none is configured, or it cannot be one.
  Result<std::string> region();
  /// Errors: those of `region` and `find_service`.
  Result<ServiceEndpoint> find(const ServiceDescription& service);

  const ServiceOptions& options() const noexcept { return options_; }
  const ClientParts& parts() const noexcept { return parts_; }
  const std::shared_ptr<CredentialSource>& credentials() const noexcept { return credentials_; }

 private:
  struct Configuration {
    ProfileFiles files;
    ChosenProfile profile;  // Points into `files`.
    std::string region;
  };
  Result<const Configuration*> configuration();

  const ServiceOptions options_;
  const ClientParts parts_;
  const std::shared_ptr<CredentialSource> credentials_;

  std::mutex mutex_;
  std::unique_ptr<const Configuration> configuration_;  // Never changed once it is there.
};

}  // namespace cloudkit::inline v0::aws::service
