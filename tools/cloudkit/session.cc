#include "session.h"

#include <cloudkit/log.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cloudkit::tool {
namespace {

// Never destroyed: a signal may come while the program ends.
Session* the_session = nullptr;

void cancel_session(int) { the_session->context.cancel(); }

}  // namespace

void occupy_standard_descriptors() {
  // What reads the input or writes the output still fails; what is said on stderr is lost, as was asked for.
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free descriptor is this one.
    if (::open("/dev/null", kModes[fd]) != fd) std::_Exit(exit_code(ErrorCode::io));
  }
}

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

void log_as_json() {
  const char* const wanted = std::getenv("CLOUDKIT_LOG");
  const auto* const level = std::find(kLogLevels.begin(), kLogLevels.end(), wanted == nullptr ? "" : wanted);
  const auto sink = [](const LogRecord& record) {
    Json json;
    json.text("level", kLogLevels[static_cast<std::size_t>(record.level)]).text("message", record.message);
    Json fields;
    for (const LogField& field : record.fields) fields.text(field.key, field.value);
    if (!record.fields.empty()) json.object("fields", fields);
    // Not by Output: it may be at work when something is logged.
    std::fputs((Json().object("log", json).finish() + '\n').c_str(), stderr);
  };
  // What is no level is `warn` to the library, too.
  set_log_sink(sink, level == kLogLevels.end() ? LogLevel::warn : static_cast<LogLevel>(level - kLogLevels.begin()));
}

}  // namespace cloudkit::tool
