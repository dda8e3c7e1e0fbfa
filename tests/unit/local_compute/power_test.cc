#include "fixture.h"
#include "support/stopwatch.h"

#include <fcntl.h>
#include <sys/wait.h>

using ::test::Machines;
using ::test::pid_in;
using ::test::runs;
using ::test::soon;
using ::test::spec_of;
using namespace cloudkit;

namespace {

pid_t supervisor_pid(Machines& machines, const std::string& id) {
  return static_cast<pid_t>(machines.store().find(id).value().status->supervisor.pid);
}

std::string console_of(Machines& machines, const std::string& id) { return machines->console(id, {}).value(); }

}  // namespace

TEST_CASE("stop ends all that a machine has started, and start goes on with its files") {
  Machines machines;
  // In the foreground, in the background, and a daemon in a session of its own.
  const Instance made = machines.create("web", R"(echo kept > file
sleep 1000 & echo $! > background
setsid sh -c 'echo $$ > daemon; exec sleep 1000' &
echo $$ > foreground; sleep 1000
)");
  const std::string root = machines.root(made.id);
  std::vector<pid_t> pids;
  for (const char* name : {"background", "daemon", "foreground"}) pids.push_back(pid_in(root + '/' + name));
  for (const pid_t pid : pids) CHECK(runs(pid));

  REQUIRE(machines->stop(made.id, {}).has_value());
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  for (const pid_t pid : pids) CHECK_FALSE(runs(pid));
  CHECK(::test::processes_with(machines.directory()).empty());
  const Instance stopped = machines->get(made.id, {}).value();
  CHECK(stopped.boot_id.empty());
  CHECK(machines->stop(made.id, {}).has_value());  // Again.

  REQUIRE(machines->start(made.id, {}).has_value());
  const Instance started = machines->get(made.id, {}).value();
  CHECK(started.state == InstanceState::running);
  CHECK(started.id == made.id);
  CHECK(started.boot_id != made.boot_id);
  CHECK(started.boot_id.size() == 32);
  CHECK(machines->start(made.id, {}).has_value());  // Again.
  CHECK(machines->get(made.id, {}).value().boot_id == started.boot_id);
  CHECK(machines.run(made.id, "cat file").out == "kept\n");
  CHECK(::test::read_file(root + "/foreground") == std::to_string(pids[2]) + "\n");  // It has not run again.
}

TEST_CASE("a reboot ends everything, changes the boot id and runs user data no more") {
  Machines machines;
  const Instance made = machines.create("web", "echo x >> ran; sleep 1000 & echo $! > background\n");
  const std::string root = machines.root(made.id);
  const pid_t background = pid_in(root + "/background");
  REQUIRE(soon([&] { return ::test::contains(console_of(machines, made.id), "user data ended"); }));
  REQUIRE(machines->reboot(made.id, {}).has_value());
  REQUIRE(soon([&] { return machines->get(made.id, {}).value().boot_id != made.boot_id; }));
  CHECK_FALSE(runs(background));
  CHECK(machines.state(made.id) == InstanceState::running);
  CHECK(::test::read_file(root + "/ran") == "x\n");
  CHECK(machines.run(made.id, "cat ran").out == "x\n");
}

TEST_CASE("a command that comes while a machine goes down may come again: it may only boot") {
  Machines machines;
  const Instance made =
      machines.create("web", "trap \"trap '' TERM; sleep 1\" TERM\necho $$ > pid; while :; do sleep 0.01; done\n");
  const pid_t pid = pid_in(machines.root(made.id) + "/pid");
  REQUIRE(machines->reboot(made.id, {}).has_value());
  const auto early = machines->submit_command(made.id, {"true"}, {});
  REQUIRE_FALSE(early);
  CHECK(early.error().code == ErrorCode::unavailable);
  CHECK(early.error().retryable);
  CHECK_FALSE(early.error().may_have_happened);
  REQUIRE(soon([&] { return machines->get(made.id, {}).value().boot_id != made.boot_id; }));
  CHECK_FALSE(runs(pid));
  CHECK(machines.run(made.id, "echo up").out == "up\n");
}

