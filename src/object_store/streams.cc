#include "core/content_type.h"
#include "core/fail.h"
#include "object_store/checks.h"
#include "object_store/perform.h"
#include "object_store/transfer/stream_download.h"
#include "object_store/transfer/stream_upload.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <cstddef>
#include <new>
#include <utility>

namespace cloudkit::inline v0 {

namespace {

using object_store::named;

Error moved_from() { return core::invalid_argument("it was moved from"); }

}  // namespace

struct ObjectWriter::State {
  State(std::shared_ptr<BucketDriver> driver, std::string whole, std::string_view shown_key, std::string address,
        PutOptions options, const object_store::OpenPlan& plan, core::Observation opened)
      : upload(std::move(driver), std::move(whole), std::move(options), plan),
        key(shown_key),
        resource(std::move(address)),
        observation(std::move(opened)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { (void)abandon(); }

  // What a write or finish came to in the end.
  Error failed(Error error) {
    error = named(std::move(error), "write", resource);
    observation.end("write", resource, &error, upload.written());
    return error;
  }

  Status abandon() {
    auto taking_back = core::Observation::begin();
    Status status = upload.abandon();
    if (!status) {
      status = named(std::move(status).error(), "abandon", resource);
      taking_back.end("abandon", resource, &status.error());
    }
    // Now, or by an exception of an earlier call: the object was given up, and finish says why.
    if (observation.heard()) {
      if (auto info = upload.finish(); !info) (void)failed(std::move(info).error());
    }
    return status;
  }

  object_store::StreamUpload upload;
  const std::string key;  // Below the handle's prefix.
  const std::string resource;
  core::Observation observation;
};

ObjectWriter::ObjectWriter(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ObjectWriter::ObjectWriter(ObjectWriter&&) noexcept = default;
ObjectWriter& ObjectWriter::operator=(ObjectWriter&&) noexcept = default;
ObjectWriter::~ObjectWriter() = default;

Status ObjectWriter::write(Bytes data) {
  if (!state_) return moved_from();
  auto status = state_->upload.write(data);
  if (!status) return state_->failed(std::move(status).error());
  return status;
}

std::uint64_t ObjectWriter::size() const noexcept { return state_ ? state_->upload.written() : 0; }

Result<ObjectInfo> ObjectWriter::finish() {
  if (!state_) return moved_from();
  auto info = state_->upload.finish();
  if (!info) return state_->failed(std::move(info).error());
  state_->observation.end("write", state_->resource, nullptr, state_->upload.written());
  return object_store::shown(*std::move(info), state_->key);
}

Status ObjectWriter::abandon() {
  if (!state_) return {};
  return state_->abandon();
}

struct ObjectReader::State {
  State(std::shared_ptr<BucketDriver> driver, std::string whole, std::string address, GetOptions options)
      : reading(std::move(address)), download(std::move(driver), std::move(whole), std::move(options)) {}

  // What is told of it.
  struct Reading {
    explicit Reading(std::string address) : resource(std::move(address)) {}
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { observation.end("read", resource, nullptr, bytes); }

    const std::string resource;
    core::Observation observation;
    std::uint64_t bytes = 0;
    bool ended = false;
  };

  // `step(download)`, whose error ends the operation: who reads on begins another.
  template <class Step>
  Result<std::size_t> read(Step step) {
    const bool anew = std::exchange(reading.ended, true);
    // Held here meanwhile: what an exception ends is not told as a success.
    auto observation = anew ? core::Observation::begin() : std::move(reading.observation);
    if (anew) reading.bytes = 0;
    Result<std::size_t> count = step(download);
    if (count) {
      reading.ended = false;
      reading.observation = std::move(observation);
      reading.bytes += *count;
      return count;
    }
    Error error = named(std::move(count).error(), "read", reading.resource);
    observation.end("read", reading.resource, &error, reading.bytes);
    return error;
  }

  Reading reading;  // The first: it ends after the download's threads, whose requests belong to it.
  object_store::StreamDownload download;
  ObjectInfo info;
};

ObjectReader::ObjectReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ObjectReader::ObjectReader(ObjectReader&&) noexcept = default;
ObjectReader& ObjectReader::operator=(ObjectReader&&) noexcept = default;
ObjectReader::~ObjectReader() = default;

const ObjectInfo& ObjectReader::info() const noexcept {
  alignas(ObjectInfo) static std::byte room[sizeof(ObjectInfo)];
  static const auto* const none = new (room) ObjectInfo;  // Never destroyed.
  return state_ ? state_->info : *none;
}

std::uint64_t ObjectReader::size() const noexcept { return info().size; }

Result<std::size_t> ObjectReader::read(std::span<char> out) {
  if (!state_) return moved_from();
  return state_->read([&](object_store::StreamDownload& download) { return download.read(out); });
}

Result<std::size_t> ObjectReader::read_some(std::span<char> out) {
  if (!state_) return moved_from();
  return state_->read([&](object_store::StreamDownload& download) { return download.read_some(out); });
}

std::uint64_t ObjectReader::tell() const noexcept { return state_ ? state_->download.tell() : 0; }

void ObjectReader::seek(std::uint64_t position) noexcept {
  if (state_) state_->download.seek(position);
}

Result<ObjectWriter> Bucket::open_writer(std::string_view key, const PutOptions& options) const {
  auto observation = core::Observation::begin();
  std::string whole = object_store::join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  Status checked = object_store::check_call(whole, capabilities, options.context);
  if (checked) checked = object_store::check_no_resume(options.transfer);
  return core::start(observation, "write", resource, std::move(checked), [&]() -> Result<ObjectWriter> {
    auto full = object_store::check_put(options, capabilities);
    if (!full) return std::move(full).error();
    if (full->content.type.empty()) full->content.type = core::content_type_of(key);
    const TransferOptions& transfer = options.transfer;
    const auto plan = object_store::plan_open(transfer.expected_size, transfer.part_size, driver_->upload_limits());
    if (!plan) return plan.error();
    return ObjectWriter(std::make_unique<ObjectWriter::State>(driver_, std::move(whole), key, url(key),
                                                              *std::move(full), *plan, std::move(observation)));
  });
}

Result<ObjectReader> Bucket::open_reader(std::string_view key, const GetOptions& options) const {
  auto observation = core::Observation::begin();
  std::string whole = object_store::join(prefix_, key);
  const Capabilities capabilities = driver_->capabilities();
  const auto resource = [&] { return url(key); };
  Status checked = object_store::check_call(whole, capabilities, options.context);
  if (checked) checked = object_store::check_no_resume(options.transfer);
  if (checked && options.range) checked = core::invalid_argument("a reader makes its ranges itself", "seek and read");
  return core::start(observation, "read", resource, std::move(checked), [&]() -> Result<ObjectReader> {
    if (auto status = object_store::check_get(options, capabilities); !status) return std::move(status).error();
    auto state = std::make_unique<ObjectReader::State>(driver_, std::move(whole), url(key), options);
    if (auto opened = state->download.open(); !opened) return std::move(opened).error();
    state->info = object_store::shown(state->download.info(), key);
    state->reading.observation = std::move(observation);
    return ObjectReader(std::move(state));
  });
}

}  // namespace cloudkit::inline v0
