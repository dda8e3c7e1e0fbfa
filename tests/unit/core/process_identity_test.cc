#include "core/process_identity.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cloudkit;

TEST_CASE("a process is itself until it ends, and not the next one of its number") {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto identity = core::identify_process(pid);
  REQUIRE(identity.has_value());
  CHECK(identity->pid == pid);
  CHECK(core::is_alive(*identity));
  auto other = *identity;
  ++other.start_time;
  CHECK_FALSE(core::is_alive(other));
  other = *identity;
  other.boot = "of another day";
  CHECK_FALSE(core::is_alive(other));

  ::kill(pid, SIGKILL);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(core::is_alive(*identity));  // Not reaped yet.
  ::waitpid(pid, nullptr, 0);
  CHECK_FALSE(core::is_alive(*identity));
  CHECK_FALSE(core::is_alive({}));
  CHECK_FALSE(core::is_alive({-1, 1, identity->boot}));
}

TEST_CASE("the state of a process is read past whatever it is called") {
  const std::string after = " S 7 12 11 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 10\n";
  for (const char* name : {"sh", "a b", "x) R 1 1 1", "((", "new\nline"}) {
    CAPTURE(name);
    const auto state = core::parse_process_state("12 (" + std::string(name) + ")" + after);
    REQUIRE(state.has_value());
    CHECK(state->pid == 12);
    CHECK(state->parent == 7);
    CHECK(state->session == 11);
    CHECK(state->start_time == 987654321U);
    CHECK_FALSE(state->ended);
  }
  CHECK(core::parse_process_state("12 (sh) Z 7 12 11 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9\n")->ended);
  for (const char* broken : {"", "12", "12 (sh", "12 (sh) S", "x (sh) S 7 12 11 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9 1",
                             "12 (sh) S 7 12 11 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 -9 1"}) {
    CAPTURE(broken);
    CHECK_FALSE(core::parse_process_state(broken).has_value());
  }
}
