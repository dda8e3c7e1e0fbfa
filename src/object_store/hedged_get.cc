#include "object_store/hedged_get.h"

#include "core/fail.h"
#include "object_store/hedge_watch.h"

#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace cloudkit::inline v0 {

struct Hedge::State {
  explicit State(object_store::HedgePlan plan) : watch(std::move(plan)) {}
  object_store::HedgeWatch watch;
};

Hedge Hedge::slow_reads() { return HedgeAccess::make({}); }

HedgeCounts Hedge::counts() const { return state_ ? state_->watch.counts() : HedgeCounts{}; }

Hedge HedgeAccess::make(object_store::HedgePlan plan) {
  Hedge hedge;
  hedge.state_ = std::make_shared<Hedge::State>(std::move(plan));
  return hedge;
}

object_store::HedgeWatch& HedgeAccess::watch(const Hedge& hedge) { return hedge.state_->watch; }

namespace object_store {
namespace {

/// A get on the caller's thread and, once it has been silent for long, another one on a thread of its own. From then on
/// the first that brings something has won: it alone reaches the receiver, and the other is cancelled.
class Race final : public HedgeWatch::Read {
 public:
  Race(BucketDriver& driver, std::string_view key, const GetOptions& request, ObjectReceiver& receiver)
      : driver_(driver), key_(key), request_(request), receiver_(receiver), watch_(HedgeAccess::watch(request.hedge)) {}
  ~Race() override {
    leave();
    if (!second_.joinable()) return;
    second_context_.cancel();
    second_.join();
  }

  Result<ObjectInfo> run();
  HedgeWatch::Clock::time_point look(HedgeWatch::Clock::time_point now, HedgePlan& plan) override;

 private:
  using Clock = HedgeWatch::Clock;
  enum class Runner { none, first, second };

  // What the driver of one runner delivers to.
  class Lane final : public ObjectReceiver {
   public:
    Lane(Race& race, Runner runner) : race_(race), runner_(runner) {}
    Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
      return race_.begin(runner_, info, offset, length);
    }
    Status write(Bytes chunk) override { return race_.write(runner_, chunk); }
    std::size_t most_at_once() const noexcept override { return race_.receiver_.most_at_once(); }

   private:
    Race& race_;
    const Runner runner_;
  };

  Status begin(Runner runner, const ObjectInfo& info, std::uint64_t offset, std::uint64_t length);
  Status write(Runner runner, Bytes chunk);
  bool is_ahead(Runner runner);
  std::optional<GetOptions> rest() const;
  bool start_second(HedgePlan& plan);
  void run_second(const GetOptions& request, bool goes_on);
  void leave();

  BucketDriver& driver_;
  const std::string_view key_;
  const GetOptions& request_;
  ObjectReceiver& receiver_;
  HedgeWatch& watch_;
  const Context first_context_ = request_.context.child();
  const Context second_context_ = request_.context.child();
  const Clock::time_point began_ = Clock::now();

  std::mutex mutex_;
  Runner winner_ = Runner::none;  // Decided by the next bytes once there are two.
  bool helped_ = false;
  bool delivering_ = false;  // Then it is the receiver that takes its time.
  Clock::time_point since_ = began_;
  std::optional<Clock::duration> silence_;  // Before the first byte.

  // What the receiver has been told.
  bool begun_ = false;
  std::string token_;
  std::uint64_t offset_ = 0;
  std::uint64_t left_ = 0;

