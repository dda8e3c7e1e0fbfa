#include "aws/credentials/lookup.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <cloudkit/aws.h>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// Looks at the first call, and again after credentials were refused. Failures are not kept: the
// user may mend the file while the program runs.
class CredentialChain final : public CredentialSource {
 public:
  CredentialChain(std::string profile, Environment environment)
      : profile_(std::move(profile)), environment_(std::move(environment)) {}
  ~CredentialChain() override { forget(); }

  Result<Credentials> get(const Context& context) override {
    const std::scoped_lock lock(mutex_);
    if (found_) return *found_;
    if (auto status = context.check(); !status) return std::move(status).error();
    auto found = look();
    if (found) found_ = *found;
    return found;
  }

  void invalidate(const Credentials& rejected) override {
    const std::scoped_lock lock(mutex_);
    // Another thread may have fetched newer ones already.
    if (found_ && found_->access_key_id == rejected.access_key_id && found_->session_token == rejected.session_token) {
      forget();
    }
  }

 private:
  Result<Credentials> look() const {
    std::string environment_reason = fmt::format("not looked at, as the program asked for profile \"{}\"", profile_);
    // As `aws --profile`: who names a profile does not want what happens to be in the environment.
    if (profile_.empty()) {
      auto lookup = look_in_environment(environment_);
      if (!lookup) return std::move(lookup).error();
      if (lookup->credentials) return *std::move(lookup->credentials);
      environment_reason = std::move(lookup->reason);
    }
    auto lookup = look_in_profile(profile_, environment_);
    if (!lookup) return std::move(lookup).error();
    if (lookup->credentials) return *std::move(lookup->credentials);
    return core::fail(
        ErrorCode::unauthenticated,
        fmt::format("no credentials found. Environment: {}. Profile files: {}.", environment_reason, lookup->reason),
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`");
  }

  void forget() {
    if (found_) crypto::cleanse(found_->secret_access_key);
    found_.reset();
  }

  const std::string profile_;
  const Environment environment_;
  std::mutex mutex_;
  std::optional<Credentials> found_;  // Guarded by `mutex_`.
};

}  // namespace

std::shared_ptr<CredentialSource> make_credential_chain(std::string profile, Environment environment) {
  return std::make_shared<CredentialChain>(std::move(profile), std::move(environment));
}

std::shared_ptr<CredentialSource> default_credentials(std::string profile) {
  return make_credential_chain(std::move(profile), Environment::process());
}

}  // namespace cloudkit::inline v0::aws
