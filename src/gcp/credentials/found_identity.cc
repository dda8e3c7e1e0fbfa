#include "gcp/credentials/found_identity.h"

#include <chrono>
#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

// How soon a waiting call notices that it was cancelled.
constexpr std::chrono::milliseconds kSearchStep{50};

}  // namespace

FoundIdentity::FoundIdentity(Find find) : find_(std::move(find)) {}
FoundIdentity::~FoundIdentity() = default;

Result<AccessToken> FoundIdentity::get(const Context& context) {
  auto found = identity(context);
  if (!found) return std::move(found).error();
  auto token = (*found)->get(context);
  if (token || token.error().code != ErrorCode::unauthenticated) return token;
  const Lock lock(mutex_);
  if (found_ == *found) found_ = nullptr;
  return token;
}

void FoundIdentity::invalidate(const AccessToken& rejected) {
  std::shared_ptr<Identity> found;
  {
    const Lock lock(mutex_);
    found = found_;
  }
  if (found != nullptr) found->invalidate(rejected);
}

Result<std::string> FoundIdentity::account(const Context& context) {
  auto found = identity(context);
  return found ? (*found)->account(context) : std::move(found).error();
}

Result<Signature> FoundIdentity::sign(Bytes bytes, const Context& context) {
  auto found = identity(context);
  return found ? (*found)->sign(bytes, context) : std::move(found).error();
}

Result<std::string> FoundIdentity::project(const Context& context) {
  auto found = identity(context);
  return found ? (*found)->project(context) : std::move(found).error();
}

Result<std::shared_ptr<Identity>> FoundIdentity::identity(const Context& context) {
  Lock lock(mutex_);
  while (true) {
    if (found_ != nullptr) return found_;
    if (!searching_) return search(lock, context);
    if (auto waited = wait_for_search(lock, context); !waited) return std::move(waited).error();
    if (found_ == nullptr && failure_) return *failure_;
  }
}

Result<std::shared_ptr<Identity>> FoundIdentity::search(Lock& lock, const Context& context) {
  if (auto going = context.check(); !going) return std::move(going).error();
  // Whatever happens, the others must not wait for ever.
  struct Turn {
    FoundIdentity& owner;
    Lock& lock;
    Turn(FoundIdentity& self, Lock& held) : owner(self), lock(held) {
      owner.searching_ = true;
      owner.failure_.reset();
      lock.unlock();
    }
    ~Turn() {
      if (!lock.owns_lock()) lock.lock();
      owner.searching_ = false;
      ++owner.searches_;
      owner.searched_.notify_all();
    }
  } turn(*this, lock);
  auto found = find_(context);
  const bool by_caller = !found && !context.check();
  lock.lock();
  if (found) {
    found_ = *found;
  } else if (!by_caller) {
    failure_ = found.error();
  }
  return found;
}

Status FoundIdentity::wait_for_search(Lock& lock, const Context& context) {
  const unsigned before = searches_;
  while (searches_ == before) {
    if (auto going = context.check(); !going) {
      going.error().message += " while waiting for credentials that another thread looks for";
      return going;
    }
    searched_.wait_for(lock, context.remaining(kSearchStep));
  }
  return {};
}

}  // namespace cloudkit::inline v0::gcp
