#include "compute/commands.h"
#include "compute/wait.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "core/shell.h"
#include "core/without_value.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

// A file as a few scripts, for machines that take nothing else.
namespace cloudkit::inline v0::compute {
namespace {

// Without a limit of the backend's: below what Linux takes as one argument, 128 KiB.
constexpr std::size_t kUsualScript = std::size_t{96} << 10;
// Beside the piece and the paths.
constexpr std::size_t kScriptText = 1536;
constexpr std::size_t kLeastPiece = 512;
// More would take minutes: each command of Systems Manager needs one to three seconds.
constexpr std::uint64_t kMostPieces = 64;

// The scripts' own statuses, after sysexits.h.
constexpr int kNoPlace = 73;
constexpr int kDamaged = 74;
constexpr int kNotAllowed = 77;

// Before the first piece.
constexpr std::string_view kLook = R"sh([ -d "$D" ] || { echo "there is no directory $D" >&2; exit 73; }
[ ! -d "$F" ] || { echo "$F is a directory" >&2; exit 73; }
[ -w "$D" ] || { echo "this user may not write to $D" >&2; exit 77; }
: > "$T" || exit 73
)sh";
// Each piece is a line of base64.
constexpr std::string_view kDecode = R"sh(decode() {
  if command -v base64 >/dev/null 2>&1; then base64 -d; else openssl base64 -d -A; fi
}
)sh";
// After the last piece. A machine without any of the three programs is taken at its word.
constexpr std::string_view kCheck = R"sh([ "$(($(wc -c < "$T")))" -eq {} ] || exit 74
if command -v sha256sum >/dev/null 2>&1; then S=$(sha256sum < "$T")
elif command -v shasum >/dev/null 2>&1; then S=$(shasum -a 256 < "$T")
elif command -v openssl >/dev/null 2>&1; then S=$(openssl dgst -sha256 -r < "$T")
else S={}; fi
[ "${{S%% *}}" = {} ] || exit 74
)sh";

class FileInCommands {
 public:
  FileInCommands(const Service& service, std::string_view id, const Source& source, const FileTarget& target,
                 const CopyFileOptions& options)
      : service_(service), id_(id), source_(source), target_(target) {
    options_.context = options.context;
    options_.ready_limit = options.ready_limit;
    options_.timeout = options.timeout;
    const std::string directory = target.path.substr(0, target.path.rfind('/') + 1);
    temporary_ = core::shell_word(fmt::format("{}.ck-{}", directory, core::random_hex(8)));
    names_ = fmt::format("umask 077\nD={}\nF={}\nT={}\n", core::shell_word(directory), core::shell_word(target.path),
                         temporary_);
  }

  Status send() {
    auto size = piece_size();
    if (!size) return std::move(size).error();
    Status sent = send_pieces(*size);
    if (!sent && arrived_) tidy_up();
    return sent;
  }

 private:
  Result<std::size_t> piece_size() const {
    const std::uint64_t limit = service_.driver->capabilities().max_script;
    const std::size_t script =
        limit == 0 ? kUsualScript : static_cast<std::size_t>(std::min<std::uint64_t>(limit, kUsualScript));
    const std::size_t text = kScriptText + names_.size() + target_.path.size();
    if (script < text + kLeastPiece) {
      return core::unsupported(fmt::format("scripts of {} bytes are too short to send this file with", limit));
    }
    const std::size_t piece = (script - text) / 4 * 3;
    if (source_.size() <= kMostPieces * piece) return piece;
    return core::invalid_argument(
        fmt::format("the file has {} bytes, more than the {} that this backend takes within commands", source_.size(),
                    kMostPieces * piece),
        "put it into a bucket, and let the machine fetch it from a presigned URL");
  }

