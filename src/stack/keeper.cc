#include "stack/keeper.h"

#include "core/fail.h"

#include <utility>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::chrono::seconds kLastWords{5};
constexpr std::uint64_t kLargestState = std::uint64_t{64} << 20U;

Error not_written(Error error) {
  if (error.code == ErrorCode::precondition_failed) {
    return core::fail(ErrorCode::conflict, "somebody else has written the state meanwhile, so this run has ended",
                      "the next run finds what this one has begun");
  }
  error.message = "the state could not be written: " + error.message;
  return error;
}

}  // namespace

Result<Loaded> load(const Bucket& bucket, const std::string& key, bool accept_edited, const Context& context) {
  GetOptions options;
  options.context = context;
  options.max_size = kLargestState;
  auto object = bucket.get(key, options);
  if (!object && object.error().code == ErrorCode::not_found) return Loaded();
  if (!object) return std::move(object).error();
  auto document = read_document(object->data, accept_edited);
  if (!document) {
    Error error = std::move(document).error();
    error.message = bucket.url(key) + ": " + error.message;
    return error;
  }
  Loaded loaded;
  loaded.document = *std::move(document);
  loaded.token = std::move(object->info.token);
  return loaded;
}

Keeper::Keeper(Bucket bucket, std::string key, Loaded loaded, Context context, std::function<Status()> held)
    : bucket_(std::move(bucket)),
      key_(std::move(key)),
      context_(std::move(context)),
      held_(std::move(held)),
      document_(std::move(loaded.document)),
      token_(std::move(loaded.token)) {}

Document Keeper::document() const {
  const std::scoped_lock lock(mutex_);
  return document_;
}

Status Keeper::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

Status Keeper::change(const std::function<void(Document&)>& edit) {
  const std::scoped_lock lock(mutex_);
  if (status_) status_ = held_();
  if (!status_) return status_;
  Document next = document_;
  edit(next);
  ++next.serial;
  next.edited = false;
  status_ = write(next);
  if (status_) document_ = std::move(next);
  return status_;
}

Status Keeper::write(const Document& next) {
  auto json = to_json(next);
  if (!json) return std::move(json).error();
  PutOptions options;
  // What has been done is written down also after a cancellation: else the next run would have to look for it.
  options.context = context_.check() ? context_ : Context::with_timeout(kLastWords);
  options.content.type = "application/json";
  options.condition = token_.empty() ? Condition::absent() : Condition::match(token_);
  auto put = bucket_.put(key_, *json, options);
  if (!put) return not_written(std::move(put).error());
  token_ = std::move(put->token);
  return {};
}

Status Keeper::remove() {
  const std::scoped_lock lock(mutex_);
  if (!status_ || token_.empty()) return status_;
  status_ = remove_if(bucket_, key_, token_, context_);
  if (!status_) status_ = not_written(status_.error());
  token_.clear();
  document_ = {};
  return status_;
}

Status remove_if(const Bucket& bucket, const std::string& key, const std::string& token, const Context& context) {
  RemoveOptions options;
  options.context = context;
  if (bucket.capabilities().remove_if_match) {
    options.condition = Condition::match(token);
    return bucket.remove(key, options);
  }
  // MinIO, for one, does not know the condition: https://github.com/minio/minio/issues/21677
  HeadOptions look;
  look.context = context;
  auto there = bucket.head(key, look);
  if (!there) return std::move(there).error();
  if (there->token != token) return core::fail(ErrorCode::precondition_failed, "it is another object now");
  return bucket.remove(key, options);
}

}  // namespace cloudkit::inline v0::stack
