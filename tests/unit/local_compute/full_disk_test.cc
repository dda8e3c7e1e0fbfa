#include "fixture.h"
#include "local/file_lock.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

using ::test::Machines;
using ::test::pid_in;
using ::test::runs;
using ::test::soon;
using ::test::spec_of;
using namespace cloudkit;

namespace {

// What this thread does after it, no disk takes: new files and fsync are ENOSPC. Its threads and programs inherit it.
bool fill_disk() {
  constexpr auto kNumber = static_cast<std::uint32_t>(offsetof(struct seccomp_data, nr));
  constexpr auto kFlags = static_cast<std::uint32_t>(offsetof(struct seccomp_data, args[2]));
  constexpr std::uint32_t kFull = SECCOMP_RET_ERRNO | ENOSPC;
  std::array<struct sock_filter, 7> filter = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFlags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_EXCL, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kFull),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  struct sock_fprog program{};
  program.len = static_cast<unsigned short>(filter.size());
  program.filter = filter.data();
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// False where that is not to be had.
bool on_a_full_disk(const std::function<void()>& work) {
  bool full = false;
  std::thread([&] {
    full = fill_disk();
    if (full) work();
  }).join();
  if (!full) MESSAGE("skipped: this system filters no system calls");
  return full;
}

// Further files cannot be opened, as long as it lives.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const core::UniqueFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    struct rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next.get());
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  struct rlimit before_{};
};

}  // namespace

TEST_CASE("on a full disk nothing is made, and says why") {
  Machines machines;
  machines.create("first");
  on_a_full_disk([&] {
    const auto made = machines->create(spec_of("web"), {});
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == ErrorCode::io);
    CHECK(::test::contains(made.error().message, "No space left on device"));
  });
  CHECK(machines.all().size() == 1);
}

TEST_CASE("on a full disk a machine is stopped all the same, and it is told what is missing") {
  Machines machines;
  const std::string id = machines.create("web", "sleep 1000 & echo $! > background\n").id;
  const pid_t background = pid_in(machines.root(id) + "/background");
  const bool was_full = on_a_full_disk([&] {
    const Status stopped = machines->stop(id, {});
    REQUIRE_FALSE(stopped.has_value());
    CHECK(stopped.error().code == ErrorCode::io);
    CHECK(stopped.error().may_have_happened);
    CHECK(::test::contains(stopped.error().message, "No space left on device"));
    CHECK(stopped.error().hint == "the machine was stopped, but that could not be written down");
  });
  if (!was_full) return;
  CHECK(machines.becomes(id, InstanceState::stopped));
  CHECK_FALSE(runs(background));
  CHECK(machines->start(id, {}).has_value());
}

TEST_CASE("on a full disk a machine is destroyed, and remembered when there is room again") {
  Machines machines;
  const std::string running = machines.create("running", "sleep 1000 & echo $! > background\n").id;
  const std::string stopped = machines.create("stopped").id;
  const pid_t background = pid_in(machines.root(running) + "/background");
  REQUIRE(machines->stop(stopped, {}).has_value());
  REQUIRE(machines.becomes(stopped, InstanceState::stopped));
  const bool was_full = on_a_full_disk([&] {
    const auto going = machines->destroy(running, {});
    REQUIRE(going.has_value());
    CHECK((going->state == InstanceState::terminating || going->state == InstanceState::terminated));
    CHECK(machines->destroy(stopped, {}).value().state == InstanceState::terminated);
  });
  if (!was_full) return;
  CHECK(soon([&] { return machines.all().empty(); }));
  CHECK_FALSE(runs(background));
  for (const std::string& id : {running, stopped}) {
    CHECK_FALSE(std::filesystem::exists(machines.path("instances/" + id)));
    CHECK(machines->get(id, {}).error().code == ErrorCode::not_found);  // Its memory is what was lost.
  }
}

TEST_CASE("on a full disk commands run, and so can make room") {
  Machines machines;
  const std::string id = machines.create("web").id;
  on_a_full_disk([&] { CHECK(machines.run(id, "echo on").out == "on\n"); });
}

TEST_CASE("a script is what was written, and cannot be changed by what it runs") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const CommandResult result = machines.run(id, "(echo 'echo changed' > /dev/fd/3) 2> /dev/null || echo refused\n");
  CHECK(result.out == "refused\n");
  CHECK(::test::is_empty(machines.root(id) + "/tmp"));
}

TEST_CASE("machines that cannot be looked for are no empty list") {
  Machines machines;
  machines.create("web");
  {
    const NoMoreFiles none;
    const auto page = machines->list_page({}, {}, {});
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().code == ErrorCode::io);
    CHECK(::test::contains(page.error().message, "read the directory " + machines.path("instances")));
  }
  CHECK(machines.all().size() == 1);
}

TEST_CASE("what was moved away is removed before others are kept waiting") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const auto lock = local::lock_file(machines.path("lock"), {}).value();
  std::filesystem::create_directories(machines.path("trash/i-0123456789abcdef0/fs/deep"));
  // The change has to wait for us; the trash has not.
  CHECK(machines->set_tags(id, {{"a", "b"}}, Context::with_timeout(std::chrono::milliseconds(50))).error().code ==
        ErrorCode::timeout);
  CHECK(::test::is_empty(machines.path("trash")));
}
