#pragma once

#include <cloudkit/stack.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

/// One run at a time changes a stack: the object KEY.lock says whose it is, and until when.
namespace cloudkit::inline v0::stack {

struct LockTerms {
  std::string stack = {};
  std::string owner = {};
  std::chrono::milliseconds expiry{60'000};
  std::chrono::milliseconds wait{0};
};

/// Held from `take` on, renewed by a thread of its own, given back at its end. When it is lost, `context()` is
/// cancelled. Not for threads.
class Lock {
 public:
  /// Errors: `conflict`, retryable: somebody else holds it; `unsupported`: the bucket does not honour conditions.
  static Result<std::unique_ptr<Lock>> take(const Bucket& bucket, const std::string& key, const LockTerms& terms,
                                            const StackHooks& hooks, const Context& context);
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

  /// For all that is done under it.
  const Context& context() const noexcept { return context_; }
  /// Why it was lost. Errors: `conflict`.
  Status status() const;
  /// Gives it back. Errors: as `status`, also when that is noticed only now.
  Status finish();

 private:
  Lock(const Bucket& bucket, std::string key, const LockTerms& terms, const StackHooks& hooks, const Context& context);

  Status acquire(const Context& caller);
  // A lock of somebody else's, while it is waited for. Whether it is alive its changes tell, since clocks differ.
  struct Watch {
    Error held = {};
    std::string token = {};
    std::chrono::milliseconds unchanged{0};
    std::chrono::milliseconds left{0};  // Until it has not changed for as long as it lives.
    bool has_expired = false;           // By our clock.
    bool is_renewed = false;
  };
  Result<bool> try_once(const Context& caller, Watch& watch);
  Result<bool> try_to_put(const Condition& condition, const Context& caller);
  Status prove_conditions();
  Status renew();
  void keep_renewing();
  void lose(const Error& why);
  static Error lost(std::string_view why);
  Result<ObjectInfo> put(const Condition& condition, const Context& context);
  void stop_renewing();

  const Bucket bucket_;
  const std::string key_;
  const LockTerms terms_;
  const StackHooks& hooks_;
  const Context context_;
  const std::string nonce_;
  const TimePoint since_;
  Context::Clock::time_point renewed_;
  int renewals_ = 0;
  std::string token_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  Status status_;
  std::thread renewer_;
};

/// "ada@build-7, process 4711".
std::string this_program();

}  // namespace cloudkit::inline v0::stack
