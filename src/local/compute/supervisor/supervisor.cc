#include "local/compute/supervisor/supervisor.h"

#include "core/pipe.h"
#include "core/process_identity.h"
#include "core/write_all.h"
#include "local/compute/supervisor/job.h"
#include "local/compute/supervisor/process_tree.h"
#include "local/compute/supervisor/wake.h"
#include "local/remove_tree.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

// What runs, and how it ends. What is said over the socket: orders.cc.
namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;
using std::chrono::milliseconds;

// Between two rounds of SIGKILL, and of SIGTERM, for processes that were just being made.
constexpr milliseconds kKillAgain{10};
constexpr milliseconds kAskAgain{50};
// When that has not helped for a while, as with a process that waits for a dead disk.
constexpr milliseconds kHopeless{10'000};
constexpr milliseconds kSeldom{1000};
// With too many open files, and with a full disk.
constexpr milliseconds kAcceptAgain{100};
constexpr milliseconds kStatusAgain{500};
// As much of the console as is read before others have their turn.
constexpr int kConsoleReads = 16;

std::string failed(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm fields{};
  ::gmtime_r(&now, &fields);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return text.data();
}

// Readers see the old one or the new one, and so does the computer after a power cut.
bool replace_file(const char* path, const std::string& text) {
  const std::string temporary = std::string(path) + ".tmp";
  const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  return file && core::write_all(file.get(), text) && ::fsync(file.get()) == 0 &&
         std::rename(temporary.c_str(), path) == 0;
}

// How the user data of an earlier boot ended. Empty: not at all, or somebody has changed what describe_exit says.
std::string read_user_data_end() {
  const UniqueFd file(::open(kBegunFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 32> buffer;
  const ssize_t count = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz 0123456789";
  return text.find_first_not_of(kPlain) == std::string_view::npos ? std::string(text) : std::string();
}

void write_user_data_end(const std::string& text) {
  const UniqueFd file(::open(kBegunFile, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file) core::write_all(file.get(), text);
}

}  // namespace

std::string Supervisor::begin() {
  if (!console_.open()) return failed("open the console's file");
  auto pipe = core::open_pipe();
  if (!pipe) return failed("open a pipe");
  console_in_ = std::move(pipe->read_end);
  console_out_ = std::move(pipe->write_end);
  ::fcntl(console_in_.get(), F_SETFL, O_NONBLOCK);
  user_data_end_ = read_user_data_end();
  if (std::string problem = listen(); !problem.empty()) return problem;
  return write_status();
}

void Supervisor::run() {
  boot();
  while (true) {
    wait_for_something();
    accept_connections();
    for (std::size_t i = 0; i < connections_.size();) {
      if (serve(connections_[i])) {
        ++i;
      } else {
        connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (take_terminate()) begin_ending(Ending::power_off);
    reap();
    read_console();
    if (status_due_ && Clock::now() >= status_again_) note_status();
    if (ending_ == Ending::none) continue;
    end_what_is_left();
    if (!all_gone_) continue;
    read_console();
    say("everything has ended");
    if (ending_ != Ending::reboot) {
      // Nobody shall wait for an answer.
      listener_.reset();
      connections_.clear();
    }
    if (ending_ == Ending::destroy) return remove_everything();
    if (ending_ == Ending::power_off) return;
    ending_ = Ending::none;
    all_gone_ = false;
    settings_.boot_id = next_boot_id_;
    note_status();
    boot();
  }
}

void Supervisor::note_status() {
  const std::string problem = write_status();
  if (!problem.empty() && !status_due_) say(problem);
  status_due_ = !problem.empty();
  status_again_ = Clock::now() + kStatusAgain;
}

std::string Supervisor::write_status() {
  const auto self = core::identify_process(::getpid());
  if (!self) return "this system does not say when a process was started";
  // All of these are plain words.
  const std::string text = "{\"boot_id\":\"" + settings_.boot_id + "\",\"first_boot_id\":\"" + first_boot_id_ +
                           "\",\"pid\":" + std::to_string(self->pid) +
                           ",\"start_time\":" + std::to_string(self->start_time) + ",\"boot\":\"" + self->boot +
                           "\",\"user_data\":\"" + user_data_end_ + "\"}\n";
  if (!replace_file(kStatusFile, text)) return failed("write the status file");
  noted_boot_id_ = settings_.boot_id;
  return {};
}

void Supervisor::boot() {
  say("boot " + settings_.boot_id);
  const std::string boot_script = std::string(kRootDirectory) + '/' + kBootScript;
  if (::access(boot_script.c_str(), X_OK) == 0) start_script(kBootScript, boot_script_);
  if (::access(kUserDataFile, F_OK) != 0) return;
  // Before it runs: what may have run does not run again.
  const UniqueFd begun(::open(kBegunFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!begun && errno == EEXIST) return;
  const UniqueFd directory(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!begun || ::fsync(begun.get()) != 0 || !directory || (::fsync(directory.get()) != 0 && errno != EINVAL)) {
    say(failed("user data does not run, since that cannot be noted"));
    if (begun) ::unlink(kBegunFile);  // The next boot tries again.
    return;
  }
  start_script(std::string("../") + kUserDataFile, user_data_);
}

void Supervisor::start_script(const std::string& path, pid_t& pid) {
  JobSpec spec;
  spec.arguments = {path};
  spec.output = console_out_.get();
  spec.errors = console_out_.get();
  pid = start_job(spec);
  if (pid < 0) say(failed("cannot start a process"));
}

void Supervisor::begin_ending(Ending ending) {
  if (ending_ == Ending::destroy) return;
  const bool first = ending_ == Ending::none;
  ending_ = ending;
  if (!first) return;
  say("ending everything");
  all_gone_ = false;
  kill_at_ = Clock::now() + settings_.grace;
  asked_.clear();
}

void Supervisor::end_what_is_left() {
  // Orphans become our children, so that nothing is left when we have none.
  siginfo_t info{};
  all_gone_ = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
  if (all_gone_) return;
  const bool at_once = Clock::now() >= kill_at_;
  for (const pid_t pid : what_runs()) {
    if (at_once) {
      ::kill(pid, SIGKILL);
    } else if (std::find(asked_.begin(), asked_.end(), pid) == asked_.end()) {
      // Once each: also what was just being made as the others were asked.
      asked_.push_back(pid);
      ::kill(pid, SIGTERM);
      ::kill(pid, SIGCONT);  // Who is stopped does not see the first one.
    }
  }
}

std::vector<pid_t> Supervisor::what_runs() const {
  std::vector<pid_t> found = descendants_of(::getpid(), all_processes());
  if (!found.empty()) return found;
  // Without /proc: what was started here, as groups.
  std::vector<pid_t> jobs = {boot_script_, user_data_};
  for (const Connection& connection : connections_) jobs.push_back(connection.command);
  for (const pid_t pid : jobs) {
    if (pid > 0) found.push_back(-pid);
  }
  return found;
}

void Supervisor::remove_everything() {
  const std::string here = "../" + settings_.id;
  const std::string there = std::string(kTrashFromMachine) + '/' + settings_.id;
  if (std::rename(here.c_str(), there.c_str()) != 0) return;
  // The current directory has moved. What is left of it, the next change of any machine removes.
  const UniqueFd self(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (self && empty_directory(self.get())) ::rmdir(here.c_str());
}

void Supervisor::wait_for_something() {
  std::vector<pollfd> polls = {
      {wake_descriptor(), POLLIN, 0}, {may_accept_ ? listener_.get() : -1, POLLIN, 0}, {console_in_.get(), POLLIN, 0}};
  for (const Connection& connection : connections_) {
    // Of what was given up, the end would be there again and again. poll passes over -1.
    polls.push_back({connection.given_up ? -1 : connection.socket.get(), POLLIN, 0});
  }
  int wait = -1;
  if (ending_ != Ending::none) {
    const auto left = std::chrono::duration_cast<milliseconds>(kill_at_ - Clock::now());
    wait = static_cast<int>((left < -kHopeless ? kSeldom : std::clamp(left, kKillAgain, kAskAgain)).count());
  } else if (status_due_) {
    wait = static_cast<int>(kStatusAgain.count());
  } else if (!may_accept_) {
    wait = static_cast<int>(kAcceptAgain.count());
  }
  ::poll(polls.data(), static_cast<nfds_t>(polls.size()), wait);
  drain_wake();
}

void Supervisor::read_console() {
  std::array<char, 16384> buffer;
  // To the end of what ended programs wrote.
  for (int i = 0; i < kConsoleReads || all_gone_; ++i) {
    const ssize_t count = ::read(console_in_.get(), buffer.data(), buffer.size());
    if (count <= 0) return;
    console_.append(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }
}

void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) on_exit(pid, status);
}

void Supervisor::on_exit(pid_t pid, int status) {
  if (pid == boot_script_) {
    boot_script_ = 0;
    say(std::string(kBootScript) + " ended: " + describe_exit(status));
  } else if (pid == user_data_) {
    user_data_ = 0;
    read_console();
    user_data_end_ = describe_exit(status);
    write_user_data_end(user_data_end_);
    say("user data ended: " + user_data_end_);
    note_status();
  } else {
    report_command(pid, status);
  }
}

void Supervisor::say(std::string_view what) {
  console_.append("[cloudkit] " + now_text() + ' ' + std::string(what) + '\n');
}

}  // namespace cloudkit::inline v0::local::compute