  std::thread second_;
  std::optional<Result<ObjectInfo>> second_result_;
  std::exception_ptr second_threw_;
};

Error overtaken() { return core::fail(ErrorCode::cancelled, "another request for the same bytes was faster"); }

Result<ObjectInfo> Race::run() {
  GetOptions request = request_;
  request.context = first_context_;
  Lane lane(*this, Runner::first);
  watch_.enter(*this);
  auto result = driver_.get(key_, request, lane);
  leave();
  if (!second_.joinable()) return result;
  {
    const std::scoped_lock lock(mutex_);
    // What may pass is worth waiting for the other one. What is final it would only say again.
    if (winner_ == Runner::none && (result || !result.error().retryable)) {
      winner_ = Runner::first;
      second_context_.cancel();
    }
  }
  second_.join();
  if (winner_ != Runner::second) return result;
  watch_.won();
  if (second_threw_) std::rethrow_exception(second_threw_);
  return *std::move(second_result_);
}

// Once more than the first byte's silence is known there is nothing to tell.
void Race::leave() {
  std::optional<Clock::duration> silence;
  {
    const std::scoped_lock lock(mutex_);
    silence = std::exchange(silence_, std::nullopt);
  }
  watch_.leave(*this, silence);
}

Status Race::begin(Runner runner, const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) {
  {
    const std::scoped_lock lock(mutex_);
    // Of a server that ignores the pin, or the range, the first may still bring what was asked for.
    const bool goes_on = runner == Runner::second && begun_;
    if (goes_on && (info.token != token_ || offset != offset_ || length != left_)) return overtaken();
    if (!is_ahead(runner)) return overtaken();
    if (goes_on) return {};
    delivering_ = true;
    silence_ = Clock::now() - began_;
  }
  Status status = receiver_.begin(info, offset, length);
  const std::scoped_lock lock(mutex_);
  delivering_ = false;
  since_ = Clock::now();
  begun_ = true;
  token_ = info.token;
  offset_ = offset;
  left_ = length;
  return status;
}

Status Race::write(Runner runner, Bytes chunk) {
  {
    const std::scoped_lock lock(mutex_);
    if (!is_ahead(runner)) return overtaken();
    delivering_ = true;
  }
  Status status = receiver_.write(chunk);
  const std::scoped_lock lock(mutex_);
  delivering_ = false;
  since_ = Clock::now();
  offset_ += chunk.size();
  left_ -= chunk.size();
  return status;
}

// Whether `runner` may deliver. With the lock held.
bool Race::is_ahead(Runner runner) {
  if (winner_ == Runner::none && helped_) {
    winner_ = runner;
    (runner == Runner::first ? second_context_ : first_context_).cancel();
  }
  return winner_ == Runner::none || winner_ == runner;
}

HedgeWatch::Clock::time_point Race::look(Clock::time_point now, HedgePlan& plan) {
  const std::scoped_lock lock(mutex_);
  const auto patience = plan.patience();
  if (!patience) return HedgeWatch::kNever;
  if (delivering_) return now + *patience;
  if (now - since_ < *patience) return since_ + *patience;
  return start_second(plan) ? HedgeWatch::kNever : now + *patience;
}

// What is to be asked for once more; nothing where it could be other bytes.
std::optional<GetOptions> Race::rest() const {
  GetOptions request = request_;
  request.context = second_context_;
  if (!begun_) return request;
  if (token_.empty() || left_ == 0 || !driver_.capabilities().conditional_get) return std::nullopt;
  request.range = ByteRange{offset_, left_, false};
  request.condition = Condition::match(token_);
  return request;
}

// False when it may be tried again later.
bool Race::start_second(HedgePlan& plan) {
  try {
    auto request = rest();
    if (!request) return true;
    if (!plan.spend()) return false;
    second_ = std::thread([this, goes_on = begun_, request = *std::move(request)] { run_second(request, goes_on); });
    helped_ = true;
    return true;
  } catch (const std::exception&) {  // Neither memory nor a thread: no help.
    return true;
  }
}

void Race::run_second(const GetOptions& request, bool goes_on) {
  try {
    Lane lane(*this, Runner::second);
    second_result_ = driver_.get(key_, request, lane);
    if (goes_on && second_result_->has_value()) (*second_result_)->checksum = {};  // With which nothing was compared.
  } catch (...) {
    second_threw_ = std::current_exception();
  }
}

}  // namespace

Result<ObjectInfo> hedged_get(BucketDriver& driver, std::string_view key, const GetOptions& request,
                              ObjectReceiver& receiver) {
  // A disk does not answer faster for being asked twice.
  if (!request.hedge || !driver.capabilities().remote) return driver.get(key, request, receiver);
  return Race(driver, key, request, receiver).run();
}

}  // namespace object_store
}  // namespace cloudkit::inline v0
