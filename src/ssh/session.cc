#include "ssh/session.h"

#include "core/child_process.h"
#include "core/fail.h"
#include "ssh/command_line.h"
#include "ssh/failure.h"
#include "ssh/marked_stream.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

using Clock = Context::Clock;

constexpr std::size_t kPiece = std::size_t{64} << 10;
// After the connection is made: keys are checked, and the host starts a shell.
constexpr std::chrono::seconds kShellTime{20};

// Lets the next caller in at the end, if not before.
class Entry {
 public:
  Entry(Connections& connections, const InventoryHost& host, bool makes)
      : connections_(connections), host_(host), left_(!makes) {}
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { leave(); }
  void leave(const std::optional<Error>& failure = {}) {
    if (!std::exchange(left_, true)) connections_.leave(host_, failure);
  }

 private:
  Connections& connections_;
  const InventoryHost& host_;
  bool left_;
};

class SessionPeer final : public core::ProgramPeer {
 public:
  SessionPeer(const Session& session, const ConnectionOptions& options, const Source& input, Entry& entry)
      : session_(session),
        input_(input),
        entry_(entry),
        out_(session.mark, static_cast<std::size_t>(options.max_output)),
        err_(session.mark, static_cast<std::size_t>(options.max_output)),
        patience_(options.connect_timeout + kShellTime),
        started_(Clock::now()) {}

  // Not before the host's shell has begun: what fails until then has certainly not run.
  Result<std::optional<std::string_view>> next_input() override {
    if (!begun()) return std::optional<std::string_view>();
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, input_.size() - offset_)));
    if (buffer_.empty()) return std::optional(std::string_view());
    auto count = input_.read_at(offset_, std::span(buffer_.data(), buffer_.size()));
    if (!count) return std::move(count).error();
    if (*count != buffer_.size()) return core::fail(ErrorCode::io, "the source is shorter than it said");
    offset_ += *count;
    return std::optional(std::string_view(buffer_));
  }
  bool keeps_input_open() const override { return session_.keeps_input_open; }

  Status take_output(std::string_view text) override {
    out_.take(text);
    return {};
  }
  Status take_errors(std::string_view text) override {
    err_.take(text);
    return {};
  }

  Result<bool> proceed() override {
    if (out_.ended() && err_.ended()) return false;
    const auto now = Clock::now();
    if (!begun() && out_.begun() && err_.begun()) {
      begun_ = now;
      entry_.leave();
    }
    if (!begun()) {
      if (now - started_ < patience_) return true;
      stuck_ = true;
      return core::fail(ErrorCode::unavailable, fmt::format("no shell within {} s", patience_.count()));
    }
    timed_out_ = session_.limit.count() > 0 && now - *begun_ >= session_.limit;
    return !timed_out_;
  }

  bool begun() const { return begun_.has_value(); }
  bool ended() const { return out_.ended() && err_.ended(); }
  bool timed_out() const { return timed_out_; }
  bool stuck() const { return stuck_; }
  // What ssh, and perhaps the user's login shell, said before the host's shell began.
  std::string complaint() const { return err_.before() + out_.before(); }

  CommandResult result() {
    out_.finish();
    err_.finish();
    CommandResult result;
    result.exit_code = out_.exit_code();
    result.truncated = out_.truncated() || err_.truncated();
    result.out = out_.take_text();
    result.err = err_.take_text();
    result.timed_out = timed_out_;
    if (begun_) result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *begun_);
    return result;
  }

 private:
  const Session& session_;
  const Source& input_;
  Entry& entry_;
  MarkedStream out_;
  MarkedStream err_;
  const std::chrono::seconds patience_;
  const Clock::time_point started_;
  std::string buffer_ = {};
  std::uint64_t offset_ = 0;
  std::optional<Clock::time_point> begun_ = {};
  bool timed_out_ = false;
  bool stuck_ = false;
};

// ssh itself only says that nobody was let in.
Status check_key(const InventoryHost& host, const ConnectionOptions& options) {
  const std::string& key = host.key.empty() ? options.key : host.key;
  if (key.empty() || ::access(key.c_str(), R_OK) == 0) return {};
  const int problem = errno;
  if (problem == ENOENT && ::access((key + ".pub").c_str(), R_OK) == 0) return {};  // An agent may hold it.
  Error error = core::io_error("read the key " + key, problem);
  error.code = ErrorCode::unauthenticated;
  error.hint =
      fmt::format("ssh-keygen -t ed25519 -f {} makes one; {}.pub belongs into the host's authorized_keys", key, key);
  return error;
}

// `unknown`: the newer option for which this ssh has given up.
Result<CommandResult> try_session(Connections& connections, const InventoryHost& host, const Session& session,
                                  const Source& input, const Context& context, std::string& unknown) {
  const ConnectionOptions& options = connections.options();
  const auto entrance = connections.enter(host, context);
  if (!entrance) return entrance.error();
  Entry entry(connections, host, entrance->makes);
  SessionPeer peer(session, options, input, entry);
  const auto arguments = ssh_arguments(host, options, entrance->socket, session.command, connections.left_out());
  const auto exit = core::talk_to_program(arguments, peer, context);
  if (!exit) {
    Error error = cannot_start(exit.error(), options);
    error.may_have_happened = peer.begun();
    if (peer.stuck()) {
      error.message = fmt::format("{}: {}", login_of(host), error.message);
      connections.give_up(host, entrance->socket);
      entry.leave(error);
    }
    return error;
  }
  if (peer.ended() || peer.timed_out()) return peer.result();
  const bool begun = peer.begun();
  CommandResult rest = peer.result();
  if (begun) return lost_connection(rest.err, host);
  unknown = unknown_option(peer.complaint());
  Error error = ssh_failure(peer.complaint(), host, options);
  if (unknown.empty()) entry.leave(error);
  return error;
}

}  // namespace

Result<CommandResult> run_session(Connections& connections, const InventoryHost& host, const Session& session,
                                  const Source& input, const Context& context) {
  if (auto status = check_key(host, connections.options()); !status) return std::move(status).error();
  for (std::size_t more = newer_options().size();; --more) {
    std::string unknown;
    auto result = try_session(connections, host, session, input, context, unknown);
    if (more == 0 || newer_options().count(unknown) == 0) return result;
    connections.leave_out(unknown);
  }
}

}  // namespace cloudkit::inline v0::ssh
