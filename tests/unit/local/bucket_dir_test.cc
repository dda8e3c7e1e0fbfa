#include "local/bucket_dir.h"

#include "unit/local/fixture.h"

#include <sys/wait.h>

using namespace ::test;

TEST_CASE_FIXTURE(FileBucket, "a bucket's lock excludes every other one, and waits no longer than the context") {
  const auto first = local::open_bucket_dir(config_of(root.path()), "b");
  const auto second = local::open_bucket_dir(config_of(root.path()), "b");
  auto held = local::BucketLock::acquire(*first, {});
  REQUIRE(held.has_value());
  const Context soon = Context::with_timeout(std::chrono::milliseconds(20));
  CHECK(code_of(local::BucketLock::acquire(*second, soon)) == ErrorCode::timeout);
  held->release();
  CHECK(local::BucketLock::acquire(*second, {}).has_value());
}

TEST_CASE_FIXTURE(FileBucket, "a child forked while a lock is held does not keep it") {
  const auto first = local::open_bucket_dir(config_of(root.path()), "b");
  auto held = local::BucketLock::acquire(*first, {});
  int forever[2];
  REQUIRE(::pipe(forever) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(forever[1]);
    char nothing = 0;
    static_cast<void>(::read(forever[0], &nothing, 1) == 0);
    ::_exit(0);
  }
  held->release();
  const auto second = local::open_bucket_dir(config_of(root.path()), "b");
  CHECK(local::BucketLock::acquire(*second, Context::with_timeout(std::chrono::seconds(5))).has_value());
  ::close(forever[1]);
  ::close(forever[0]);
  CHECK(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE_FIXTURE(FileBucket, "a bucket that is a file or a link says so") {
  std::ofstream(root.file("file")) << "x";
  std::filesystem::create_symlink("b", root.file("link"));
  const auto file = local::open_bucket_dir(config_of(root.path()), "file");
  CHECK(file.error().code == ErrorCode::io);
  CHECK(file.error().hint == "a bucket is a directory; name the one that holds the file");
  const auto link = local::open_bucket_dir(config_of(root.path()), "link");
  CHECK(link.error().code == ErrorCode::permission_denied);
  CHECK(link.error().hint == "symbolic links below a store's directory are not followed");
  auto following = config_of(root.path());
  following.follow_bucket = true;
  CHECK(local::open_bucket_dir(following, "link").has_value());
}
