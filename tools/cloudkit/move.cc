#include "move.h"

#include "spool.h"
#include "transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cloudkit::tool {
namespace {

// Two URLs may lead to one bucket, by another endpoint or profile: then a copy would replace the source by itself.
Status check_distinct(const Bucket& from, const ObjectInfo& source, const MoveTarget& to, const Context& context) {
  if (to.bucket == nullptr || to.key != source.key) return {};
  const Error same(ErrorCode::invalid_argument, "source and destination are the same object", "it stays as it is");
  if (from.overlaps(*to.bucket) && from.url(source.key) == to.bucket->url(to.key)) return same;
  const auto there = to.bucket->head(to.key, {.context = context});
  if (!there) return there.error().code == ErrorCode::not_found ? Status() : Status(there.error());
  const bool equal = there->token == source.token && there->size == source.size && there->modified == source.modified;
  return equal ? Status(same) : Status();
}

Status check_arrived(const MoveTarget& to, std::uint64_t size, std::uint64_t copied, const Context& context) {
  if (to.bucket != nullptr) {
    const auto there = to.bucket->head(to.key, {.context = context});
    if (!there) return there.error();
    copied = there->size;
  }
  if (copied == size) return {};
  return Error(ErrorCode::data_loss,
               fmt::format("the copy has {} bytes instead of {}; the source is kept", copied, size));
}

// Those that must not be lost with the source. A server may know none, though others of its kind do.
Result<Tags> tags_to_bring(const Bucket& from, const ObjectInfo& source, const MoveTarget& to, const Context& context) {
  if (to.bucket == nullptr || !from.capabilities().tags) return Tags();
  if (to.without_tags && !to.bucket->capabilities().tags) return Tags();
  auto tags = from.get_tags(source.key, {.context = context});
  if (!tags) {
    Error error = std::move(tags).error();
    if (error.code == ErrorCode::unsupported) return Tags();
    if (error.code != ErrorCode::permission_denied) return error;
    if (to.without_tags) return Tags();
    error.message = "its tags cannot be read, and the source is kept: " + error.message;
    error.hint = "allow them to be read (on AWS s3:GetObjectTagging), or move without them: --without-tags";
    return error;
  }
  if (tags->empty() || to.bucket->capabilities().tags) return tags;
  return Error(ErrorCode::unsupported, "it has tags, which its new place has not; the source is kept",
               "move it without them: --without-tags");
}

// A service's own copy has them already.
Status bring_tags(const Bucket& from, const ObjectInfo& source, const MoveTarget& to, const Context& context) {
  const auto tags = tags_to_bring(from, source, to, context);
  if (!tags) return tags.error();
  if (tags->empty()) return {};
  const auto there = to.bucket->get_tags(to.key, {.context = context});
  return there && *there == *tags ? Status() : to.bucket->set_tags(to.key, *tags, {.context = context});
}

Error changed() { return {ErrorCode::conflict, "it changed while it was moved, and is kept", "move it again"}; }

// Whether what comes is what another source has. At the first byte that differs it ends the transfer.
class Comparison final : public Sink {
 public:
  explicit Comparison(const Source& other) : other_(other) {}

  Status write(Bytes chunk) override {
    std::vector<char> there(chunk.size());
    const auto count = other_.read_at(at_, there);
    if (!count) return count.error();
    at_ += chunk.size();
    differs_ = *count != chunk.size() || !std::equal(there.begin(), there.end(), chunk.data());
    return differs_ ? Status(Error(ErrorCode::data_loss, "it differs")) : Status();
  }
  bool differs() const noexcept { return differs_; }

 private:
  const Source& other_;
  std::uint64_t at_ = 0;
  bool differs_ = false;
};

Result<bool> has_bytes(const Bucket& bucket, const std::string& key, const Source& bytes, const Context& context) {
  const auto info = bucket.head(key, {.context = context});
  if (!info) return info.error();
  if (info->size != bytes.size()) return false;
  Comparison comparison(bytes);
  GetOptions options;
  options.context = context;
  const auto got = bucket.download(key, comparison, options);
  if (!got && !comparison.differs()) return of_source(got.error());
  return got && got->size == bytes.size();
}

// Null when it is of another size.
Result<std::unique_ptr<Source>> bytes_of(const MoveTarget& to, std::uint64_t size, const Context& context) {
  if (to.bucket == nullptr) return to.file();
  const auto info = to.bucket->head(to.key, {.context = context});
  if (!info) return info.error();
  // Another size is another object, whatever its bytes are.
  if (info->size != size) return std::unique_ptr<Source>();
  Spool spool;
  GetOptions options;
  options.context = context;
  if (auto got = to.bucket->download(to.key, spool, options); !got) return of_source(std::move(got).error());
  return spool.finish();
}

// What `copy` has returned, unless what it found there is the source's own content.
Result<std::uint64_t> settled(Result<std::uint64_t> copied, bool if_absent, std::uint64_t size,
                              const std::function<Result<bool>()>& is_there) {
  if (copied || !if_absent || copied.error().code != ErrorCode::precondition_failed) return copied;
  const auto there = is_there();
  if (!there.has_value()) return there.error();
  return *there ? Result<std::uint64_t>(size) : copied;
}

}  // namespace

Result<std::uint64_t> move_object(const Bucket& from, const std::string& key, const MoveTarget& to,
                                  const Context& context, const CopyStep& copy) {
  const auto before = from.head(key, {.context = context});
  if (!before) return before.error();
  if (auto status = check_distinct(from, *before, to, context); !status) return status.error();
  if (!copy) return tags_to_bring(from, *before, to, context).map([&](const Tags&) { return before->size; });
  const auto is_there = [&]() -> Result<bool> {
    const auto bytes = bytes_of(to, before->size, context);
    if (!bytes) return bytes.error();
    return *bytes ? has_bytes(from, key, **bytes, context) : Result<bool>(false);
  };
  auto copied = settled(copy(), to.if_absent, before->size, is_there);
  if (!copied) return copied;
  const auto now = from.head(key, {.context = context});
  if (!now) return now.error();
  if (now->token != before->token || now->modified != before->modified) return changed();
  if (auto status = check_arrived(to, before->size, *copied, context); !status) return status.error();
  if (auto status = bring_tags(from, *before, to, context); !status) return status.error();
  RemoveOptions options;
  options.context = context;
  if (from.capabilities().remove_if_match) options.condition = Condition::match(before->token);
  const auto status = from.remove(key, options);
  if (status) return copied;
  return status.error().code == ErrorCode::precondition_failed ? changed() : status.error();
}

Result<std::uint64_t> move_file(const LocalTree& from, const std::string& name, const MoveTarget& to,
                                const Context& context, const CopyStep& copy) {
  const auto before = from.identify(name);
  if (!before) return before.error();
  const auto is_there = [&]() -> Result<bool> {
    const auto bytes = from.read(name);
    if (!bytes) return bytes.error();
    return has_bytes(*to.bucket, to.key, **bytes, context);
  };
  auto copied = settled(copy(), to.if_absent, before->size, is_there);
  if (!copied) return copied;
  if (auto status = check_arrived(to, before->size, *copied, context); !status) return status.error();
  if (auto status = from.remove(name, *before); !status) return status.error();
  return copied;
}

}  // namespace cloudkit::tool
