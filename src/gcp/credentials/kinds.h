#pragma once

#include "auth/renewed.h"
#include "auth/surroundings.h"
#include "gcp/credentials/key_file.h"

#include <cloudkit/gcp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// An identity for each kind of credentials.
namespace cloudkit::inline v0::gcp {

using auth::Surroundings;

inline constexpr std::string_view kCloudPlatform = "https://www.googleapis.com/auth/cloud-platform";

/// What all kinds are made with.
struct Given {
  Surroundings surroundings;
  std::vector<std::string> scopes;  ///< None: all that the account may do.
  std::string place;                ///< Of the credentials, for messages: "the file /home/ada/key.json".

  std::vector<std::string> scopes_or_all() const;
  std::string scope() const;  ///< The same with blanks between them.
};

/// An identity whose tokens are renewed in time, by one thread for all.
class RenewingIdentity : public Identity {
 public:
  Result<AccessToken> get(const Context& context) final { return tokens_.get(context); }
  void invalidate(const AccessToken& rejected) final { tokens_.invalidate(rejected); }

 protected:
  explicit RenewingIdentity(Given given);
  ~RenewingIdentity() override;

  virtual Result<AccessToken> fetch(const Context& context) = 0;

  const Given given_;

 private:
  auth::RenewedToken tokens_;
};

std::shared_ptr<Identity> make_identity(const KeyFile& file, const Given& given);

std::shared_ptr<Identity> make_service_account(ServiceAccountKey key, Given given);
std::shared_ptr<Identity> make_authorized_user(AuthorizedUser user, Given given);
std::shared_ptr<Identity> make_external_account(ExternalAccount account, Given given);
/// `by` asks for tokens and signatures of the account. `project` may be empty.
std::shared_ptr<Identity> make_acting_identity(ActingAs acting_as, std::shared_ptr<Identity> by, std::string project,
                                               Given given);

/// What the metadata server of a machine at Google is asked for; nothing where there is none, with the reason.
struct MetadataLookup {
  std::shared_ptr<Identity> identity = {};
  std::string reason = {};
};
/// Errors: those of http::Client, and of a server that is Google's but does not say who the machine is.
Result<MetadataLookup> look_in_metadata_server(const Given& given, const Context& context);

/// Says first where the credentials are; what is nobody's fault but theirs is `unauthenticated`: a 404 here must not
/// look like an object that does not exist.
Error identity_error(Error error, std::string_view place);

}  // namespace cloudkit::inline v0::gcp
