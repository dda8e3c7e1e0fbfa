#include "session.h"

#include <cloudkit/log.h>

#include <signal.h>

#include <cstdlib>

namespace cloudkit::tool {
namespace {

// Never destroyed: a signal may come while the program ends.
Session* the_session = nullptr;

void cancel_session(int) { the_session->context.cancel(); }

}  // namespace

Session& start_session() {
  the_session = new Session{Context::cancellable()};
  // Without SA_RESTART, so that a read from a terminal ends; with SA_RESETHAND, so that a second
  // Ctrl-C ends a program that does not obey the first.
  struct sigaction action{};
  action.sa_handler = cancel_session;
  action.sa_flags = SA_RESETHAND;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction inherited{};
    ::sigaction(signal, nullptr, &inherited);
    // nohup(1), and a shell that runs it in the background, want it to go on.
    if (inherited.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
  // Output sees the error instead, cleans up, and then ends by the signal.
  ::signal(SIGPIPE, SIG_IGN);
  return *the_session;
}

void set_log_level(const std::string& level) {
  ::setenv("CLOUDKIT_LOG", level.c_str(), 1);
  set_log_sink({});
}

}  // namespace cloudkit::tool