TEST_CASE("etc/rc.local runs at each boot") {
  Machines machines;
  const Instance made = machines.create("web", R"(printf '#!/bin/sh\necho up >> boots\n' > etc/rc.local
chmod 755 etc/rc.local
)");
  const std::string root = machines.root(made.id);
  REQUIRE(soon([&] { return ::test::contains(console_of(machines, made.id), "user data ended"); }));
  CHECK(::test::read_file(root + "/boots").empty());
  REQUIRE(machines->reboot(made.id, {}).has_value());
  REQUIRE(soon([&] { return ::test::read_file(root + "/boots") == "up\n"; }));
  REQUIRE(soon([&] { return ::test::contains(console_of(machines, made.id), "etc/rc.local ended: exit status 0"); }));
  REQUIRE(machines->stop(made.id, {}).has_value());
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  REQUIRE(machines->start(made.id, {}).has_value());
  CHECK(soon([&] { return ::test::read_file(root + "/boots") == "up\nup\n"; }));
}

TEST_CASE("processes are asked to end before they are ended") {
  Machines machines(std::chrono::seconds(30));
  const Instance polite = machines.create("polite", R"(trap 'echo bye > bye; echo last words; exit 0' TERM
echo ready > ready; while :; do sleep 0.01; done
)");
  const Instance deaf = machines.create("deaf", "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done\n");
  REQUIRE(soon([&] { return ::test::read_file(machines.root(polite.id) + "/ready") == "ready\n"; }));
  const pid_t pid = pid_in(machines.root(deaf.id) + "/pid");
  REQUIRE(machines->stop(polite.id, {}).has_value());
  REQUIRE(machines->stop(deaf.id, {}).has_value());
  CHECK(machines.state(deaf.id) == InstanceState::stopping);
  CHECK(runs(pid));
  CHECK(machines->start(deaf.id, {}).error().code == ErrorCode::conflict);
  CHECK(machines->start(deaf.id, {}).error().message == "the machine is stopping, not stopped");
  CHECK(machines->reboot(deaf.id, {}).error().message == "the machine is stopping, not running");
  CHECK(machines->submit_command(deaf.id, {"true"}, {}).error().message == "the machine is stopping");
  REQUIRE(machines.becomes(polite.id, InstanceState::stopped));
  CHECK(::test::read_file(machines.root(polite.id) + "/bye") == "bye\n");
  CHECK(::test::contains(console_of(machines, polite.id), "last words\n"));
  CHECK(machines.state(deaf.id) == InstanceState::stopping);
  ::kill(pid, SIGKILL);
  CHECK(machines.becomes(deaf.id, InstanceState::stopped));
}

TEST_CASE("a process that does not heed that is ended after the grace") {
  constexpr std::chrono::milliseconds kGrace{300};
  Machines machines(kGrace);
  const Instance deaf = machines.create("deaf", "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done\n");
  const pid_t pid = pid_in(machines.root(deaf.id) + "/pid");
  REQUIRE(pid > 0);
  const ::test::Stopwatch watch;
  REQUIRE(machines->stop(deaf.id, {}).has_value());
  REQUIRE(machines.becomes(deaf.id, InstanceState::stopped));
  CHECK(watch.elapsed() >= kGrace);
  CHECK_FALSE(runs(pid));
}

TEST_CASE("a process that multiplies is ended as a whole") {
  Machines machines(std::chrono::milliseconds(20));
  const Instance made = machines.create("many", R"(trap '' TERM
again() { trap '' TERM; while :; do setsid sleep 1000 & sleep 0.01; done; }
again & again & again & echo up > up; wait
)");
  REQUIRE(soon([&] { return ::test::read_file(machines.root(made.id) + "/up") == "up\n"; }));
  REQUIRE(machines->stop(made.id, {}).has_value());
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  CHECK(::test::processes_with(machines.directory()).empty());
}

