#include "faults/disk.h"
#include "support/soon.h"
#include "unit/sync/failing_bucket.h"

#include <cerrno>

using namespace cloudkit;
using ::test::Names;
using ::test::WithFailing;
namespace fs = std::filesystem;

// What did not change is linked while the listing comes.

namespace {

struct WithMany : WithFailing {
  static constexpr std::uint64_t kObjects = 2504;  // Three pages, and three batches.
  WithMany() {
    for (int i = 0; i < 2500; ++i) bucket.put("many/" + std::to_string(i), "x").value();
  }
  std::size_t linked_so_far() const {
    std::size_t count = 0;
    for (const auto& name : partial()) count += tree(name).size();
    return count;
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithMany, "links are made before the listing is at its end") {
  back_up();
  std::size_t linked = 0;
  driver->before_last_page = [&] { (void)::test::soon([&] { return (linked = linked_so_far()) > 0; }); };
  CHECK(whole_backup().linked == kObjects);
  CHECK(linked > 0);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing,
                  "the manifest of what is linked whole says what one that is written line by line would") {
  const auto entries = [&](const std::string& snapshot) {
    const std::string text = read(".cloudkit/" + snapshot + ".manifest.jsonl");
    const std::size_t begin = text.find('\n') + 1;
    return text.substr(begin, text.find("{\"end\":") - begin);
  };
  back_up();
  const std::string linked = entries(whole_backup().snapshot);
  bucket.put("new", "x").value();
  const std::string written = entries(whole_backup().snapshot);
  CHECK(written.starts_with(linked));
  CHECK(written.size() > linked.size());
  CHECK(tree(".cloudkit").size() == 4);  // Three manifests and the lock.
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "where the disk refuses links a plan that has no file is written anew") {
  bucket.put("marker/", "").value();
  back_up();
  const faults::LinkFault fault(EPERM);
  const auto report = whole_backup();
  CHECK(report.linked == 1);
  CHECK(fs::is_directory(path("latest/marker")));
  check_whole();
}

TEST_CASE_FIXTURE(WithMany, "a listing that breaks off leaves nothing of what was linked while it came") {
  const auto whole = whole_backup();
  driver->listing_breaks_off = true;
  const auto broken = cloudkit::backup(bucket, directory, options);
  REQUIRE(!broken);
  CHECK(broken.error().code == ErrorCode::permission_denied);
  CHECK(partial().empty());
  driver->listing_breaks_off = false;
  CHECK(whole_backup().linked == whole.fetched);
  CHECK(tree(".cloudkit").size() == 3);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "what an ended run had linked is linked anew, and what it had fetched is kept") {
  back_up();
  for (const char* key : {"new", "unreadable"}) bucket.put(key, "x").value();
  driver->failing = {"unreadable"};
  const auto ended = backup();
  CHECK(!ended.finished);
  CHECK(ended.linked == 4);
  CHECK(ended.fetched == 1);
  driver->failing.clear();
  const auto next = whole_backup();
  CHECK(next.linked == 4);
  CHECK(next.kept == 1);
  CHECK(next.fetched == 1);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "where the disk refuses links the bytes are copied") {
  back_up();
  for (const int refusal : {EPERM, EMLINK, EXDEV, EOPNOTSUPP}) {
    CAPTURE(refusal);
    const faults::LinkFault fault(refusal);
    driver->gets = 0;
    const auto report = whole_backup();
    CHECK(report.linked == 4);
    CHECK(driver->gets == 0);
    CHECK(read("latest/d/e") == "bytes of d/e");
    check_whole();
  }
}

TEST_CASE_FIXTURE(WithMany, "a link that fails for another reason ends the run, and nothing of it stays") {
  back_up();
  {
    const faults::LinkFault fault(EIO);
    const auto report = cloudkit::backup(bucket, directory, options);
    REQUIRE(!report);
    CHECK(report.error().code == ErrorCode::io);
    CHECK(report.error().message.starts_with("link "));
  }
  CHECK(partial().empty());
  CHECK(whole_backup().linked == kObjects);
}

TEST_CASE_FIXTURE(WithFailing, "a run that is cancelled while it links ends so") {
  back_up();
  options.context = Context::cancellable();
  options.event = [&](const SyncEvent&) { options.context.cancel(); };
  const auto report = cloudkit::backup(bucket, directory, options);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::cancelled);
  options = without_sync();
  CHECK(whole_backup().linked == 4);
  CHECK(partial().empty());
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "what a run left that was killed while it listed is no run to go on with") {
  const auto whole = whole_backup();
  // As it is before the plan has its name.
  const std::string left = path("2099-01-01T00-00-00Z.partial");
  fs::create_directories(left + "/d");
  fs::create_hard_link(path(whole.snapshot + "/a"), left + "/a");
  const auto next = whole_backup();
  CHECK(next.linked == 4);
  CHECK(next.kept == 0);
  CHECK(next.snapshot > "2099");
  CHECK(partial().empty());
  check_whole();
}

TEST_CASE_FIXTURE(WithMany, "progress knows of as many objects as it has done") {
  back_up();
  driver->failing = {};
  bucket.put("new", "bytes").value();
  SyncProgress last;
  options.progress = [&](const SyncProgress& progress) {
    CHECK(progress.objects <= progress.total_objects);
    CHECK(progress.total_objects > 0);
    last = progress;
  };
  back_up();
  CHECK(last.objects == kObjects + 1);
  CHECK(last.total_objects == kObjects + 1);
}
