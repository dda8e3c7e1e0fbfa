#include "stack/lock.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/random.h"
#include "core/start_thread.h"
#include "core/time.h"
#include "stack/keeper.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::chrono::milliseconds kAskEvery{1000};
constexpr std::chrono::milliseconds kGiveBackLimit{5000};
constexpr std::uint64_t kLargestLock = 64 << 10;

// What somebody's lock says.
struct Held {
  std::string owner = {};
  TimePoint since = {};
  TimePoint expires = {};
  std::chrono::milliseconds expiry{60'000};
  std::string token = {};
};

Error ignores_conditions(const Bucket& bucket, std::string_view which) {
  return core::unsupported(fmt::format("{} {}: two runs could change the stack at once", bucket.url(), which),
                           "keep the state in a bucket whose puts have conditions: S3 itself, a file:// directory; "
                           "cloudkit probe tells what a "
                           "server honours");
}

Result<std::optional<Held>> look(const Bucket& bucket, const std::string& key, const Context& context) {
  GetOptions options;
  options.context = context;
  options.max_size = kLargestLock;
  auto object = bucket.get(key, options);
  if (!object && object.error().code == ErrorCode::not_found) return std::optional<Held>();
  if (!object) return std::move(object).error();
  const auto json = codec::JsonValue::parse(object->data);
  const auto text = [&](std::string_view name) { return json ? json->find(name).as_string().value_or("") : ""; };
  const auto since = core::parse_rfc3339(text("since"));
  const auto expires = core::parse_rfc3339(text("expires"));
  if (!since || !expires) {
    return core::fail(ErrorCode::conflict, fmt::format("{} is no lock of cloudkit's", bucket.url(key)),
                      "where nobody is changing the stack, remove it");
  }
  Held held;
  held.owner = core::printable_excerpt(text("owner"), 200);
  held.since = *since;
  held.expires = *expires;
  if (const auto expiry = json->find("expiry_ms").as_i64(); expiry && *expiry > 0) {
    held.expiry = std::chrono::milliseconds(*expiry);
  }
  held.token = object->info.token;
  return std::optional(std::move(held));
}

Error held_by(const Bucket& bucket, const std::string& key, const Held& held) {
  Error error = core::fail(
      ErrorCode::conflict,
      fmt::format("the stack is being changed by {}, since {}", held.owner, core::format_rfc3339(held.since)),
      fmt::format("wait for it, or end it; when it is dead, its lock {} expires at {} by itself", bucket.url(key),
                  core::format_rfc3339(held.expires)));
  error.retryable = true;
  return error;
}

}  // namespace

std::string this_program() {
  std::array<char, 256> host = {};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::array<char, 4096> buffer = {};
  passwd entry = {};
  passwd* found = nullptr;
  const bool known = ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return fmt::format("{}@{}, process {}", known ? entry.pw_name : std::to_string(::getuid()), host.data(), ::getpid());
}

Lock::Lock(const Bucket& bucket, std::string key, const LockTerms& terms, const StackHooks& hooks,
           const Context& context)
    : bucket_(bucket),
      key_(std::move(key)),
      terms_(terms),
      hooks_(hooks),
      context_(context.child()),
      nonce_(core::random_hex(16)),
      since_(hooks.now()),
      renewed_(Context::Clock::now()) {}

Result<std::unique_ptr<Lock>> Lock::take(const Bucket& bucket, const std::string& key, const LockTerms& terms,
                                         const StackHooks& hooks, const Context& context) {
  const Capabilities able = bucket.capabilities();
  if (!able.put_if_absent || !able.put_if_match)
    return ignores_conditions(bucket, "does not promise conditions of puts");
  std::unique_ptr<Lock> lock(new Lock(bucket, key, terms, hooks, context));
  if (auto taken = lock->acquire(context); !taken) return std::move(taken).error();
  if (auto proved = lock->prove_conditions(); !proved) return std::move(proved).error();
  auto renewing = core::start_thread(lock->renewer_, [held = lock.get()] { held->keep_renewing(); });
  if (renewing) return lock;
  Error error = std::move(renewing).error();
  error.message = "renew the stack's lock: " + error.message;
  return error;
}

Lock::~Lock() { (void)finish(); }

