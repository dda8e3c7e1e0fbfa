#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/random.h"
#include "core/time.h"
#include "http/classify.h"
#include "http/observed_send.h"
#include "http/request_id.h"
#include "http/retry.h"
#include "http/retry_after.h"
#include "http/secrets.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>

namespace cloudkit::inline v0::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Remedy = Failure::Remedy;

// Services refuse at 5 to 15 minutes; less than this is no reason to suspect the clock.
constexpr seconds kSuspiciousSkew = std::chrono::minutes(4);
// A machine without a battery starts in 1970. More than this is a broken reply.
constexpr seconds kLargestSkew = std::chrono::years(100);

std::optional<Failure> judge_by_status(const Request&, const Response& reply, bool) {
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  return classify({}, reply.status);
}

ClientOptions with_defaults(ClientOptions options) {
  if (!options.classifier) options.classifier = judge_by_status;
  if (!options.hooks.now) options.hooks.now = [] { return std::chrono::system_clock::now(); };
  if (!options.hooks.jitter) options.hooks.jitter = core::random_fraction;
  if (!options.hooks.wait) {
    options.hooks.wait = [](const Context& context, milliseconds duration) { return context.wait_for(duration); };
  }
  return options;
}

std::string name_of(const Error& error) {
  return error.service_code.empty() ? std::string(to_string(error.code))
                                    : core::printable_excerpt(error.service_code, 64);
}

bool changes_something(const Request& request) noexcept {
  return request.method != Method::get && request.method != Method::head && !request.read_only;
}

// Whether the service may have acted on this attempt although it failed. A refusal has not.
bool outcome_unknown(const Failure& failure, const Exchange& exchange) noexcept {
  if (!exchange.status) return exchange.request_sent;
  const int status = exchange.response.status;
  const bool wants_repeat = failure.remedy == Remedy::retry || failure.remedy == Remedy::retry_once;
  return wants_repeat && (status < 400 || (status >= 500 && status != 503));
}

// A service that answers 503 says that it has done nothing; some have done it all the same.
bool may_have_acted_despite_503(const Request& request, const Failure& failure, const Response& reply) noexcept {
  return request.doubts_503 && reply.status == 503 && failure.remedy == Remedy::retry;
}

RetryReason reason_of(const Failure& failure) noexcept {
  if (failure.remedy == Remedy::retry_throttled || failure.error.code == ErrorCode::throttled) {
    return RetryReason::throttled;
  }
  return failure.error.code == ErrorCode::timeout ? RetryReason::timeout : RetryReason::transient;
}

Error not_repeated(Error error, std::string_view why) {
  error.message += fmt::format("{}not tried again: {}", error.message.empty() ? "" : "; ", why);
  return error;
}

}  // namespace

// What all calls of a client share.
class ClientState {
 public:
  explicit ClientState(ClientOptions given) : options(with_defaults(std::move(given))) {}

  RetryQuota& quota_of(const std::string& host) {
    const std::scoped_lock lock(mutex_);
    return quotas_.try_emplace(host, options.retry.quota).first->second;
  }

  const ClientOptions options;
  std::atomic<seconds> clock_offset{seconds(0)};  // The service's clock minus ours.

 private:
  std::mutex mutex_;
  std::map<std::string, RetryQuota> quotas_;  // Its nodes stay where they are.
};

namespace {

// One request: its attempts, and what may be done only once.
class Call {
 public:
  Call(ClientState& shared, Request request, const Context& context, BodyReceiver* receiver)
      : shared_(shared),
        options_(shared.options),
        context_(context),
        receiver_(receiver),
        request_(std::move(request)),
        retries_(options_.retry, shared.quota_of(request_.host)) {}

  Result<Response> run();