TEST_CASE("destroy removes everything, read-only files too, and nothing else") {
  Machines machines;
  const std::string outside = machines.directory() + "/outside";
  std::filesystem::create_directories(outside);
  ::test::write_file(outside + "/file", "x");
  const Instance made =
      machines.create("web", "mkdir -p a/b; echo x > a/b/file; ln -s " + outside +
                                 " link; ln -s ../../../.. a/up; chmod 0 a/b/file a/b; chmod 500 a; echo up > up\n");
  const Instance kept = machines.create("kept");
  ::test::write_file(machines.path("mine"), "x");
  std::filesystem::create_directories(machines.path("instances/of-others"));
  ::test::write_file(machines.path("instances/of-others/file"), "x");
  REQUIRE(soon([&] { return ::test::contains(console_of(machines, made.id), "user data ended"); }));

  const Instance dying = machines->destroy(made.id, {}).value();
  CHECK((dying.state == InstanceState::terminating || dying.state == InstanceState::terminated));
  REQUIRE(machines.becomes(made.id, InstanceState::terminated));
  CHECK_FALSE(std::filesystem::exists(machines.path("instances/" + made.id)));
  CHECK(soon([&] { return ::test::is_empty(machines.path("trash")); }));
  CHECK(::test::read_file(outside + "/file") == "x");
  CHECK(::test::read_file(machines.path("mine")) == "x");
  CHECK(::test::read_file(machines.path("instances/of-others/file")) == "x");
  CHECK(machines.state(kept.id) == InstanceState::running);

  CHECK(machines->destroy(made.id, {}).value().state == InstanceState::terminated);  // Again.
  CHECK(machines->start(made.id, {}).error().message == "the machine is terminated, not stopped");
  CHECK(machines->start(made.id, {}).error().code == ErrorCode::conflict);
  CHECK(machines->stop(made.id, {}).error().code == ErrorCode::conflict);
  CHECK(machines->reboot(made.id, {}).error().code == ErrorCode::conflict);
  CHECK(machines->set_tags(made.id, {{"a", "b"}}, {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a stopped machine is destroyed, and one that is stopping") {
  Machines machines(std::chrono::seconds(30));
  const Instance stopped = machines.create("stopped");
  REQUIRE(machines->stop(stopped.id, {}).has_value());
  REQUIRE(machines.becomes(stopped.id, InstanceState::stopped));
  CHECK(machines->destroy(stopped.id, {}).value().state == InstanceState::terminated);
  CHECK_FALSE(std::filesystem::exists(machines.path("instances/" + stopped.id)));

  const Instance stopping = machines.create("stopping", "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done\n");
  const pid_t pid = pid_in(machines.root(stopping.id) + "/pid");
  REQUIRE(pid > 0);
  REQUIRE(machines->stop(stopping.id, {}).has_value());
  CHECK(machines->destroy(stopping.id, {}).value().state == InstanceState::terminating);
  ::kill(pid, SIGKILL);
  CHECK(machines.becomes(stopping.id, InstanceState::terminated));
}

TEST_CASE("a machine goes on when the program that made it ends") {
  Machines machines;
  const pid_t maker = ::fork();
  if (maker == 0) {
    const auto made = machines->create(spec_of("web", "sleep 1000 & echo $! > background\n"), {});
    ::_exit(made.has_value() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(maker, &status, 0) == maker);
  REQUIRE(WEXITSTATUS(status) == 0);
  const auto all = machines.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == InstanceState::running);
  CHECK(runs(pid_in(machines.root(all[0].id) + "/background")));
  CHECK(machines.run(all[0].id, "echo here").out == "here\n");
}

TEST_CASE("a supervisor is in a session of its own, without a file or variable of this program") {
  const core::UniqueFd leaky(::open("/dev/zero", O_RDONLY));  // Without O_CLOEXEC.
  ::setenv("CLOUDKIT_TEST_HOST", "cktest-host-2", 1);
  Machines machines;
  const Instance made = machines.create("web");
  ::unsetenv("CLOUDKIT_TEST_HOST");
  const pid_t supervisor = supervisor_pid(machines, made.id);
  const auto state = core::process_state(supervisor);
  REQUIRE(state.has_value());
  CHECK(state->session != core::process_state(::getpid())->session);
  CHECK(state->parent != ::getpid());
  const std::string below = "/proc/" + std::to_string(supervisor);
  CHECK_FALSE(::test::contains(::test::read_file(below + "/environ"), "cktest-host-2"));
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(below + "/fd")) {
    files.push_back(std::filesystem::read_symlink(entry.path()).string());
  }
  for (const std::string& file : files) CHECK_FALSE(::test::contains(file, "/dev/zero"));
}

TEST_CASE("who ends a supervisor by SIGTERM stops the machine") {
  Machines machines;
  const Instance made = machines.create("web", "sleep 1000 & echo $! > background\n");
  const pid_t background = pid_in(machines.root(made.id) + "/background");
  ::kill(supervisor_pid(machines, made.id), SIGTERM);
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  CHECK_FALSE(runs(background));
  CHECK(machines->get(made.id, {}).value().state_reason ==
        "its supervisor ended: this computer was restarted, or somebody ended that process");
  CHECK(machines->start(made.id, {}).has_value());
  CHECK(machines.state(made.id) == InstanceState::running);
}

TEST_CASE("what a killed supervisor leaves running is ended by the next start, stop or destroy") {
  Machines machines;
  for (const char* how : {"start", "stop", "destroy"}) {
    CAPTURE(how);
    const Instance made = machines.create(how, "sleep 1000 & echo $! > background\n");
    const pid_t background = pid_in(machines.root(made.id) + "/background");
    ::kill(supervisor_pid(machines, made.id), SIGKILL);
    REQUIRE(machines.becomes(made.id, InstanceState::stopped));
    CHECK(machines->reboot(made.id, {}).error().code == ErrorCode::conflict);
    if (std::string(how) == "start") CHECK(machines->start(made.id, {}).has_value());
    if (std::string(how) == "stop") CHECK(machines->stop(made.id, {}).has_value());
    if (std::string(how) == "destroy") {
      CHECK(machines->destroy(made.id, {}).value().state == InstanceState::terminated);
    }
    CHECK(soon([&] { return !runs(background); }));
  }
}

TEST_CASE("a number that another process has by now is not taken for a supervisor") {
  Machines machines;
  const Instance made = machines.create("web");
  REQUIRE(machines->stop(made.id, {}).has_value());
  REQUIRE(machines.becomes(made.id, InstanceState::stopped));
  const std::string path = machines.path("instances/" + made.id + "/status.json");
  const auto self = core::identify_process(::getpid()).value();
  ::test::write_file(path, "{\"boot_id\":\"b\",\"first_boot_id\":\"b\",\"pid\":" + std::to_string(self.pid) +
                               ",\"start_time\":" + std::to_string(self.start_time - 1) + ",\"boot\":\"" + self.boot +
                               "\",\"user_data\":\"\"}\n");
  CHECK(machines.state(made.id) == InstanceState::stopped);
  CHECK(machines->start(made.id, {}).has_value());
  CHECK(machines.state(made.id) == InstanceState::running);
}

TEST_CASE("what was wanted by a program that died is insisted on by the next look") {
  Machines machines;
  const Instance stopped = machines.create("stopped");
  const Instance destroyed = machines.create("destroyed");
  const auto store = machines.store();
  {
    const auto lock = store.begin_change({}).value();
    auto record = store.find(stopped.id).value().record;
    record.power = local::compute::Power::off;
    REQUIRE(store.write(record).has_value());
    record = store.find(destroyed.id).value().record;
    record.power = local::compute::Power::destroyed;
    record.destroyed = std::chrono::system_clock::now();
    REQUIRE(store.write_terminated(record).has_value());
    REQUIRE(store.write(record).has_value());
  }
  CHECK(machines.becomes(stopped.id, InstanceState::stopped));
  CHECK(machines.becomes(destroyed.id, InstanceState::terminated));
}

TEST_CASE("what is remembered of a destroyed machine is forgotten after a day") {
  Machines machines;
  const Instance made = machines.create("web");
  machines.destroy_all();
  const auto store = machines.store();
  auto record = store.find(made.id).value().record;
  record.destroyed -= std::chrono::hours(25);
  REQUIRE(store.write_terminated(record).has_value());
  CHECK(machines.create("other").state == InstanceState::running);
  CHECK(machines->get(made.id, {}).error().code == ErrorCode::not_found);
}
