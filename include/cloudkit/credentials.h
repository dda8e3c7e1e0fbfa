#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <optional>
#include <string>

namespace cloudkit::inline v0 {

/// Keys that sign AWS requests. Never printed by cloudkit, but for the access key's id.
struct Credentials {
  std::string access_key_id = {};                                     ///< "AKIA…".
  std::string secret_access_key = {};                                 ///< What signs. Never shown.
  std::string session_token = {};                                     ///< Of temporary keys; else empty.
  std::optional<std::chrono::system_clock::time_point> expires = {};  ///< By this machine's clock.
  std::string source = {};      ///< For messages: `profile "dev"`, "the environment".
  std::string account_id = {};  ///< Where the source names it: twelve digits.
};

/// Where credentials come from. Implementations are thread-safe and do no I/O before the
/// first `get`.
class CLOUDKIT_API CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource();

  /// Errors: `unauthenticated` when there are none; its message tells each place that was
  /// looked at and why it gave nothing.
  virtual Result<Credentials> get(const Context& context) = 0;
  /// The service refused `rejected` as expired; the next `get` should fetch anew. Threads that were refused at once may
  /// all call this, also when `get` gives newer ones already: those stay.
  virtual void invalidate(const Credentials& rejected) { (void)rejected; }
};

/// What proves to a service of Google's or Microsoft's who asks (OAuth 2). Never printed by cloudkit.
struct AccessToken {
  std::string value = {};                                             ///< What is sent: never shown.
  std::optional<std::chrono::system_clock::time_point> expires = {};  ///< By this machine's clock.
  std::string source = {};                                            ///< For messages: "the metadata server".
};

/// Where access tokens come from. Implementations are thread-safe and do no I/O before the first `get`.
class CLOUDKIT_API TokenSource {
 public:
  TokenSource() = default;
  TokenSource(const TokenSource&) = delete;
  TokenSource& operator=(const TokenSource&) = delete;
  virtual ~TokenSource();

  /// Errors: `unauthenticated` when there is none; its message tells each place that was looked at and why it gave
  /// nothing.
  virtual Result<AccessToken> get(const Context& context) = 0;
  /// The service refused `rejected`; the next `get` should fetch anew. Threads that were refused at once may all call
  /// this, also when `get` gives a newer one already: that stays.
  virtual void invalidate(const AccessToken& rejected) { (void)rejected; }
};

}  // namespace cloudkit::inline v0
