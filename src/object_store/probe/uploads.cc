#include "object_store/local_io.h"
#include "object_store/probe/run.h"

#include <algorithm>

// Uploads in parts: of one part, which may be small.
namespace cloudkit::inline v0::object_store {
namespace {

PutPartRequest only_part(ProbeRun& run, std::string_view key, const UploadId& upload) {
  PutPartRequest request;
  request.key = run.whole(key);
  request.upload = upload;
  request.number = 1;
  request.last = true;
  request.context = run.context();
  return request;
}

// All of an upload but its begin.
Status send_and_complete(ProbeRun& run, std::string_view key, const UploadId& upload, const Condition& condition) {
  const auto sent = run.driver().put_part(only_part(run, key, upload), BytesSource(kBytes));
  return sent ? run.complete(key, upload, sent->part, condition) : Status(sent.error());
}

Status upload(ProbeRun& run, std::string_view key, const Condition& condition = {}) {
  const auto begun = run.begin_upload(key, condition);
  return begun ? send_and_complete(run, key, *begun, condition) : Status(begun.error());
}

Tried upload_in_parts(ProbeRun& run) {
  const Status done = upload(run, "uploaded");
  return done ? run.expect("uploaded", kBytes) : answer_of(done.error());
}

Tried list_uploads(ProbeRun& run) {
  const auto begun = run.begin_upload("begun");
  if (!begun) return answer_of(begun.error());
  const auto page = run.driver().list_uploads_page(run.prefix(), {}, run.context());
  if (!page) return answer_of(page.error());
  const bool is_there = std::any_of(page->entries.begin(), page->entries.end(), [&](const UploadEntry& entry) {
    return entry.upload.value == begun->value && entry.key == run.whole("begun");
  });
  if (is_there) return {};
  return not_honoured("an upload that was begun is not listed",
                      "abandoned uploads, which are paid for, cannot be found by `Bucket::list_uploads`");
}

// An object made of four bytes of another one.
Tried copy_part_of(ProbeRun& run, std::string_view source) {
  const auto info = run.head(source);
  if (!info) return answer_of(info.error());
  const auto begun = run.begin_upload("assembled");
  if (!begun) return answer_of(begun.error());
  const auto part = run.driver().copy_part(only_part(run, "assembled", *begun), run.driver().name(), run.whole(source),
                                           {2, 4}, info->token);
  if (!part) return answer_of(part.error());
  const Status done = run.complete("assembled", *begun, *part, {});
  return done ? run.expect("assembled", kBytes.substr(2, 4)) : answer_of(done.error());
}

Tried copy_part(ProbeRun& run) {
  Tried tried = copy_part_of(run, kObject);
  if (tried.answer != Answer::refused || !run.driver().capabilities().copy_part) return tried;
  // "You can copy a range only if the source object is greater than 5 MB":
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
  std::string large(std::size_t{5} << 20, 'x');
  large.insert(0, kBytes);
  if (const auto put = run.put("large", large); !put) return answer_of(put.error());
  return copy_part_of(run, "large");
}

// The end of one upload that must fail, and of another that must not.
Tried upload_if(ProbeRun& run, const Condition& broken, const Condition& kept, std::string_view kept_key) {
  const Status stopped = upload(run, kObject, broken);
  if (stopped) {
    return not_honoured("the condition was ignored at the end of the upload",
                        "what travels in parts may replace an object in this store");
  }
  if (stopped.error().code != ErrorCode::precondition_failed) return answer_of(stopped.error());
  const Status passed = upload(run, kept_key, kept);
  if (passed) return {};
  if (passed.error().code != ErrorCode::precondition_failed) return answer_of(passed.error());
  return not_honoured("a condition that holds was refused, too");
}

Tried upload_if_absent(ProbeRun& run) {
  return upload_if(run, Condition::absent(), Condition::absent(), "uploaded if absent");
}

Tried upload_if_match(ProbeRun& run) {
  const auto now = run.head(kObject);
  if (!now) return answer_of(now.error());
  return upload_if(run, Condition::match(kOtherToken), Condition::match(now->token), kObject);
}

constexpr Trial kUploadTrials[] = {
    {"upload in parts", [](const Capabilities& can) { return can.uploads; }, upload_in_parts},
    {"upload if absent", [](const Capabilities& can) { return can.upload_if_absent; }, upload_if_absent},
    {"upload if match", [](const Capabilities& can) { return can.upload_if_match; }, upload_if_match},
    {"list of uploads", [](const Capabilities& can) { return can.uploads && can.list_uploads; }, list_uploads},
    {"copy of a part", [](const Capabilities& can) { return can.copy_part; }, copy_part},
};

}  // namespace

Trials upload_trials() { return kUploadTrials; }

}  // namespace cloudkit::inline v0::object_store
