#pragma once

#include <cloudkit/aws_service_client.h>

#include <string>

struct RegistryLogin {
  std::string server = {};
  std::string user = {};
  std::string password = {};
};

/// Amazon ECR, as far as a deployment needs it, by the client for any service of AWS.
class Ecr {
 public:
  /// `url` is aws://REGION, as of machines. Errors: `invalid_argument`.
  static cloudkit::Result<Ecr> open(const std::string& url);

  /// What images of a repository begin with: "123456789012.dkr.ecr.us-west-2.amazonaws.com/web". It is made where it
  /// is missing, with our tag.
  cloudkit::Result<std::string> ensure_repository(const std::string& name) const;
  /// For 12 hours.
  cloudkit::Result<RegistryLogin> login() const;
  /// With its images; false when there is none. Errors: also `conflict`: it has not our tag.
  cloudkit::Result<bool> remove_repository(const std::string& name) const;

 private:
  explicit Ecr(cloudkit::aws::ServiceOptions options) : client_("ecr", std::move(options)) {}

  cloudkit::aws::ServiceClient client_;
};
