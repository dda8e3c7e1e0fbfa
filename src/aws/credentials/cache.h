#pragma once

#include <cloudkit/credentials.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

namespace cloudkit::inline v0::aws {

/// Credentials that are fetched at the first call and again in time, by one thread for all.
/// docs/decisions/0009 has the rules. `fetch` is never run by two threads at once.
class CachedCredentials final : public CredentialSource {
 public:
  using Fetch = std::function<Result<Credentials>(const Context& context)>;
  using Now = std::function<std::chrono::system_clock::time_point()>;

  explicit CachedCredentials(Fetch fetch, Now now = {});
  ~CachedCredentials() override;

  /// Errors: those of the fetch, which every thread that waited for it gets; `timeout` and
  /// `cancelled` of the caller's own context.
  Result<Credentials> get(const Context& context) override;
  void invalidate(const Credentials& rejected) override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  using TimePoint = std::chrono::system_clock::time_point;

  bool usable(TimePoint now) const;
  bool refresh_is_due(TimePoint now) const;
  Result<Credentials> fetch(Lock& lock, const Context& context);
  Status wait_for_fetch(Lock& lock, const Context& context);
  Result<Credentials> keep(Credentials fetched, TimePoint now);
  Result<Credentials> fail(Error error, bool by_caller, TimePoint now);
  void forget();

  const Fetch fetch_;
  const Now now_;

  std::mutex mutex_;  // Guards all below; not held while `fetch_` runs.
  std::condition_variable fetched_;
  bool fetching_ = false;
  unsigned fetches_ = 0;          // That have ended.
  std::optional<Error> failure_;  // Of the last fetch; none when the fault was its caller's.
  std::optional<Credentials> current_;
  std::optional<Credentials> refused_;  // Without its secret.
  TimePoint refresh_at_;
  TimePoint distrust_refusals_until_;
};

}  // namespace cloudkit::inline v0::aws
