#pragma once

#include "auth/single_flight.h"

#include <cloudkit/credentials.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

namespace cloudkit::inline v0::auth {

/// Whose contract a cache of such values fulfils.
template <class Value>
struct SourceOf;
template <>
struct SourceOf<Credentials> {
  using Type = CredentialSource;
};
template <>
struct SourceOf<AccessToken> {
  using Type = TokenSource;
};

/// Credentials or a token that are fetched at the first call and again in time, by one thread for all.
/// docs/decisions/0009 has the rules. `fetch` is never run by two threads at once.
template <class Value>
class Renewed final : public SourceOf<Value>::Type {
 public:
  using Fetch = std::function<Result<Value>(const Context& context)>;
  using Now = std::function<std::chrono::system_clock::time_point()>;

  explicit Renewed(Fetch fetch, Now now = {});
  ~Renewed() override;

  /// Errors: those of the fetch, which every thread that waited for it gets; `timeout` and
  /// `cancelled` of the caller's own context.
  Result<Value> get(const Context& context) override;
  void invalidate(const Value& rejected) override;

 private:
  using Lock = SingleFlight::Lock;
  using TimePoint = std::chrono::system_clock::time_point;

  bool usable(TimePoint now) const;
  bool refresh_is_due(TimePoint now) const;
  Result<Value> fetch(Lock& lock, const Context& context);
  Result<Value> keep(Value fetched, TimePoint now);
  Result<Value> fail(Error error, bool by_caller, TimePoint now);
  void forget();

  const Fetch fetch_;
  const Now now_;

  std::mutex mutex_;  // Guards all below; not held while `fetch_` runs.
  SingleFlight fetching_;
  std::optional<Error> failure_;  // Of the last fetch; none when the fault was its caller's.
  std::optional<Value> current_;
  std::optional<Value> refused_;  // As far as it takes to know it again.
  TimePoint refresh_at_;
  TimePoint distrust_refusals_until_;
};

using RenewedCredentials = Renewed<Credentials>;
using RenewedToken = Renewed<AccessToken>;

extern template class Renewed<Credentials>;
extern template class Renewed<AccessToken>;

}  // namespace cloudkit::inline v0::auth
