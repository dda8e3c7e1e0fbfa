#include "crypto/digest.h"

#include <cloudkit/aws.h>

#include <memory>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

class ExplicitCredentials final : public CredentialSource {
 public:
  explicit ExplicitCredentials(Credentials credentials) : credentials_(std::move(credentials)) {
    if (credentials_.source.empty()) credentials_.source = "the program";
  }
  ~ExplicitCredentials() override { crypto::cleanse(credentials_.secret_access_key); }

  // The signer refuses them when they are incomplete.
  Result<Credentials> get(const Context&) override { return credentials_; }

 private:
  Credentials credentials_;
};

}  // namespace

std::shared_ptr<CredentialSource> explicit_credentials(Credentials credentials) {
  return std::make_shared<ExplicitCredentials>(std::move(credentials));
}

}  // namespace cloudkit::inline v0::aws
