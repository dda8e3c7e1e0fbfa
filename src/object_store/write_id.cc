#include "object_store/write_id.h"

#include "core/fail.h"
#include "core/paced_source.h"
#include "core/random.h"
#include "object_store/checks.h"
#include "object_store/waits.h"

namespace cloudkit::inline v0::object_store {
namespace {

constexpr int kMostRepeats = 3;

bool holds(const Condition& condition, const std::optional<ObjectInfo>& object) {
  if (condition.kind() == Condition::Kind::absent) return !object;
  return object && object->token == condition.token();
}

// Another's object is there: whatever became of this write, its condition does not hold. It may have come before that
// one, though, and been replaced.
Error lost_race(Error error) {
  error.code = ErrorCode::precondition_failed;
  error.message = "another write is there now; the reply to this one was lost";
  error.hint.clear();
  error.retryable = false;
  return error;
}

}  // namespace

std::string stamp_write_id(PutOptions& options) {
  if (!options.write_id) return {};
  std::string id = core::random_hex(16);
  if (metadata_size(options.metadata) + kWriteIdName.size() + id.size() > kMaxMetadataSize) return {};
  use_write_id(options, id);
  return id;
}

void use_write_id(PutOptions& options, const std::string& id) {
  if (id.empty()) {
    options.metadata.erase(std::string(kWriteIdName));
  } else {
    options.metadata.insert_or_assign(std::string(kWriteIdName), id);
  }
}

ObjectInfo without_write_id(ObjectInfo info) {
  if (const auto id = info.metadata.find(std::string(kWriteIdName)); id != info.metadata.end()) info.metadata.erase(id);
  return info;
}

Result<std::optional<ObjectInfo>> look_at(BucketDriver& driver, std::string_view key, const Context& context) {
  auto info = driver.head(key, {.context = context});
  if (info) return std::optional(*std::move(info));
  if (info.error().code == ErrorCode::not_found) return std::optional<ObjectInfo>();
  return std::move(info).error();
}

bool may_be_own_doing(const Error& error) noexcept {
  return error.code == ErrorCode::precondition_failed && error.attempts > 1;
}

bool is_written_by(const ObjectInfo& object, std::string_view id, std::uint64_t size) {
  const auto found = object.metadata.find(std::string(kWriteIdName));
  return !id.empty() && found != object.metadata.end() && found->second == id && object.size == size;
}

Result<ObjectInfo> put_once(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options) {
  const std::string id = options.condition && driver.capabilities().remote ? stamp_write_id(options) : "";
  const core::PacedSource paced(source, options.transfer.bandwidth, options.context);
  int attempts = 0;
  bool may_have_happened = false;
  for (int repeat = 0;; ++repeat) {
    auto info = driver.put(key, paced, options);
    if (info || id.empty()) return info;
    Error error = std::move(info).error();
    if (error.code == ErrorCode::data_loss) return error;  // It is there, and wrong.
    error.attempts = attempts += error.attempts;
    const bool refused = error.code == ErrorCode::precondition_failed;
    // A refusal after a write whose outcome is unknown may be that write's own doing.
    const bool unknown = error.may_have_happened || (refused && may_have_happened);
    if (!unknown && !may_be_own_doing(error)) return error;
    auto now = look_at(driver, key, options.context);
    if (now && *now && is_written_by(**now, id, source.size())) return **std::move(now);
    if (!unknown) return error;
    may_have_happened = error.may_have_happened = true;
    if (!now) return error;
    if (!holds(options.condition, *now)) return lost_race(std::move(error));
    if (repeat == kMostRepeats || !error.retryable) return error;
    if (auto waited = options.context.wait_for(kFirstWait * (1 << repeat)); !waited) return error;
  }
}

}  // namespace cloudkit::inline v0::object_store
