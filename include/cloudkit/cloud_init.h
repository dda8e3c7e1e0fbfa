#pragma once

#include <cloudkit/export.h>
#include <cloudkit/result.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a machine is to become, as steps that can be made again and again: user data for its first boot, and a script
/// for later. Members of the steps are in an order that is API: new ones go last.
namespace cloudkit::inline v0 {

/// Installed, in whatever version the machine's package manager has.
struct PackageStep {
  /// As the machine's own package manager knows it: apt, dnf, yum, zypper or apk. With apt a package of exactly this
  /// name, no virtual one.
  std::string name = {};

  friend bool operator==(const PackageStep&, const PackageStep&) = default;
};

/// A file is there with these contents. It is replaced at once, or not at all; a symbolic link there is replaced, too.
struct FileStep {
  std::string path = {};        ///< Absolute. Directories that are missing are made, as root's and 0755.
  std::string content = {};     ///< All of it.
  std::string local_file = {};  ///< Instead of `content`: of this machine, read when the steps are rendered.
  std::string owner = {};       ///< A name or a number. Empty: as it is; root for a new file.
  std::string group = {};       ///< The same.
  int mode = 0644;              ///< Its owner can read it.
  /// Keep what was there before, beside it, as ".NAME.20261126T042137Z-PID.bak". The last ten are kept.
  bool backup = false;
  /// A command that must succeed before the file takes its place; "%s", never in quotes, stands for a file beside it
  /// with the new contents: "nginx -t -c %s"; "%%" is "%". Where users other than root may write to a directory of the
  /// path, that file is elsewhere.
  std::string validate = {};
  std::string notify = {};  ///< A service of a later step, to be restarted when the file changed.

  friend bool operator==(const FileStep&, const FileStep&) = default;
};

/// A directory is there. A symbolic link to one will do, but for another user's, or where another user may put one. Its
/// parents are made where they are missing; nothing in it is touched.
struct DirectoryStep {
  std::string path = {};   ///< Absolute.
  std::string owner = {};  ///< As of files.
  std::string group = {};  ///< The same.
  int mode = 0755;         ///< Its owner can do all with it.

  friend bool operator==(const DirectoryStep&, const DirectoryStep&) = default;
};

/// Runs a command with /bin/sh, in "/", or in the prefix, which is $CLOUDKIT_PREFIX. It reads nothing, and what it
/// prints is shown when it fails. Without a guard it runs each time, and counts as a change.
struct CommandStep {
  std::string command = {};  ///< A line or several.
  std::string name = {};     ///< For reports, which never show the command. Empty: the program's, or a number.
  std::string unless = {};   ///< Guard: a command whose success says that there is nothing to do.
  std::string creates = {};  ///< Guard: a path that is there when there is nothing to do.
  std::string notify = {};   ///< As of files.
  bool only_checks = false;  ///< Runs each time and changes nothing.

  friend bool operator==(const CommandStep&, const CommandStep&) = default;
};

/// A unit of systemd. What is empty stays as it is.
struct ServiceStep {
  std::string name = {};               ///< "nginx", "app.timer".
  std::optional<bool> started = true;  ///< Whether it runs.
  std::optional<bool> enabled = true;  ///< At boot.
  /// When an earlier step that notifies it has changed something: in this run, or in one that broke off.
  bool restarted_if_changed = true;

  friend bool operator==(const ServiceStep&, const ServiceStep&) = default;
};

/// A user with a home directory and without a password. Groups, keys and rights that it has beside are left to it.
struct UserStep {
  std::string name = {};                   ///< 1 to 32 lower-case letters, digits, `_` and `-`, a letter or `_` first.
  std::vector<std::string> ssh_keys = {};  ///< Lines of authorized_keys.
  std::vector<std::string> groups = {};    ///< Made where they are missing.
  bool sudo = false;                       ///< May become root, without a password.
  std::string shell = "/bin/sh";           ///< Of a new user.

  friend bool operator==(const UserStep&, const UserStep&) = default;
};

/// A port of the machine that leads to one of a container.
struct PublishedPort {
  int machine = 0;           ///< 1 to 65535.
  int container = 0;         ///< 1 to 65535.
  bool udp = false;          ///< Else TCP.
  std::string address = {};  ///< Of the machine. Empty: all of them.

  friend bool operator==(const PublishedPort&, const PublishedPort&) = default;
};

/// A place of the machine that a container sees.
struct ContainerVolume {
  std::string source = {};  ///< A path on the machine, or the name of a volume.
  std::string target = {};  ///< A path in the container.
  bool read_only = false;   ///< The container cannot write there.

