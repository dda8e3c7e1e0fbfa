#include "gcp/credentials/iam_credentials.h"
#include "gcp/credentials/kinds.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

class ActingIdentity final : public RenewingIdentity {
 public:
  ActingIdentity(ActingAs acting_as, std::shared_ptr<Identity> by, std::string project, Given given)
      : RenewingIdentity(std::move(given)),
        acting_as_(std::move(acting_as)),
        by_(std::move(by)),
        project_(std::move(project)) {}

  Result<std::string> account(const Context&) override { return acting_as_.account; }
  Result<std::string> project(const Context& context) override {
    return project_.empty() ? by_->project(context) : Result<std::string>(project_);
  }
  Result<Signature> sign(Bytes bytes, const Context& context) override {
    auto signature = sign_blob(acting_as_, bytes, by_, given_.surroundings, context);
    if (!signature) return identity_error(std::move(signature).error(), given_.place);
    return signature;
  }

 private:
  Result<AccessToken> fetch(const Context& context) override {
    auto token = generate_access_token(acting_as_, given_.scopes_or_all(), by_, given_.surroundings, context);
    if (!token) return identity_error(std::move(token).error(), given_.place);
    token->source = fmt::format("{}, {}", token->source, given_.place);
    return token;
  }

  const ActingAs acting_as_;
  const std::shared_ptr<Identity> by_;
  const std::string project_;
};

}  // namespace

std::shared_ptr<Identity> make_acting_identity(ActingAs acting_as, std::shared_ptr<Identity> by, std::string project,
                                               Given given) {
  return std::make_shared<ActingIdentity>(std::move(acting_as), std::move(by), std::move(project), std::move(given));
}

}  // namespace cloudkit::inline v0::gcp
