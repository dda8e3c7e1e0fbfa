#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>
#include <cloudkit/open.h>

#include "support/forwarding_bucket.h"
#include "support/temporary_directory.h"
#include "unit/object_store/memory_bucket.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

using namespace cloudkit;

namespace {

std::string told(const ProbeReport& report, std::string_view name) {
  const Behaviour* const behaviour = report.find(name);
  if (behaviour == nullptr) return "nothing";
  std::string text(to_string(behaviour->answer));
  if (!behaviour->promised) text += ", not promised";
  return behaviour->text.empty() ? text : text + ": " + behaviour->text;
}

std::string all_but(const ProbeReport& report, Answer answer) {
  std::string names;
  for (const Behaviour& behaviour : report.behaviours) {
    if (behaviour.answer != answer) names += behaviour.name + '\n';
  }
  return names;
}

// Remembers every key that it was asked to write or to remove, and what was not taken back.
struct Watched : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    touched.emplace(key);
    if (before_put) before_put();
    return inner_->put(key, source, options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    touched.emplace(key);
    return inner_->remove(key, options);
  }
  std::set<std::string> touched;
  std::function<void()> before_put;
};

}  // namespace

TEST_CASE("memory does all that it promises, and nothing is left") {
  const auto driver = memory("probe-all");
  const Bucket bucket(driver, "below/this");
  const auto report = bucket.probe().value();
  CHECK(report.behaviours.size() == 30);
  CHECK(all_but(report, Answer::honoured) == "versions\nremove many\n");
  CHECK(told(report, "remove many") == "refused, not promised: unsupported: this backend does not offer bulk removal");
  CHECK(told(report, "versions") == "unknown: the bucket keeps none");
  CHECK(report.keeps_promises());
  CHECK(report.left_behind.empty());
  CHECK(Bucket(driver).list_all().value().empty());
  for (const auto& entry : Bucket(driver).list_uploads()) CHECK_FALSE(entry->key.empty());
  CHECK(Bucket(driver).list_uploads().begin() == std::default_sentinel);
}

TEST_CASE("a bucket with versions keeps none of those that were written") {
  const auto driver = memory("probe-versions", true);
  const auto mine = Bucket(driver).put("mine", "old").value();
  Bucket(driver).put("mine", "new").value();
  const auto report = Bucket(driver).probe().value();
  CHECK(told(report, "versions") == "honoured");
  std::size_t versions = 0;
  for (const auto& entry : Bucket(driver).list_versions()) {
    CHECK(entry->key == "mine");
    ++versions;
  }
  CHECK(versions == 2);
}

TEST_CASE("files: what they cannot hold is refused, and not promised") {
  const ::test::TemporaryDirectory directory;
  const auto bucket = open_bucket("file://" + directory.file("bucket"), {.create = true}).value();
  const auto report = bucket.probe().value();
  CHECK(report.keeps_promises());
  CHECK(told(report, "put if absent") == "honoured");
  CHECK(told(report, "upload if match") == "honoured");
  CHECK(told(report, "list in byte order") == "honoured");
  CHECK(told(report, "keys with + and %") == "honoured");
  CHECK(told(report, "tags") == "refused, not promised: unsupported: this backend has no tags");
  CHECK(told(report, "keys with //").rfind("refused, not promised: ", 0) == 0);
  CHECK(std::filesystem::is_empty(directory.file("bucket")));
}

namespace {

struct IgnoresConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    changed.condition = {};
    return inner_->put(key, source, changed);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    GetOptions changed = options;
    changed.condition = {};
    return inner_->get(key, changed, receiver);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    return inner_->remove(key, {.context = options.context});
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    CopyRequest changed = request;
    changed.options.condition = {};
    return inner_->copy(changed);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    PutOptions changed = options;
    changed.condition = {};
    return inner_->complete_upload(key, upload, parts, changed);
  }
};

constexpr const char* kConditional[] = {"put if absent",  "put if match",     "conditional get", "remove if match",
                                        "copy if absent", "upload if absent", "upload if match"};

}  // namespace

TEST_CASE("a store that ignores conditions is told of, and what follows from it") {
  const auto driver = std::make_shared<IgnoresConditions>(memory("probe-ignores"));
  const auto report = Bucket(driver).probe().value();
  for (const char* const name : kConditional) {
    CAPTURE(name);
    CHECK(told(report, name).rfind("not honoured: the condition was ignored", 0) == 0);
  }
  CHECK(report.find("put if absent")->hint == "build no locks on this store; say ?server= if it is a known one");
  CHECK(told(report, "metadata") == "honoured");
  CHECK_FALSE(report.keeps_promises());
  CHECK(Bucket(driver).list_all().value().empty());
}

