#include "core/without_value.h"
#include "object_store/probe/run.h"

// Conditions: one that does not hold must stop the write, and one that holds must not.
namespace cloudkit::inline v0::object_store {
namespace {

// Of a call whose condition does not hold.
Tried must_stop(const Status& outcome, const char* otherwise, ErrorCode expected = ErrorCode::precondition_failed) {
  if (outcome) return not_honoured("the condition was ignored", otherwise);
  return outcome.error().code == expected ? Tried{} : answer_of(outcome.error());
}

// Of a call whose condition holds.
Tried must_pass(const Status& outcome, const char* hint = "") {
  if (outcome) return {};
  const ErrorCode code = outcome.error().code;
  if (code != ErrorCode::precondition_failed && code != ErrorCode::not_modified) return answer_of(outcome.error());
  return not_honoured("a condition that holds was refused, too", hint);
}

PutOptions under(Condition condition) {
  PutOptions options;
  options.condition = std::move(condition);
  return options;
}

constexpr const char* kNoLocks = "build no locks on this store; say ?server= if it is a known one";
constexpr const char* kNoUpdates = "two writers can overwrite each other in this store";

Tried put_if_absent(ProbeRun& run) {
  Tried tried = must_stop(core::without_value(run.put(kObject, kBytes, under(Condition::absent()))), kNoLocks);
  if (tried.answer != Answer::honoured) return tried;
  return must_pass(core::without_value(run.put("created", kBytes, under(Condition::absent()))));
}

Tried put_if_match(ProbeRun& run) {
  Tried tried =
      must_stop(core::without_value(run.put(kObject, kBytes, under(Condition::match(kOtherToken)))), kNoUpdates);
  if (tried.answer != Answer::honoured) return tried;
  const auto now = run.head(kObject);
  if (!now) return answer_of(now.error());
  // Ceph's takes the ETag without its quotes only.
  return must_pass(core::without_value(run.put(kObject, kBytes, under(Condition::match(now->token)))),
                   "say ?server= if it is a known one: ?server=ceph writes the token in another way");
}

Tried conditional_get(ProbeRun& run) {
  const auto now = run.head(kObject);
  if (!now) return answer_of(now.error());
  const auto get = [&](Condition condition) {
    GetOptions options;
    options.condition = std::move(condition);
    options.context = run.context();
    return core::without_value(run.bucket().get(kObject, options));
  };
  const char* const otherwise = "get_if_changed reads everything every time";
  Tried tried = must_stop(get(Condition::not_match(now->token)), otherwise, ErrorCode::not_modified);
  if (tried.answer == Answer::honoured) tried = must_pass(get(Condition::not_match(kOtherToken)));
  if (tried.answer == Answer::honoured) {
    tried = must_stop(get(Condition::match(kOtherToken)), "a read of several requests may mix two contents");
  }
  if (tried.answer == Answer::honoured) tried = must_pass(get(Condition::match(now->token)));
  return tried;
}

Tried remove_if_match(ProbeRun& run) {
  const auto put = run.put("removed", kBytes);
  if (!put) return answer_of(put.error());
  const auto remove = [&](std::string token) {
    return run.bucket().remove("removed", {Condition::match(std::move(token)), run.context()});
  };
  Tried tried = must_stop(remove(kOtherToken), "a removal may hit a newer object in this store");
  if (tried.answer != Answer::honoured) return tried;
  const auto now = run.head("removed");
  return now ? must_pass(remove(now->token)) : answer_of(now.error());
}

Tried copy_if_absent(ProbeRun& run) {
  CopyOptions options;
  options.condition = Condition::absent();
  if (const auto there = run.put("copied/over", "other bytes"); !there) return answer_of(there.error());
  Tried tried = must_stop(core::without_value(run.copy(kObject, "copied/over", options)),
                          "a copy may replace an object; get and put instead, as `cloudkit cp` does");
  if (tried.answer != Answer::honoured) return tried;
  return must_pass(core::without_value(run.copy(kObject, "copied/anew", options)));
}

constexpr Trial kConditionTrials[] = {
    {"put if absent", [](const Capabilities& can) { return can.put_if_absent; }, put_if_absent},
    {"put if match", [](const Capabilities& can) { return can.put_if_match; }, put_if_match},
    {"conditional get", [](const Capabilities& can) { return can.conditional_get; }, conditional_get},
    {"remove if match", [](const Capabilities& can) { return can.remove_if_match; }, remove_if_match},
    {"copy if absent", [](const Capabilities& can) { return can.copy_if_absent; }, copy_if_absent},
};

}  // namespace

Trials condition_trials() { return kConditionTrials; }

}  // namespace cloudkit::inline v0::object_store
