#include "object_store/transfer/copy_across.h"

#include "core/content_type.h"
#include "core/fail.h"
#include "crypto/checksum.h"
#include "object_store/checks.h"
#include "object_store/fetch.h"
#include "object_store/local_io.h"
#include "object_store/transfer/part_sender.h"
#include "object_store/transfer/stream_download.h"
#include "object_store/transfer/upload.h"
#include "object_store/write_id.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr std::string_view kReading = "reading the source: ";
constexpr std::string_view kWriting = "writing the copy: ";

// Who has cancelled it knows that neither side is to blame.
Error at_side(std::string_view side, Error error) {
  if (error.code != ErrorCode::cancelled) error.message.insert(0, side);
  return error;
}

// Whatever became of the destination's request, it lacked bytes. The caller's condition is of the destination: what did
// not hold here is that the source stays as it is, as in copies within a store.
Error at_source(Error error) {
  error.may_have_happened = false;
  if (error.code == ErrorCode::precondition_failed) {
    error.code = ErrorCode::conflict;
    error.hint = "copy it again";
    error.retryable = true;
  }
  if (error.code == ErrorCode::data_loss) error.hint = "nothing was stored; try again";
  return at_side(kReading, std::move(error));
}

Error at_destination(Error error) {
  return error.message.starts_with(kReading) ? error : at_side(kWriting, std::move(error));
}

// The object as what one put reads, once or for each try again.
class ObjectSource final : public Source {
 public:
  explicit ObjectSource(StreamDownload& object) : object_(object) {}

  std::uint64_t size() const noexcept override { return object_.info().size; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const std::scoped_lock lock(mutex_);
    object_.seek(offset);
    auto count = object_.read(out);
    if (count) return count;
    failure_ = at_source(std::move(count).error());
    // The gets were tried again already: the put that reads them must not multiply that.
    Error final_error = *failure_;
    final_error.retryable = false;
    return final_error;
  }
  // The error of a put that is the source's, as the source gave it.
  Error original(const Error& error) const {
    const std::scoped_lock lock(mutex_);
    return failure_ && failure_->message == error.message ? *failure_ : error;
  }

 private:
  StreamDownload& object_;
  mutable std::mutex mutex_;
  mutable std::optional<Error> failure_;
};

// Parts of the object that `pinned` describes.
class RangeSender final : public PartSender {
 public:
  RangeSender(BucketDriver& driver, std::string_view key, const ObjectInfo& pinned)
      : driver_(driver), key_(key), pinned_(pinned) {}

  Result<UploadPart> send(OpenUpload& upload, const Part& part, const Context& context) override {
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(part.size));
    FetchTarget target;
    target.write = [&](Bytes chunk) -> Status {
      bytes.append(chunk.view());
      return {};
    };
    target.restart = [&] { bytes.clear(); };
    GetOptions options;
    options.context = context;
    const ByteRange range{part.offset, part.size, false};
    if (auto fetched = fetch_range(driver_, key_, std::move(options), pinned_, range, std::move(target)); !fetched) {
      return at_source(std::move(fetched).error());
    }
    crypto::RunningChecksum checksum(pinned_.checksum.algorithm);
    checksum.update(bytes);
    auto sent = upload.send(part, BytesSource(bytes), context);
    const std::scoped_lock lock(mutex_);
    if (sent) checksums_[part.number] = checksum;
    return sent;
  }

  Status check() override {
    const std::scoped_lock lock(mutex_);
    crypto::RunningChecksum whole(pinned_.checksum.algorithm);
    for (const auto& [number, checksum] : checksums_) whole.append(checksum);
    if (whole.matches(pinned_.checksum)) return {};
    return at_source(wrong_checksum());
  }

 private:
  BucketDriver& driver_;
  const std::string_view key_;
  const ObjectInfo& pinned_;
  std::mutex mutex_;
  std::map<int, crypto::RunningChecksum> checksums_;  // By number.
};

GetOptions get_options(const CopyOptions& options) {
  GetOptions get;
  get.context = options.context;
  get.transfer.part_size = options.transfer.part_size;
  get.transfer.workers = options.transfer.workers;
  return get;
}

// What the source's store took the destination's may refuse.
Result<PutOptions> put_options(const CopyRequest& request, const ObjectInfo& source, const Capabilities& capabilities) {
  const CopyOptions& options = request.options;
  PutOptions put;
  put.condition = options.condition;
  put.content = options.content.value_or(source.content);
  put.metadata = options.metadata ? *options.metadata : without_write_id(source).metadata;
  put.storage_class = options.storage_class;
  put.context = options.context;
  put.transfer = options.transfer;
  auto checked = check_put(put, capabilities);
  if (checked && checked->content.type.empty()) checked->content.type = core::content_type_of(request.destination_key);
  return checked;
}

}  // namespace

Result<ObjectInfo> copy_across(std::shared_ptr<BucketDriver> source, BucketDriver& destination,
                               const CopyRequest& request) {
  BucketDriver& from = *source;
  StreamDownload object(std::move(source), request.source_key, get_options(request.options));
  if (auto opened = object.open(); !opened) return at_source(std::move(opened).error());
  const ObjectInfo& info = object.info();
  const Capabilities capabilities = destination.capabilities();
  auto options = put_options(request, info, capabilities);
  if (!options) return at_destination(std::move(options).error());

  // Without a token no two parts are sure to be of one object: the reader knows what to do.
  if (!info.token.empty() && wants_parts(destination, capabilities, info.size, *options)) {
    RangeSender sender(from, request.source_key, info);
    auto copied = upload(destination, request.destination_key, info.size, *std::move(options), sender);
    if (!copied) return at_destination(std::move(copied).error());
    return copied;
  }
  const ObjectSource bytes(object);
  auto copied = put(destination, capabilities, request.destination_key, bytes, *std::move(options));
  if (!copied) return at_destination(bytes.original(copied.error()));
  return copied;
}

}  // namespace cloudkit::inline v0::object_store