 private:
  Status prepare();
  void trace(const Exchange& exchange) const;
  bool died_idle(const Exchange& exchange);
  std::optional<Failure> judge(const Exchange& exchange) const;
  Status recover(Failure failure, const Exchange& exchange);
  bool refresh_credentials();
  bool correct_clock(const Response& reply, bool certain);
  Status wait_for_retry(const Failure& failure, const Response& reply);
  Error finish(Error error) const;

  ClientState& shared_;
  const ClientOptions& options_;
  const Context& context_;
  BodyReceiver* const receiver_;
  Request request_;
  RetryState retries_;
  int attempts_ = 0;
  seconds offset_used_{0};
  bool may_have_happened_ = false;
  bool reconnected_ = false;
  bool refreshed_ = false;
  bool clock_corrected_ = false;
  bool repeated_once_ = false;
};

Result<Response> Call::run() {
  while (true) {
    if (Status ready = prepare(); !ready) return finish(std::move(ready).error());
    Exchange exchange = observed_send(*options_.transport, request_, receiver_, context_, attempts_ + 1);
    trace(exchange);
    if (died_idle(exchange)) continue;
    ++attempts_;
    std::optional<Failure> failure = judge(exchange);
    if (!failure) {
      retries_.succeeded();
      exchange.response.attempts = attempts_;
      return std::move(exchange.response);
    }
    if (Status again = recover(*std::move(failure), exchange); !again) return finish(std::move(again).error());
  }
}

Status Call::prepare() {
  if (Status going = context_.check(); !going) return going;
  offset_used_ = shared_.clock_offset.load();
  if (options_.signer == nullptr) return {};
  return options_.signer->sign(request_, options_.hooks.now() + offset_used_, context_);
}

void Call::trace(const Exchange& exchange) const {
  if (!core::log_enabled(LogLevel::trace)) return;
  core::log(
      LogLevel::trace, "request",
      {{"method", to_string(request_.method)},
       {"url", redacted_url(request_)},
       {"status", exchange.status ? fmt::to_string(exchange.response.status) : name_of(exchange.status.error())}});
}

// A server closes idle connections when it likes, so the first loss of one says nothing of the
// service: a new connection is worth a try that costs nothing.
bool Call::died_idle(const Exchange& exchange) {
  if (exchange.status || !exchange.connection_reused || exchange.reply_started || reconnected_) return false;
  const Error& error = exchange.status.error();
  if (error.code != ErrorCode::unavailable || !error.retryable) return false;
  if (exchange.request_sent && !request_.idempotent) return false;
  reconnected_ = true;
  may_have_happened_ |= exchange.request_sent && changes_something(request_);
  core::log(LogLevel::debug, "a kept connection was closed, connecting again", {{"host", request_.host}});
  return true;
}

// Nothing for success. The error is complete but for what only the whole call knows.
std::optional<Failure> Call::judge(const Exchange& exchange) const {
  const Response& reply = exchange.response;
  std::optional<Failure> failure;
  if (exchange.status) {
    const bool receiver_took_body = receiver_ != nullptr && reply.status >= 200 && reply.status < 300;
    failure = options_.classifier(request_, reply, receiver_took_body);
    if (!failure) return std::nullopt;
  } else {
    failure.emplace();
    failure->error = exchange.status.error();
    failure->remedy = failure->error.retryable ? Remedy::retry : Remedy::none;
  }
  Error& error = failure->error;
  // Of a reply without a body the message is ours.
  if (exchange.status && !reply.body.empty()) error.message = redacted(error.message, secrets_of(request_));
  if (error.http_status == 0) error.http_status = reply.status;
  if (error.request_id.empty()) error.request_id = request_id_of(reply.headers);
  return failure;
}

// Makes one more attempt possible, or returns the error that ends the call.
Status Call::recover(Failure failure, const Exchange& exchange) {
  const bool unknown = outcome_unknown(failure, exchange);
  const bool doubtful = unknown || may_have_acted_despite_503(request_, failure, exchange.response);
  may_have_happened_ |= doubtful && changes_something(request_);
  if (exchange.body_delivered) return std::move(failure.error);
  switch (failure.remedy) {
    case Remedy::none: break;
    case Remedy::refresh_credentials:
      if (refresh_credentials()) return {};
      break;
    case Remedy::correct_clock:
    case Remedy::suspect_clock:
      if (correct_clock(exchange.response, failure.remedy == Remedy::correct_clock)) return {};
      break;
    case Remedy::suspect_time:
      if (correct_clock(exchange.response, false) || refresh_credentials()) return {};
      break;
    case Remedy::retry_once:
      if (std::exchange(repeated_once_, true)) break;
      [[fallthrough]];
    case Remedy::retry:
      if (unknown && !request_.idempotent) break;
      [[fallthrough]];
    case Remedy::retry_throttled: return wait_for_retry(failure, exchange.response);
  }
  return std::move(failure.error);
}

bool Call::refresh_credentials() {
  if (options_.signer == nullptr || std::exchange(refreshed_, true)) return false;
  return options_.signer->refresh(request_);
}

// The reply is held against the offset that its own request was signed with: calls that failed
// side by side all deserve a second try, although the first of them repairs the clock for all.
bool Call::correct_clock(const Response& reply, bool certain) {
  if (options_.signer == nullptr || clock_corrected_) return false;
  const auto date = core::parse_http_date(reply.headers.get("date"));
  const auto local = std::chrono::floor<seconds>(options_.hooks.now());
  const seconds offset = date ? std::chrono::floor<seconds>(*date) - local : offset_used_;
  if (std::chrono::abs(offset) > kLargestSkew) return false;
  if (!certain && std::chrono::abs(offset - offset_used_) <= kSuspiciousSkew) return false;
  clock_corrected_ = true;
  if (offset != offset_used_) {
    shared_.clock_offset.store(offset);
    core::log(LogLevel::warn, "this machine's clock differs from the service's, signing with the service's",
              {{"host", request_.host}, {"seconds", fmt::to_string(offset.count())}});
  }
  return true;
}

Status Call::wait_for_retry(const Failure& failure, const Response& reply) {
  using Verdict = RetryDecision::Verdict;
  const auto hint = retry_hint(reply, options_.hooks.now() + offset_used_);
  const RetryDecision next = retries_.decide(reason_of(failure), hint, options_.hooks.jitter());
  if (next.verdict == Verdict::attempts_spent) return failure.error;
  if (next.verdict == Verdict::quota_spent) {
    return not_repeated(failure.error, "too many recent requests to this host failed");
  }
  if (const auto deadline = context_.deadline(); deadline && Context::Clock::now() + next.wait >= *deadline) {
    retries_.forgo();
    return not_repeated(failure.error, fmt::format("the deadline ends before a wait of {} ms", next.wait.count()));
  }
  core::log(LogLevel::warn, "a request failed, trying again",
            {{"host", request_.host},
             {"attempt", fmt::to_string(attempts_)},
             {"wait_ms", fmt::to_string(next.wait.count())},
             {"code", name_of(failure.error)}});
  Status waited = options_.hooks.wait(context_, next.wait);
  if (!waited) {
    retries_.forgo();
    waited.error().message += fmt::format(" while waiting to try again after {}", name_of(failure.error));
  }
  return waited;
}

Error Call::finish(Error error) const {
  error.attempts = attempts_;
  error.may_have_happened |= may_have_happened_;
  if (error.endpoint.empty()) error.endpoint = request_.host;
  return error;
}

}  // namespace

struct Client::Impl : ClientState {
  using ClientState::ClientState;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<Response> Client::send(Request request, const Context& context, BodyReceiver* receiver) {
  if (impl_->options.transport == nullptr) return core::invalid_argument("an http::Client needs a transport");
  return Call(*impl_, std::move(request), context, receiver).run();
}

std::chrono::system_clock::time_point Client::now() const {
  return impl_->options.hooks.now() + impl_->clock_offset.load();
}

}  // namespace cloudkit::inline v0::http
