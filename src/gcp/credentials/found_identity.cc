#include "gcp/credentials/found_identity.h"

#include <utility>

namespace cloudkit::inline v0::gcp {

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
    if (!searching_.under_way()) return search(lock, context);
    auto waited = searching_.wait(lock, context, "credentials that another thread looks for");
    if (!waited) return std::move(waited).error();
    if (found_ == nullptr && failure_) return *failure_;
  }
}

Result<std::shared_ptr<Identity>> FoundIdentity::search(Lock& lock, const Context& context) {
  if (auto going = context.check(); !going) return std::move(going).error();
  failure_.reset();
  auto found = searching_.run(lock, [&] { return find_(context); });
  if (found) {
    found_ = *found;
  } else if (context.check()) {
    failure_ = found.error();
  }
  return found;
}

}  // namespace cloudkit::inline v0::gcp
