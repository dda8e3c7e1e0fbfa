#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/driver/http.h>

#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::auth {

/// Shows a token with each attempt: `Authorization: Bearer TOKEN`, in the place of an earlier attempt's. Plain http
/// gets it only within this machine, or where `allow_http` says so: anybody on the way could use it.
/// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
class BearerSigner final : public http::Signer {
 public:
  explicit BearerSigner(std::shared_ptr<TokenSource> tokens, bool allow_http = false);
  ~BearerSigner() override;

  Status sign(http::Request& request, std::chrono::system_clock::time_point now, const Context& context) override;
  bool refresh(const http::Request& request) override;

  /// Whose token was shown last, for messages: "the metadata server"; "" before the first.
  std::string identity() const;

 private:
  const std::shared_ptr<TokenSource> tokens_;
  const bool allow_http_;
  mutable std::mutex mutex_;
  std::string source_;  // Guarded by `mutex_`.
};

}  // namespace cloudkit::inline v0::auth
