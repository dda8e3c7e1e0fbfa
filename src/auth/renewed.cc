#include "auth/renewed.h"

#include "core/fail.h"
#include "core/log.h"
#include "core/time.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

using std::chrono::seconds;

// As the AWS SDKs do: long enough for several tries, short for keys that live an hour.
constexpr seconds kRefreshBefore = std::chrono::minutes(5);
// After a refresh that failed, while the keys are still good.
constexpr seconds kRetryAfter{30};

bool same(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.session_token == b.session_token;
}
bool same(const AccessToken& a, const AccessToken& b) { return a.value == b.value; }

// All that no longer serves once the value was refused.
void drop_secret(Credentials& credentials) { crypto::cleanse(credentials.secret_access_key); }
void drop_secret(AccessToken&) {}

void cleanse(Credentials& credentials) {
  crypto::cleanse(credentials.secret_access_key);
  crypto::cleanse(credentials.session_token);
}
void cleanse(AccessToken& token) { crypto::cleanse(token.value); }

// For messages.
template <class Value>
struct Words;
template <>
struct Words<Credentials> {
  static constexpr const char* kAwaited = "credentials that another thread fetches";
  static constexpr const char* kThe = "the credentials";
  static constexpr const char* kFound = "credentials found";
  static constexpr const char* kNotRenewed =
      "credentials could not be refreshed, using the old ones while they are valid";
  static constexpr const char* kRemedy = "fetch new ones where these came from, or set the clock";
};
template <>
struct Words<AccessToken> {
  static constexpr const char* kAwaited = "an access token that another thread fetches";
  static constexpr const char* kThe = "the access token";
  static constexpr const char* kFound = "access token found";
  static constexpr const char* kNotRenewed =
      "the access token could not be renewed, using the old one while it is valid";
  static constexpr const char* kRemedy = "set the clock";
};

// Of a request for keys, to who needs them for another one: a 404 there must not look like an object that does not
// exist, nor what may have happened there like this one's doing.
Error of_source(Error error) {
  constexpr std::array kAnswersOfObjects = {
      ErrorCode::not_found,    ErrorCode::already_exists, ErrorCode::precondition_failed,
      ErrorCode::not_modified, ErrorCode::conflict,       ErrorCode::data_loss};
  if (std::find(kAnswersOfObjects.begin(), kAnswersOfObjects.end(), error.code) != kAnswersOfObjects.end()) {
    error.code = ErrorCode::unauthenticated;
    error.http_status = 0;
  }
  error.may_have_happened = false;
  return error;
}

// For a call that does not need what is fetched: its own request still has to fit before its deadline.
Context half_of(const Context& context) {
  const auto deadline = context.deadline();
  return deadline ? context.child_with_timeout((*deadline - Context::Clock::now()) / 2) : context;
}

template <class Value>
Error expired_on_arrival(const Value& value, core::TimePoint now) {
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("{}{}{} expired at {}, and it is {} by this machine's clock", Words<Value>::kThe,
                                value.source.empty() ? "" : " from ", value.source,
                                core::format_rfc3339(*value.expires), core::format_rfc3339(now)),
                    Words<Value>::kRemedy);
}

}  // namespace

template <class Value>
Renewed<Value>::Renewed(Fetch fetch, Now now)
    : fetch_(std::move(fetch)), now_(now ? std::move(now) : [] { return std::chrono::system_clock::now(); }) {}

template <class Value>
Renewed<Value>::~Renewed() {
  forget();
}

template <class Value>
Result<Value> Renewed<Value>::get(const Context& context) {
  Lock lock(mutex_);
  while (true) {
    const TimePoint now = now_();
    if (usable(now) && (fetching_.under_way() || !refresh_is_due(now))) return *current_;
    if (!fetching_.under_way()) return fetch(lock, context);
    if (auto waited = fetching_.wait(lock, context, Words<Value>::kAwaited); !waited) return std::move(waited).error();
    if (!current_ && failure_) return *failure_;
  }
}

template <class Value>
void Renewed<Value>::invalidate(const Value& rejected) {
  const Lock lock(mutex_);
  // Another thread may have fetched newer ones already. And where fetching brought the refused ones
  // again, it would bring them for each of a thousand refusals.
  if (!current_ || !same(*current_, rejected) || now_() < distrust_refusals_until_) return;
  forget();
  refused_ = rejected;
  drop_secret(*refused_);
}

template <class Value>
bool Renewed<Value>::usable(TimePoint now) const {
  return current_ && (!current_->expires || now < *current_->expires);
}

template <class Value>
bool Renewed<Value>::refresh_is_due(TimePoint now) const {
  return current_->expires && now >= refresh_at_;
}

template <class Value>
Result<Value> Renewed<Value>::fetch(Lock& lock, const Context& context) {
  if (auto going = context.check(); !going) {
    return usable(now_()) ? Result<Value>(*current_) : std::move(going).error();
  }
  const Context bounded = usable(now_()) ? half_of(context) : context;
  failure_.reset();
  auto fetched = fetching_.run(lock, [&] { return fetch_(bounded); });
  const bool by_caller = !fetched && !context.check();
  const TimePoint now = now_();
  return fetched ? keep(*std::move(fetched), now) : fail(of_source(std::move(fetched).error()), by_caller, now);
}

template <class Value>
Result<Value> Renewed<Value>::keep(Value fetched, TimePoint now) {
  if (fetched.expires && *fetched.expires <= now) return fail(expired_on_arrival(fetched, now), false, now);
  forget();
  current_ = std::move(fetched);
  if (current_->expires) {
    // In seconds, which do not overflow between a clock that starts in 1970 and an end in 2262.
    const seconds lifetime = std::chrono::floor<seconds>(*current_->expires) - std::chrono::floor<seconds>(now);
    refresh_at_ = *current_->expires - std::min(kRefreshBefore, lifetime / 2);
  }
  core::log(LogLevel::debug, Words<Value>::kFound,
            {{"source", current_->source},
             {"expires", current_->expires ? core::format_rfc3339(*current_->expires) : std::string("never")}});
  if (refused_ && same(*refused_, *current_)) distrust_refusals_until_ = now + kRetryAfter;
  refused_.reset();
  return *current_;
}

template <class Value>
Result<Value> Renewed<Value>::fail(Error error, bool by_caller, TimePoint now) {
  if (usable(now)) {
    refresh_at_ = now + kRetryAfter;
    if (!by_caller) {
      core::log(LogLevel::warn, Words<Value>::kNotRenewed, {{"source", current_->source}, {"error", error.message}});
    }
    return *current_;
  }
  forget();
  if (!by_caller) failure_ = error;
  return error;
}

template <class Value>
void Renewed<Value>::forget() {
  if (!current_) return;
  cleanse(*current_);
  current_.reset();
}

template class Renewed<Credentials>;
template class Renewed<AccessToken>;

}  // namespace cloudkit::inline v0::auth
