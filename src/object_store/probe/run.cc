#include "object_store/probe/run.h"

#include "core/random.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::object_store {
namespace {

// What every other trial would meet, too. One that breaks a connection by an odd key does not say so of the store.
bool may_end_all(const Error& error) noexcept {
  return error.code == ErrorCode::unauthenticated || error.code == ErrorCode::unavailable ||
         error.code == ErrorCode::throttled || error.code == ErrorCode::timeout;
}

// Of a key that could not be removed: one that the store cannot hold is not there.
bool may_be_there(const Error& error) {
  return error.code != ErrorCode::not_found && answer_of(error).answer != Answer::refused;
}

// What callers get is decided by the promise: they need to know where the store differs from it.
void compare_with_promise(Behaviour& behaviour) {
  if (behaviour.promised) return;
  if (behaviour.answer == Answer::honoured) {
    behaviour.hint = "refused to callers all the same; for S3 ?server= names a server that is known to do it";
  } else if (behaviour.answer == Answer::not_honoured) {
    behaviour.hint = "nothing to do: it is refused to callers";
  }
}

}  // namespace

ProbeRun::ProbeRun(std::shared_ptr<BucketDriver> driver, const std::string& prefix, std::string_view name,
                   const Context& context)
    : driver_(std::move(driver)),
      own_prefix_(fmt::format("{}-{}/", name, core::random_hex(8))),
      prefix_(prefix + (prefix.empty() || prefix.back() == '/' ? "" : "/") + own_prefix_),
      bucket_(driver_, prefix_),
      context_(context) {}

void ProbeRun::will_write(std::string_view key) {
  if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.emplace_back(key);
}

Result<ObjectInfo> ProbeRun::put(std::string_view key, Bytes data, PutOptions options) {
  will_write(key);
  options.context = context_;
  auto info = bucket_.put(key, data, options);
  if (info && !info->version_id.empty()) has_versions_ = true;
  return info;
}

Result<ObjectInfo> ProbeRun::copy(std::string_view from, std::string_view to, CopyOptions options) {
  will_write(to);
  options.context = context_;
  return bucket_.copy(from, to, options);
}

Result<UploadId> ProbeRun::begin_upload(std::string_view key, const Condition& condition) {
  PutOptions options;
  options.context = context_;
  options.condition = condition;
  auto upload = driver_->begin_upload(whole(key), options);
  if (!upload) {
    // Its reply may be what was lost.
    if (may_end_all(upload.error()) || upload.error().code == ErrorCode::cancelled)
      may_have_begun_.push_back(whole(key));
    return upload;
  }
  will_write(key);
  uploads_.push_back({whole(key), *upload});
  return upload;
}

Status ProbeRun::complete(std::string_view key, const UploadId& upload, const UploadPart& part,
                          const Condition& condition) {
  PutOptions options;
  options.context = context_;
  options.condition = condition;
  const auto info = driver_->complete_upload(whole(key), upload, {part}, options);
  if (!info) return info.error();
  std::erase_if(uploads_, [&](const Begun& begun) { return begun.upload.value == upload.value; });
  return {};
}

Result<std::string> ProbeRun::get(std::string_view key, std::optional<ByteRange> range) const {
  GetOptions options;
  options.range = range;
  options.context = context_;
  return bucket_.get(key, options).map([](Object object) { return std::move(object.data); });
}

Tried ProbeRun::expect(std::string_view key, std::string_view data) const {
  const auto bytes = get(key);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return not_honoured(fmt::format("{} is not there", key));
  if (!bytes) return answer_of(bytes.error());
  if (*bytes == data) return {};
  return not_honoured(fmt::format("{} holds other bytes than were put", key));
}

std::vector<std::string> ProbeRun::clean_up(std::chrono::milliseconds timeout) {
  const Context context = Context::with_timeout(timeout);
  if (!may_have_begun_.empty()) find_uploads(context);
  for (const Begun& begun : uploads_) {
    const Status aborted = driver_->abort_upload(begun.key, begun.upload, context);
    if (!aborted && aborted.error().code != ErrorCode::not_found) may_be_left(begun.key);
  }
  // By their names, and never by what a listing says: a store that ignores the prefix would list what is not ours.
  for (const std::string& key : keys_) {
    const Status removed = bucket_.remove(key, {.context = context});
    if (!removed && may_be_there(removed.error())) may_be_left(whole(key));
  }
  if (has_versions_) remove_versions(context);
  return std::move(left_);
}

void ProbeRun::may_be_left(std::string_view whole_key) {
  std::string key = own_prefix_ + std::string(whole_key.substr(prefix_.size()));
  if (std::find(left_.begin(), left_.end(), key) == left_.end()) left_.push_back(std::move(key));
}

void ProbeRun::find_uploads(const Context& context) {
  const auto page = driver_->list_uploads_page(prefix_, {}, context);
  if (!page) {
    for (const std::string& key : may_have_begun_) may_be_left(key);
    return;
  }
  for (const UploadEntry& entry : page->entries) {
    if (entry.key.starts_with(prefix_)) uploads_.push_back({entry.key, entry.upload});
  }
}

// A removal only hides an object whose bucket keeps versions.
void ProbeRun::remove_versions(const Context& context) {
  ListVersionsRequest request;
  request.prefix = prefix_;
  request.context = context;
  do {
    const auto page = driver_->list_versions_page(request);
    if (!page) {
      for (const std::string& key : keys_) may_be_left(whole(key));
      return;
    }
    for (const VersionEntry& entry : page->entries) {
      if (!entry.key.starts_with(prefix_)) continue;
      const Status removed = driver_->remove_version(entry.key, entry.version_id, {context});
      if (!removed && removed.error().code != ErrorCode::not_found) may_be_left(entry.key);
    }
    if (page->next_page_token == request.page_token) return;
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
}

Result<std::vector<Behaviour>> try_all(ProbeRun& run, Trials trials, const Capabilities& promised) {
  std::vector<Behaviour> behaviours;
  for (const Trial& trial : trials) {
    Tried tried = trial.attempt(run);
    if (auto status = run.context().check(); !status) return std::move(status).error();
    if (tried.answer == Answer::unknown) {
      // Whether it is the store that fails, and not this one thing.
      const auto there = run.head(kObject);
      if (!there && may_end_all(there.error())) return there.error();
    }
    Behaviour behaviour = core::behaviour_of(trial.name, trial.promised(promised), std::move(tried));
    compare_with_promise(behaviour);
    behaviours.push_back(std::move(behaviour));
  }
  return behaviours;
}

}  // namespace cloudkit::inline v0::object_store