void Lock::stop_renewing() {
  {
    const std::scoped_lock guard(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  if (renewer_.joinable()) renewer_.join();
}

Status Lock::status() const {
  const std::scoped_lock guard(mutex_);
  // Others may have it by now, whatever becomes of a renewal that is under way.
  if (status_ && Context::Clock::now() - renewed_ >= terms_.expiry) return lost("it could not be renewed in time");
  return status_;
}

Result<ObjectInfo> Lock::put(const Condition& condition, const Context& context) {
  codec::JsonWriter writer;
  writer.begin_object().name("expires").string(core::format_rfc3339(hooks_.now() + terms_.expiry));
  writer.name("expiry_ms").number(static_cast<std::int64_t>(terms_.expiry.count()));
  // Its number makes each renewal other bytes, and so another token where that is of the content.
  writer.name("format").number(1).name("nonce").string(nonce_).name("owner").string(terms_.owner);
  writer.name("renewals").number(renewals_++).name("since").string(core::format_rfc3339(since_));
  writer.name("stack").string(terms_.stack).end_object();
  auto json = writer.finish();
  if (!json) return std::move(json).error();
  PutOptions options;
  options.condition = condition;
  options.content.type = "application/json";
  options.context = context;
  return bucket_.put(key_, *json, options);
}

// False: somebody holds it, as `watch` says.
Result<bool> Lock::try_once(const Context& caller, Watch& watch) {
  // Whoever waits looks, and writes only where there is a chance.
  auto taken = watch.token.empty() ? try_to_put(Condition::absent(), caller) : Result<bool>(false);
  if (!taken.has_value() || *taken) return taken;
  auto present = look(bucket_, key_, caller);
  if (!present) return std::move(present).error();
  watch.has_expired = false;
  if (!*present) return try_to_put(Condition::absent(), caller);
  const Held& other = **present;
  watch.held = held_by(bucket_, key_, other);
  watch.has_expired = hooks_.now() >= other.expires;
  if (watch.token != other.token) {
    watch.is_renewed = watch.is_renewed || !watch.token.empty();
    watch.token = other.token;
    watch.unchanged = watch.unchanged.zero();
  }
  watch.left = other.expiry - watch.unchanged;
  if (watch.left > watch.left.zero()) return false;
  core::log(LogLevel::warn, "takes over a lock that has expired",
            {{"lock", bucket_.url(key_)}, {"owner", other.owner}, {"expired", core::format_rfc3339(other.expires)}});
  return try_to_put(Condition::match(other.token), caller);
}

Result<bool> Lock::try_to_put(const Condition& condition, const Context& caller) {
  auto mine = put(condition, caller);
  if (!mine && mine.error().code != ErrorCode::precondition_failed) return std::move(mine).error();
  if (mine) token_ = std::move(mine->token);
  return bool(mine);
}

Status Lock::acquire(const Context& caller) {
  const TimePoint until = hooks_.now() + terms_.wait;
  Watch watch;
  watch.held = core::fail(ErrorCode::conflict, "others take and give back the stack's lock", "try again");
  watch.held.retryable = true;
  while (true) {
    auto taken = try_once(caller, watch);
    if (!taken.has_value()) return std::move(taken).error();
    if (*taken) break;
    // One that has expired by our clock may be alive by its owner's: it is looked at for as long as it lives.
    const bool seems_dead = watch.has_expired && !watch.is_renewed;
    const auto left = until - hooks_.now();
    if (left <= left.zero() && !seems_dead) return watch.held;
    const auto most = seems_dead ? watch.left : std::chrono::ceil<std::chrono::milliseconds>(left);
    const auto pause = std::min(kAskEvery, most);
    if (auto waited = hooks_.wait(caller, pause); !waited) return waited;
    watch.unchanged += pause;
  }
  const std::scoped_lock guard(mutex_);
  renewed_ = Context::Clock::now();
  return {};
}

// Those who take every put would have taken the lock from anybody, so it is tried on our own.
Status Lock::prove_conditions() {
  const auto refused = [&](const Condition& condition, std::string_view which) -> Status {
    auto done = put(condition, context_);
    if (!done && done.error().code == ErrorCode::precondition_failed) return {};
    if (!done) return std::move(done).error();
    token_ = std::move(done->token);
    return ignores_conditions(bucket_, fmt::format("ignores the condition \"{}\" of puts", which));
  };
  const std::string first = token_;
  if (auto ok = refused(Condition::absent(), "absent"); !ok) return ok;
  if (auto ok = renew(); !ok) return ok;
  return refused(Condition::match(first), "match");
}

Status Lock::renew() {
  const auto begun = Context::Clock::now();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(renewed_ + terms_.expiry * 2 / 3 - begun);
  const auto limit = std::clamp(left, std::chrono::milliseconds(1), terms_.expiry / 3);
  auto put_again = put(Condition::match(token_), context_.child_with_timeout(limit));
  if (!put_again) return std::move(put_again).error();
  token_ = std::move(put_again->token);
  const std::scoped_lock guard(mutex_);
  renewed_ = begun;
  return {};
}

Error Lock::lost(std::string_view why) {
  return core::fail(ErrorCode::conflict, fmt::format("the stack's lock was lost, so this run has ended: {}", why),
                    "the next run finds what this one has begun");
}

void Lock::lose(const Error& why) {
  const std::scoped_lock guard(mutex_);
  status_ = lost(why.message);
  context_.cancel();
}

void Lock::keep_renewing() {
  auto pause = terms_.expiry / 3;
  while (true) {
    {
      std::unique_lock guard(mutex_);
      if (ended_.wait_for(guard, pause, [&] { return ending_; })) return;
    }
    auto renewed = renew();
    pause = renewed ? terms_.expiry / 3 : terms_.expiry / 12;
    if (renewed) continue;
    const bool taken = renewed.error().code == ErrorCode::precondition_failed;
    // Well before it expires, a request that failed may be tried again.
    if (taken || Context::Clock::now() - renewed_ >= terms_.expiry * 2 / 3) return lose(std::move(renewed).error());
    core::log(LogLevel::warn, "could not renew the stack's lock", {{"reason", renewed.error().message}});
  }
}

Status Lock::finish() {
  stop_renewing();
  const std::string token = std::exchange(token_, {});
  if (token.empty() || !status_) return status_;
  // Also after a cancellation, which is no reason to keep others out.
  auto removed = remove_if(bucket_, key_, token, Context::with_timeout(kGiveBackLimit));
  if (removed) return {};
  const ErrorCode code = removed.error().code;
  if (code == ErrorCode::precondition_failed || code == ErrorCode::not_found) {
    lose(std::move(removed).error());
    return status_;
  }
  core::log(LogLevel::warn, "could not give back the stack's lock; it expires",
            {{"lock", bucket_.url(key_)}, {"reason", removed.error().message}});
  return {};
}

}  // namespace cloudkit::inline v0::stack