  // The last one also brings the file to its place: a small file is one script.
  Status send_pieces(std::size_t most) {
    std::string piece(most, '\0');
    const std::uint64_t size = source_.size();
    for (std::uint64_t offset = 0; !begun_ || offset < size;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(most, size - offset));
      auto count = source_.read_at(offset, std::span(piece).first(wanted));
      if (!count) return std::move(count).error();
      if (*count < wanted) {
        return core::fail(ErrorCode::io, "the file became shorter while it was read", "nothing was stored; try again");
      }
      std::string script = names_;
      if (offset == 0) script += kLook;
      script += appending(std::string_view(piece).substr(0, wanted));
      offset += wanted;
      if (offset == size) script += publishing(size);
      begun_ = true;
      if (auto done = run(script); !done) return done;
    }
    return {};
  }

  std::string appending(std::string_view piece) {
    digest_.update(piece);
    if (piece.empty()) return {};
    const auto* bytes = reinterpret_cast<const unsigned char*>(piece.data());
    return fmt::format("{}printf %s '{}' | decode >> \"$T\" || exit 73\n", kDecode,
                       core::base64_encode({bytes, piece.size()}));
  }

  std::string publishing(std::uint64_t size) {
    const std::string sum = core::hex_encode(digest_.finish());
    return fmt::format(fmt::runtime(kCheck), size, sum, sum) +
           fmt::format("chmod {:04o} \"$T\" && mv -f \"$T\" \"$F\" || exit 73\n", target_.mode);
  }

  Status run(std::string_view script) {
    if (auto going = options_.context.check(); !going) return going;
    auto done = run_script(service_, id_, script, options_);
    arrived_ = arrived_ || done || done.error().may_have_happened;
    if (!done) return std::move(done).error();
    if (done->timed_out) return core::fail(ErrorCode::timeout, "the machine took too long to write a piece of it");
    switch (done->exit_code) {
      case 0: return {};
      case kDamaged:
        return core::fail(ErrorCode::data_loss, "what arrived on the machine is not what was sent", "try again");
      case kNotAllowed: return core::fail(ErrorCode::permission_denied, words(*done));
      case kNoPlace:
      default: return core::fail(ErrorCode::io, fmt::format("the machine could not write it: {}", words(*done)));
    }
  }

  static std::string words(const CommandResult& done) {
    const std::string text = core::printable_excerpt(core::trim(done.err), 200);
    return text.empty() ? fmt::format("its shell ended with status {}", done.exit_code) : text;
  }

  // The caller's context may be what ended it.
  void tidy_up() {
    RunOptions options;
    options.context = Context::with_timeout(kCleanUpTime);
    (void)run_script(service_, id_, "rm -f " + temporary_, options);
  }

  const Service& service_;
  std::string_view id_;
  const Source& source_;
  const FileTarget& target_;
  RunOptions options_;
  std::string temporary_;
  std::string names_;
  crypto::Sha256 digest_;
  bool begun_ = false;
  bool arrived_ = false;  // Something may be on the machine.
};

// Whole or not at all, so it can be done again until the machine takes it.
Status by_driver(const Service& service, std::string_view id, const Source& source, const FileTarget& target,
                 const CopyFileOptions& options) {
  const Context& context = options.context;
  const Pacing pacing(service.timer(), context, as_limit(options.ready_limit), kFirstTry, kSlowestTry);
  auto done = look_until(pacing, [&](std::string& last) -> Result<std::optional<bool>> {
    auto running = glance_at_running(service, id, "takes no files", context, last);
    if (!running) return std::move(running).error();
    if (!*running) return std::optional<bool>();
    auto put = service.driver->put_file(id, source, target, context);
    if (put) return std::optional(true);
    if (!is_passing(put.error()) || put.error().may_have_happened) return std::move(put).error();
    last = with_reason("takes no files", put.error().message);
    return std::optional<bool>();
  });
  return core::without_value(std::move(done));
}

}  // namespace

Status copy_file(const Service& service, std::string_view id, const Source& source, std::string_view path,
                 const CopyFileOptions& options) {
  const FileTarget target{std::string(path), options.mode};
  if (service.driver->capabilities().files) return by_driver(service, id, source, target, options);
  return FileInCommands(service, id, source, target, options).send();
}

}  // namespace cloudkit::inline v0::compute
