#include "output.h"

#include "format.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace cloudkit::tool {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;
constexpr std::chrono::milliseconds kLineDelay{100};  // until a reader sees a line

Json json_of(const Error& error) {
  Json json;
  json.text("code", to_string(error.code)).text("message", error.message);
  json.text_unless_empty("operation", error.operation).text_unless_empty("resource", error.resource);
  json.text_unless_empty("service_code", error.service_code);
  if (error.http_status != 0) json.number("http_status", static_cast<std::uint64_t>(error.http_status));
  json.text_unless_empty("request_id", error.request_id).text_unless_empty("endpoint", error.endpoint);
  if (error.attempts > 0) json.number("attempts", static_cast<std::uint64_t>(error.attempts));
  json.boolean("retryable", error.retryable).boolean("may_have_happened", error.may_have_happened);
  return json.text_unless_empty("hint", error.hint);
}

// A key that stands in an error must not reach the terminal either.
std::string printable_lines(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return printable(text);
  return printable(text.substr(0, end)) + '\n' + printable_lines(text.substr(end + 1));
}

// A terminal on which a line can be replaced.
bool can_replace_lines(int fd) {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(fd) == 1 && terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

std::size_t columns_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool is_file(int fd) {
  struct stat found{};
  return ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

// What a pipe that is ready takes at once: all that it holds when it is empty, else a little. A write of more waits for
// a reader, and knows of no interrupt.
std::size_t room_of(int fd) {
#ifdef F_GETPIPE_SZ
  int unread = 0;
  const int size = ::fcntl(fd, F_GETPIPE_SZ);
  if (size > PIPE_BUF && ::ioctl(fd, FIONREAD, &unread) == 0 && unread == 0) return static_cast<std::size_t>(size);
#endif
  return PIPE_BUF;
}

}  // namespace

Output::Output(Context context)
    : context_(std::move(context)),
      is_terminal_(can_replace_lines(STDERR_FILENO)),
      prints_to_terminal_(::isatty(STDOUT_FILENO) == 1),
      prints_to_file_(is_file(STDOUT_FILENO)) {}

void Output::progress(std::string_view text) {
  if (!shows_progress()) return;
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (progress_shown_ && now - shown_ < kLineDelay) return;
  shown_ = now;
  write_out();
  // What wraps would be cleared in its last row only.
  const std::string_view shown = text.substr(0, columns_of(STDERR_FILENO) - 1);
  std::fprintf(stderr, "\r\x1b[K%.*s", static_cast<int>(shown.size()), shown.data());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Output::clear_progress() {
  if (!progress_shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  progress_shown_ = false;
}

void Output::line(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  pending_ += text;
  pending_ += '\n';
  // A reader at a terminal or a pipe sees lines soon, and a million of them costs few writes.
  if (pending_.size() >= kBufferSize || std::chrono::steady_clock::now() - written_ >= kLineDelay) {
    write_out();
    written_ = std::chrono::steady_clock::now();  // The writing may have waited.
  }
}

void Output::would(std::string_view verb, std::string_view name, std::string_view more) {
  if (json_) return object(Json().text("would_" + std::string(verb), name));
  std::string words(verb);
  std::replace(words.begin(), words.end(), '_', ' ');
  line(fmt::format("would {} {}{}", words, printable(name), printable(more)));
}

void Output::flush() {
  const std::scoped_lock lock(mutex_);
  write_out();
}

Status Output::bytes(Bytes bytes) {
  const std::scoped_lock lock(mutex_);
  if (!pending_.empty()) write_out();
  return write_all(bytes.view());
}

void Output::write_out() {
  if (!pending_.empty()) clear_progress();
  // A failure is kept, and reported by `finish`.
  (void)write_all(pending_);
  pending_.clear();
}

Status Output::write_all(std::string_view bytes) {
  while (broken_ == 0 && !gave_up_ && !bytes.empty()) {
    pollfd ready{STDOUT_FILENO, POLLOUT, 0};
    // A reader that has stopped reading must not keep an interrupted program; one that reads gets what is ready.
    const int found = ::poll(&ready, 1, static_cast<int>(kLineDelay.count()));
    if (found <= 0) {
      gave_up_ = found == 0 && context_.cancelled();
      continue;
    }
    const std::size_t room = prints_to_file_ || bytes.size() <= PIPE_BUF ? bytes.size() : room_of(STDOUT_FILENO);
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), std::min(bytes.size(), room));
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      broken_ = errno;
      context_.cancel();
    }
  }
  if (broken_ == 0) return bytes.empty() ? Status() : context_.check();
  if (broken_ == EPIPE) return Error(ErrorCode::cancelled, "nobody reads the output any more");
  return output_failure();
}

Error Output::output_failure() const {
  return {ErrorCode::io, "write standard output: " + std::system_category().message(broken_)};
}

void Output::tell(const Error& error) const {
  const std::string text = json_ ? Json().object("error", json_of(error)).finish() : printable_lines(error.to_string());
  std::fputs((text + '\n').c_str(), stderr);
}

int Output::error(const Error& error) {
  const std::scoped_lock lock(mutex_);
  write_out();
  clear_progress();
  // `finish` tells the cause, once.
  const bool is_consequence =
      broken_ != 0 && (error.code == ErrorCode::cancelled || error.message == output_failure().message);
  if (!is_consequence) tell(error);
  return exit_code(error);
}

void Output::notice(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  write_out();
  clear_progress();
  const std::string line = json_ ? Json().text("notice", text).finish() : printable(text);
  std::fputs((line + '\n').c_str(), stderr);
}

int Output::finish(int exit_code) {
  const std::scoped_lock lock(mutex_);
  write_out();
  clear_progress();
  if (broken_ == 0) return gave_up_ ? cloudkit::exit_code(ErrorCode::cancelled) : exit_code;
  if (broken_ == EPIPE) {
    ::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
  }
  tell(output_failure());
  return cloudkit::exit_code(ErrorCode::io);
}

}  // namespace cloudkit::tool
