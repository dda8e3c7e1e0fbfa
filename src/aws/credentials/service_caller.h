#pragma once

#include "aws/configured_endpoint.h"
#include "aws/credentials/surroundings.h"
#include "aws/profile_files.h"
#include "core/time.h"

#include <cloudkit/driver/http.h>

#include <memory>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// Asks STS and IAM Identity Center, where the configuration says that they are. Refers to what it
/// is made from.
class ServiceCaller {
 public:
  ServiceCaller(const ProfileFiles& files, const ChosenProfile& profile, const Surroundings& surroundings)
      : files_(files), profile_(profile), surroundings_(surroundings) {}

  const Environment& environment() const noexcept { return surroundings_.environment; }
  core::TimePoint now() const { return surroundings_.now(); }
  /// Of the environment, of the profile, of the surroundings; empty when there is none.
  std::string configured_region() const;
  Result<ServiceEndpoint> find(const Service& service, std::string_view region) const;

  /// `signer` may be null. Errors: as http::Client's.
  Result<http::Response> send(http::Request request, http::Classifier classifier, std::shared_ptr<http::Signer> signer,
                              const Context& context) const;

 private:
  const ProfileFiles& files_;
  const ChosenProfile& profile_;
  const Surroundings& surroundings_;
};

/// Says first what was tried: "WHAT at HOST: MESSAGE".
Error while_doing(Error error, std::string_view what, const ServiceEndpoint& service);

}  // namespace cloudkit::inline v0::aws
