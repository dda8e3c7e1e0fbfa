#pragma once

#include "flawed_buckets.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

/// Backends that do parts wrong.
namespace flawed {

using namespace cloudkit;

struct ForgetsTheLastPart : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    return inner_->complete_upload(key, upload, std::vector(parts.begin(), parts.end() - 1), options);
  }
};

struct JoinsPartsByTheirText : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  // "1" 10001, "10" 10002, "11" 11002, "2" 20001.
  static int by_text(int number) {
    int digits = 1;
    int first = number;
    for (int i = number; i >= 10; i /= 10) ++digits;
    while (first < 1000) first *= 10;
    return first * 10 + digits;
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    PutPartRequest changed = request;
    changed.number = by_text(request.number);
    return inner_->put_part(changed, part);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>&,
                                     const PutOptions& options) override {
    const auto stored = inner_->list_parts(key, upload, options.context);
    if (!stored) return stored.error();
    return inner_->complete_upload(key, upload, *stored, options);
  }
};

struct ForgetsWhatBeginSaid : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions&) override {
    return inner_->begin_upload(key, {});
  }
};

struct KeepsTheTypeOfUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    PutOptions changed = options;
    changed.content = {.type = options.content.type};
    return inner_->begin_upload(key, changed);
  }
};

struct DropsConditionsOfParts : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    PutOptions unconditional = options;
    unconditional.condition = {};
    return inner_->complete_upload(key, upload, parts, unconditional);
  }
};

// Decides by what was there when the upload began.
struct ChecksConditionsAtBegin : DropsConditionsOfParts {
  using DropsConditionsOfParts::DropsConditionsOfParts;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    const auto now = inner_->head(key, {});
    const Condition& condition = options.condition;
    const bool is_broken = condition.kind() == Condition::Kind::absent
                               ? now.has_value()
                               : condition && (!now || now->token != condition.token());
    if (is_broken) return Error(ErrorCode::precondition_failed, "not as it should be");
    return inner_->begin_upload(key, options);
  }
};

struct RemovesBeforeParts : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    (void)inner_->remove(key, {});
    return inner_->begin_upload(key, options);
  }
};

struct ListsItsUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    (void)inner_->put(request.key + ".part" + std::to_string(request.number), part, {});
    return inner_->put_part(request, part);
  }
};

struct ForgetsUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<std::vector<UploadPart>> list_parts(std::string_view, const UploadId&, const Context&) override {
    return Error(ErrorCode::not_found, "no such upload");
  }
};

// A change of the content does not show, in reads either.
struct HasOneTokenForASize : MakesTokensOfSizes {
  using MakesTokensOfSizes::MakesTokensOfSizes;
  struct Receiver final : ObjectReceiver {
    explicit Receiver(ObjectReceiver& receiver) : inner(receiver) {}
    Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
      ObjectInfo changed = info;
      changed.token = std::to_string(info.size);
      return inner.begin(changed, offset, length);
    }
    Status write(Bytes chunk) override { return inner.write(chunk); }
    ObjectReceiver& inner;
  };
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    GetOptions unconditional = options;
    unconditional.condition = {};
    Receiver changed(receiver);
    return inner_->get(key, unconditional, changed);
  }
};

struct AbortsNothing : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Status abort_upload(std::string_view, const UploadId&, const Context&) override { return {}; }
};

// Two who write one key at once send their parts into one upload.
struct SharesUploadsOfAKey : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    auto listed = inner_->list_uploads_page(key, "", {});
    if (listed && !listed->entries.empty()) return listed->entries.front().upload;
    return inner_->begin_upload(key, options);
  }
};

struct LooksBeforeEachPart : Counts {
  using Counts::Counts;
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    (void)head(request.key, {});
    return Counts::put_part(request, part);
  }
};

// What a harness sees of a backend that cannot list its uploads.
inline std::atomic<std::size_t> open_uploads{0};
inline std::atomic<std::uint64_t> sent_bytes{0};

struct HidesItsUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.list_uploads = false;
    return can;
  }
  Result<UploadPage> list_uploads_page(std::string_view, std::string_view, const Context&) override {
    return Error(ErrorCode::unsupported, "no list of uploads");
  }
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    ++open_uploads;
    return inner_->begin_upload(key, options);
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    sent_bytes += part.size();
    return inner_->put_part(request, part);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    --open_uploads;
    return inner_->complete_upload(key, upload, parts, options);
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    --open_uploads;
    return inner_->abort_upload(key, upload, context);
  }
};

struct HidesAndAbortsNothing : HidesItsUploads {
  using HidesItsUploads::HidesItsUploads;
  Status abort_upload(std::string_view, const UploadId&, const Context&) override { return {}; }
};

struct HidesAndForgetsUploads : HidesItsUploads {
  using HidesItsUploads::HidesItsUploads;
  Result<std::vector<UploadPart>> list_parts(std::string_view, const UploadId&, const Context&) override {
    return Error(ErrorCode::not_found, "no such upload");
  }
};

}  // namespace flawed
