#include "core/unique_fd.h"
#include "faults/disk.h"
#include "unit/sync/fixture.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

using namespace cloudkit;
using ::test::Names;

namespace {

struct WithTwo : ::test::WithBackups {
  Names names;
  WithTwo() {
    bucket.put("a", "bytes").value();
    for (int i = 0; i < 2; ++i) names.push_back(whole_backup().snapshot);
  }
  std::string manifest(int number) const { return path(".cloudkit/" + names[number] + ".manifest.jsonl"); }
};

}  // namespace

TEST_CASE_FIXTURE(WithTwo, "what is being read is not removed on a disk that locks alone only what may be written") {
  const faults::DiskFault nfs("exclusive flock", EBADF);
  {
    const core::UniqueFd reader(::open(manifest(0).c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::flock(reader.get(), LOCK_SH) == 0);
    const auto report = cloudkit::prune(directory, {.keep_last = 1}).value();
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].error.message == "it is being verified or restored");
    check_whole(names[0]);
  }
  CHECK(cloudkit::prune(directory, {.keep_last = 1}).value().removed == Names{names[0]});
}

TEST_CASE_FIXTURE(WithTwo, "a lock that fails is an error, unless the disk has none or a signal came") {
  for (const int refusal : {ENOLCK, ENOSYS, EOPNOTSUPP}) {
    const faults::DiskFault fault("flock", refusal);
    CHECK(cloudkit::verify(directory).value().objects == 1);
  }
  {
    const faults::DiskFault fault("flock", EINTR, 2);
    CHECK(cloudkit::prune(directory, {.keep_last = 2}).value().kept == names);
  }
  {
    const faults::DiskFault fault("flock", EINTR, 2);
    check_whole();
  }
  const faults::DiskFault fault("flock", EIO);
  const auto verified = cloudkit::verify(directory);
  REQUIRE(!verified);
  CHECK(verified.error().code == ErrorCode::io);
  CHECK(verified.error().message == "lock " + manifest(1) + ": Input/output error");
  CHECK(cloudkit::restore(directory, store.create_bucket("back").value()).error().code == ErrorCode::io);
}