  friend bool operator==(const ContainerVolume&, const ContainerVolume&) = default;
};

/// When docker or podman start a container again that has ended.
enum class RestartPolicy { never, on_failure, always, unless_stopped };

/// A container runs, by docker or podman, whichever the machine has. It is replaced when its image or anything here has
/// changed; when the new one does not start, or ends or is started again within five seconds, the old one goes on. With
/// `never` or `on_failure` it may also have ended with 0. Whatever container has the name before is replaced; NAME.old
/// is the step's, too, while it is.
struct ContainerStep {
  std::string name = {};                  ///< By which docker or podman knows it.
  std::string image = {};                 ///< "nginx:1.27", "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:7".
  std::vector<PublishedPort> ports = {};  ///< Those that are reached from outside.
  std::map<std::string, std::string> environment = {};  ///< Values of one line; they are in the user data.
  RestartPolicy restart = RestartPolicy::always;        ///< What happens when it ends.
  std::vector<ContainerVolume> volumes = {};            ///< What outlives it.
  std::vector<std::string> arguments = {};              ///< For the image's entry point. Empty: its own.
  /// Logs in to the registry of Amazon ECR that `image` names, as the role of the machine, for this pull only; the
  /// machine needs the AWS CLI for it.
  bool ecr_login = false;
  /// Look each time whether the registry has a newer image of this name; else only if it is missing.
  bool pull = true;

  friend bool operator==(const ContainerStep&, const ContainerStep&) = default;
};

/// Any step.
using MachineStep =
    std::variant<PackageStep, FileStep, DirectoryStep, CommandStep, ServiceStep, UserStep, ContainerStep>;

/// For `CloudInit::script`.
struct ScriptOptions {
  /// Puts every path of the steps below this directory, for a machine that is none: tests, `local://`. "." is the
  /// directory in which the script is started. Owners are not set there. A symbolic link that leads out of it is an
  /// error where a step would follow it; commands may go where they like. To commands, programs there (usr/bin,
  /// usr/sbin, …) come before those of this machine; what would change the machine itself, packages, services, users
  /// and containers, is done by programs from there, and skipped where there are none.
  std::string prefix = {};
  bool sudo = true;  ///< Where it is not root's already, the script runs itself by `sudo -n`; never with a prefix.
};

/// Steps that make a machine what it is to be, in their order. They are checked when they are rendered: then every
/// error is `invalid_argument`, or `io` for a `local_file`, and names the step. Thread-safe as a value.
///
/// A service that is said twice is restarted twice, if something notified it in between.
///
/// What is rendered holds all contents in plain sight. Programs on a machine can read its user data: no place for
/// secrets.
class CLOUDKIT_API CloudInit {
 public:
  CloudInit() = default;
  explicit CloudInit(std::vector<MachineStep> steps) : steps_(std::move(steps)) {}  ///< With these steps.

  /// Adds a step behind all others.
  CloudInit& add(MachineStep step) { return steps_.push_back(std::move(step)), *this; }
  /// @{
  /// As `add`, of a step of that kind.
  CloudInit& package(std::string name) { return add(PackageStep{std::move(name)}); }
  CloudInit& file(FileStep step) { return add(std::move(step)); }
  CloudInit& directory(DirectoryStep step) { return add(std::move(step)); }
  CloudInit& run(CommandStep step) { return add(std::move(step)); }
  CloudInit& service(ServiceStep step) { return add(std::move(step)); }
  CloudInit& user(UserStep step) { return add(std::move(step)); }
  CloudInit& container(ContainerStep step) { return add(std::move(step)); }
  /// @}
  const std::vector<MachineStep>& steps() const noexcept { return steps_; }  ///< In their order.

  /// `#cloud-config` for the first boot. Users, packages and files are given to cloud-init's own modules as long as
  /// their order, which is fixed, keeps that of the steps; the rest is the script, which ends at once where one of
  /// these modules has failed. Without a rest nothing looks at them but `cloud-init status`.
  Result<std::string> cloud_config() const;
  /// A script for /bin/sh that makes each step true, and prints a line for each: "ok NAME", "changed NAME", "skipped
  /// NAME: WHY" or "failed NAME: WHY", which ends it. Run again it changes nothing. The last line counts; the exit code
  /// is 0 or 1.
  Result<std::string> script(const ScriptOptions& options = {}) const;
  /// `cloud_config()`, compressed where that is needed for it to fit in `limit` bytes: EC2 takes 16384.
  /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
  Result<std::string> user_data(std::size_t limit = 16384) const;

 private:
  std::vector<MachineStep> steps_;
};

/// A step that did not do what it should.
struct StepProblem {
  std::string step = {};     ///< "file /etc/nginx/nginx.conf".
  std::string message = {};  ///< Why, in one line.

  friend bool operator==(const StepProblem&, const StepProblem&) = default;
};

/// What a script of `CloudInit` did: names of steps, in order.
struct StepReport {
  std::vector<std::string> ok = {};       ///< Nothing was to be done.
  std::vector<std::string> changed = {};  ///< Made true now.
  std::vector<StepProblem> skipped = {};  ///< Nothing was done, for a reason.
  std::vector<StepProblem> failed = {};   ///< The first ends the script.
  int not_run = 0;                        ///< After a failure.

  bool succeeded() const noexcept { return failed.empty(); }  ///< Whether no step failed.
};

/// Reads what a script of `CloudInit` printed, from the last "cloudkit: N steps" on. Errors: `data_loss` when its end
/// is missing: it was stopped, or its output cut.
CLOUDKIT_API Result<StepReport> parse_report(std::string_view output);

}  // namespace cloudkit::inline v0