namespace {

// Has more than it says, behind a driver that says less.
struct Cautious : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities less = inner_->capabilities();
    less.put_if_absent = less.put_if_match = less.remove_if_match = less.copy_if_absent = less.upload_if_absent = false;
    return less;
  }
  std::shared_ptr<BucketDriver> unguarded() override { return inner_; }
  std::vector<Behaviour> probe(std::string_view key, const Context& context) override {
    (void)Bucket(inner_).put(key, "its own", {.context = context});
    return {{"smell of the paper", Answer::honoured, true, {}, {}}};
  }
};

}  // namespace

TEST_CASE("what nobody promises is tried by the driver that holds nothing back") {
  auto inner = memory("probe-cautious");
  auto report = Bucket(std::make_shared<Cautious>(inner)).probe().value();
  CHECK(told(report, "put if absent") == "honoured, not promised");
  CHECK(report.find("put if absent")->hint ==
        "refused to callers all the same; for S3 ?server= names a server that is known to do it");
  CHECK(told(report, "upload if match") == "honoured");
  CHECK(told(report, "smell of the paper") == "honoured");
  CHECK(Bucket(inner).list_all().value().empty());

  // What is ignored and not promised breaks nothing.
  report = Bucket(std::make_shared<Cautious>(std::make_shared<IgnoresConditions>(inner))).probe().value();
  CHECK(told(report, "copy if absent") == "not honoured, not promised: the condition was ignored");
  CHECK(report.find("copy if absent")->hint == "nothing to do: it is refused to callers");
}

namespace {

std::string plus_is_space(std::string_view key) {
  std::string changed(key);
  std::replace(changed.begin(), changed.end(), '+', ' ');
  return changed;
}

struct TakesPlusForSpace : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return inner_->put(plus_is_space(key), source, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    return inner_->get(plus_is_space(key), options, receiver);
  }
};

// Also ignores prefixes, so that a listing names what is not the caller's.
struct ListsEverythingBackwards : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    ListPageRequest changed = request;
    changed.prefix.clear();
    auto page = inner_->list_page(changed);
    if (page) std::reverse(page->entries.begin(), page->entries.end());
    return page;
  }
};

struct LosesMetadata : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    PutOptions changed = options;
    changed.metadata.clear();
    changed.content.encoding.clear();
    return inner_->put(key, source, changed);
  }
};

}  // namespace

TEST_CASE("keys, listings and attributes that are changed on the way") {
  auto report = Bucket(std::make_shared<TakesPlusForSpace>(memory("probe-plus"))).probe().value();
  CHECK(told(report, "keys with + and %") == "not honoured: e+k holds other bytes than were put");
  CHECK(told(report, "keys with //") == "honoured");

  const auto inner = memory("probe-backwards");
  Bucket(inner).put("somebody's", "own").value();
  report = Bucket(std::make_shared<ListsEverythingBackwards>(inner)).probe().value();
  CHECK(told(report, "list in byte order") ==
        "not honoured: the service listed a key that does not begin with the prefix");
  CHECK(told(report, "put if absent") == "honoured");
  CHECK(Bucket(inner).get("somebody's").value().data == "own");
  CHECK(Bucket(inner).list_all().value().size() == 1);

  report = Bucket(std::make_shared<LosesMetadata>(memory("probe-metadata"))).probe().value();
  CHECK(told(report, "metadata") == "not honoured: metadata came back changed, or not at all");
  CHECK(told(report, "content headers") == "not honoured: changed or lost: content encoding");
}

TEST_CASE("nothing outside of its own prefix is written or removed") {
  const auto driver = std::make_shared<Watched>(memory("probe-watched"));
  REQUIRE(Bucket(driver, "mine").probe());
  REQUIRE(driver->touched.size() > 20);
  const std::string own =
      driver->touched.begin()->substr(0, std::string("mine/cloudkit-probe-0123456789abcdef/").size());
  CHECK(own.rfind("mine/cloudkit-probe-", 0) == 0);
  CHECK(own.back() == '/');
  for (const std::string& key : driver->touched) CHECK(key.rfind(own, 0) == 0);
}

