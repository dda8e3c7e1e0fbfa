#pragma once

#include "auth/sas.h"
#include "core/time.h"

#include <cloudkit/driver/http.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>

/// Keys by which somebody with a token, and no account key, makes shared access signatures.
/// https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key
namespace cloudkit::inline v0::azure {

/// No such key lasts longer.
inline constexpr std::chrono::hours kLongestDelegation{7 * 24};

/// Makes a request to the account one for a key that is good from `starts` to `expires`. `body` must outlive it.
void ask_for_delegation_key(http::Request& account_request, std::string& body, core::TimePoint starts,
                            core::TimePoint expires);

/// Errors: `unknown` for a reply that holds no whole key. It shows nothing of it.
Result<auth::DelegationKey> read_delegation_key(const http::Response& response);

/// The last such key, as long as it is good. Thread-safe.
class DelegationKeys {
 public:
  using Fetch = std::function<Result<auth::DelegationKey>(core::TimePoint starts, core::TimePoint expires)>;

  /// One that is good until `until`. `fetch` runs without a lock: two threads may fetch one each. Errors: those of
  /// `fetch`; `invalid_argument` for an end that is more than seven days away.
  Result<auth::DelegationKey> get(core::TimePoint until, core::TimePoint now, const Fetch& fetch);

 private:
  std::mutex mutex_;
  std::optional<auth::DelegationKey> key_;  // Both guarded by `mutex_`.
  core::TimePoint expires_;
};

}  // namespace cloudkit::inline v0::azure
