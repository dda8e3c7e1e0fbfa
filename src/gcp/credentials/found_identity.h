#pragma once

#include "auth/single_flight.h"

#include <cloudkit/gcp.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace cloudkit::inline v0::gcp {

/// Searched at the first call, by one thread for all, and kept. Searched anew after the next call when what was found
/// turned out to be no longer good: a key file may have been replaced.
class FoundIdentity final : public Identity {
 public:
  using Find = std::function<Result<std::shared_ptr<Identity>>(const Context& context)>;

  explicit FoundIdentity(Find find);
  ~FoundIdentity() override;

  Result<AccessToken> get(const Context& context) override;
  void invalidate(const AccessToken& rejected) override;
  Result<std::string> account(const Context& context) override;
  Result<Signature> sign(Bytes bytes, const Context& context) override;
  Result<std::string> project(const Context& context) override;

 private:
  using Lock = auth::SingleFlight::Lock;

  Result<std::shared_ptr<Identity>> identity(const Context& context);
  Result<std::shared_ptr<Identity>> search(Lock& lock, const Context& context);

  const Find find_;
  std::mutex mutex_;  // Guards all below; not held while `find_` runs.
  auth::SingleFlight searching_;
  std::optional<Error> failure_;  // Of the last search; none when the fault was its caller's.
  std::shared_ptr<Identity> found_;
};

}  // namespace cloudkit::inline v0::gcp