TEST_CASE("cancelled at any moment it cleans up, and says that it was cancelled") {
  for (int after : {1, 2, 5, 12, 25, 40}) {
    CAPTURE(after);
    const auto inner = memory("probe-cancelled");
    const auto driver = std::make_shared<Watched>(inner);
    const Context context = Context::cancellable();
    int puts = 0;
    driver->before_put = [&] {
      if (++puts == after) context.cancel();
    };
    const auto report = Bucket(driver).probe({.context = context});
    REQUIRE_FALSE(report);
    CHECK(report.error().code == ErrorCode::cancelled);
    CHECK(report.error().operation == "probe");
    CHECK(Bucket(inner).list_all().value().empty());
    CHECK(Bucket(inner).list_uploads().begin() == std::default_sentinel);
  }
}

namespace {

struct Fails : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    if (puts-- <= 0) return Error(code, "it is gone");
    return inner_->put(key, source, options);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    if (puts <= 0 && code == ErrorCode::unavailable) return Error(code, "it is gone");
    return inner_->head(key, options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    if (!may_remove) return Error(ErrorCode::permission_denied, "not you");
    return inner_->remove(key, options);
  }
  int puts = 1000;
  ErrorCode code = ErrorCode::permission_denied;
  bool may_remove = true;
};

}  // namespace

TEST_CASE("what keeps it from writing is its error; what fails later is one answer") {
  const auto driver = std::make_shared<Fails>(memory("probe-fails"));
  driver->puts = 0;
  auto report = Bucket(driver).probe();
  CHECK(report.error().to_string() == "probe mem://probe-fails: permission_denied: it is gone");

  driver->puts = 1;
  report = Bucket(driver).probe();
  CHECK(told(*report, "put if absent") == "unknown: permission_denied: it is gone");
  CHECK(told(*report, "ranges") == "honoured");
  CHECK(report->left_behind.empty());

  // Nobody waits for thirty trials of a store that is gone.
  driver->code = ErrorCode::unavailable;
  driver->puts = 1;
  report = Bucket(driver).probe();
  CHECK(report.error().code == ErrorCode::unavailable);
}

TEST_CASE("what cannot be removed again is named") {
  const auto driver = std::make_shared<Fails>(memory("probe-left"));
  driver->may_remove = false;
  const auto report = Bucket(driver, "mine").probe().value();
  REQUIRE_FALSE(report.left_behind.empty());
  CHECK(report.left_behind.front().rfind("cloudkit-probe-", 0) == 0);
  CHECK(Bucket(driver, "mine").exists(report.left_behind.front()).value());
  CHECK(told(report, "remove if match").rfind("unknown: ", 0) == 0);

  driver->puts = 0;
  CHECK(Bucket(driver, "mine").probe().error().hint.rfind("objects may be left: cloudkit-probe-", 0) == 0);
}

TEST_CASE("answers have names") {
  CHECK(to_string(Answer::honoured) == "honoured");
  CHECK(to_string(Answer::not_honoured) == "not honoured");
  CHECK(to_string(Answer::refused) == "refused");
  CHECK(to_string(Answer::unknown) == "unknown");
  CHECK(ProbeReport{}.find("put if absent") == nullptr);
}

namespace {

struct RefusesConditions : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    if (options.condition) return Error(ErrorCode::unsupported, "no conditions here");
    return inner_->put(key, source, options);
  }
};

struct ListsNoUploads : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.list_uploads = false;
    return can;
  }
  Result<UploadPage> list_uploads_page(std::string_view, std::string_view, const Context&) override {
    return Error(ErrorCode::unsupported, "they end by themselves");
  }
};

struct HidesTags : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Result<Tags> get_tags(std::string_view, const TagOptions&) override {
    return Error(ErrorCode::permission_denied, "not for you");
  }
};

}  // namespace

TEST_CASE("what is promised and refused is a broken promise") {
  const auto report = Bucket(std::make_shared<RefusesConditions>(memory("probe-refuses"))).probe().value();
  CHECK(told(report, "put if absent") == "refused: unsupported: no conditions here");
  CHECK_FALSE(report.keeps_promises());
}

TEST_CASE("what could not be told breaks no promise, and says whether an error stands behind it") {
  const auto report = Bucket(std::make_shared<HidesTags>(memory("probe-hides"))).probe().value();
  CHECK(told(report, "tags") == "unknown: permission_denied: not for you");
  CHECK(report.find("tags")->failed);
  CHECK_FALSE(report.find("versions")->failed);
  CHECK(report.keeps_promises());
}

TEST_CASE("that uploads cannot be listed breaks no promise where none is made") {
  const auto report = Bucket(std::make_shared<ListsNoUploads>(memory("probe-lists"))).probe().value();
  CHECK(told(report, "list of uploads").starts_with("refused, not promised: "));
  CHECK(report.keeps_promises());
}
