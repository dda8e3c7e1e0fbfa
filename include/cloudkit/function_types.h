#pragma once

#include <cloudkit/context.h>
#include <cloudkit/error.h>
#include <cloudkit/export.h>
#include <cloudkit/io.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What function runtimes' handles and drivers say to each other. Members of option structs are in
/// an order that is API: new ones go last.
namespace cloudkit::inline v0 {

/// `host`: that of this program.
enum class Architecture { host, x86_64, arm64 };

/// Where a function's code comes from: exactly one place, made by a factory.
class FunctionCode {
 public:
  /// Where code can be. `none`: nothing was said, which `deploy` refuses.
  enum class Kind { none, directory, executable, zip, object, image };

  FunctionCode() = default;
  /// Everything below a directory, as a reproducible zip: names, modes and contents decide, times do not.
  static FunctionCode directory(std::string path) { return {Kind::directory, std::move(path)}; }
  /// One native program, which becomes `bootstrap`.
  static FunctionCode executable(File file) { return {Kind::executable, std::move(file.path)}; }
  /// A zip that exists, sent as it is.
  static FunctionCode zip(File file) { return {Kind::zip, std::move(file.path)}; }
  /// A zip in a bucket that the runtime reads itself: "s3://BUCKET/KEY", or with "?versionId=…".
  static FunctionCode object(std::string url) { return {Kind::object, std::move(url)}; }
  /// A container image in a registry that the runtime reads itself.
  static FunctionCode image(std::string uri) { return {Kind::image, std::move(uri)}; }

  Kind kind() const noexcept { return kind_; }  ///< Which factory made it.
  /// The path, URL or URI.
  const std::string& location() const noexcept { return location_; }
  friend bool operator==(const FunctionCode&, const FunctionCode&) = default;

 private:
  FunctionCode(Kind kind, std::string location) : kind_(kind), location_(std::move(location)) {}
  Kind kind_ = Kind::none;
  std::string location_;
};

/// What `deploy` makes true.
/// Limits are Lambda's: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
struct FunctionSpec {
  /// `[a-z]([a-z0-9-]{0,47}[a-z0-9])?`: what Lambda, Cloud Run and Azure all take.
  std::string name = {};
  FunctionCode code = {};  ///< Required.
  /// `native`: the zip has a program `bootstrap`. Else the service's name, "python3.12".
  std::string runtime = "native";
  std::string handler = {};          ///< "app.handler": file and function. Native: given to the program as it is.
  std::string description = {};      ///< At most 256 bytes.
  std::chrono::seconds timeout{30};  ///< From 1 s. AWS's own default of 3 s surprises everyone.
  int memory_mib = 256;              ///< From 128.
  int scratch_mib = 512;             ///< 512 to 10240, below /tmp.
  Architecture architecture = Architecture::host;       ///< For which `native` programs were built.
  std::map<std::string, std::string> environment = {};  ///< Replaces what the function had.
  std::map<std::string, std::string> tags = {};         ///< Replaces what the function had.
  /// What the function may do: a role's ARN, a service account. Empty: one that may write logs is
  /// made, owned by the function, and removed with it.
  std::string identity = {};
  std::optional<int> max_concurrency = {};  ///< 0: no invocation is let through.

  friend bool operator==(const FunctionSpec&, const FunctionSpec&) = default;
};

/// `updating`: an earlier version still answers. `inactive`: the next invocation wakes it.
/// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
enum class FunctionState { pending, active, updating, inactive, failed, deleting, unknown };
/// "active", …
CLOUDKIT_API std::string_view to_string(FunctionState state) noexcept;

/// A function as its runtime knows it.
struct Function {
  std::string name = {};                         ///< Without version or alias.
  std::string id = {};                           ///< The service's own: an ARN.
  FunctionState state = FunctionState::unknown;  ///< Of its newest code and configuration.
  std::string state_reason = {};                 ///< Why it is not active.
  std::string revision = {};                     ///< Changes with the code: the service's digest of it.
  /// Of names, modes and contents, when cloudkit deployed what is there now; else empty.
  std::string code_digest = {};
  std::string version = {};  ///< "$LATEST", or what `publish` returned.
  FunctionSpec spec = {};    ///< As it is configured; without `code`. `identity` is never empty where there are any.
  std::chrono::system_clock::time_point modified = {};  ///< Code or configuration, by the service's clock.
};

/// `async`: accepted, runs later, at least once. `dry_run`: only checks that the call would be allowed.
enum class InvokeMode { sync, async, dry_run };

/// For `FunctionRuntime::invoke`.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
struct InvokeOptions {
  InvokeMode mode = InvokeMode::sync;  ///< `sync` waits for the answer.
  bool log_tail = false;               ///< Return the end of what this invocation logged, at most 4 KiB.
  std::string qualifier = {};          ///< A version or an alias. Empty: the newest code.
  /// JSON that the function finds in `Invocation::client_context`; at most 3583 bytes as base64.
  std::string client_context = {};
  Context context = {};
};

/// That the function itself failed: the exchange did not.
struct FunctionError {
  std::string type = {};     ///< The exception's, or the runtime's: "Runtime.ExitError", "Sandbox.Timedout".
  std::string message = {};  ///< What the function, or its runtime, said.
  std::vector<std::string> stack_trace = {};  ///< As the language's runtime wrote it; may be empty.
  bool handled = false;                       ///< The function reported it, rather than died of it.
};

/// What came of an invocation; without `sync` little more than its request is known.
struct InvokeResult {
  std::string payload = {};                 ///< What the function answered; with an error the error's JSON.
  std::optional<FunctionError> error = {};  ///< Nothing: the function succeeded.
  std::string log_tail = {};                ///< With `InvokeOptions::log_tail`: its end, decoded.
  std::string request_id = {};              ///< As in the function's log.
  std::string executed_version = {};        ///< What ran: "$LATEST", or a version. Empty: not known.
};

/// `automatic`: on AWS a REST API where there is a stage, a Function URL for all methods at "/", else an HTTP API.
enum class EndpointKind { automatic, url, http_api, rest_api };

/// An HTTP trigger in front of a function.
struct EndpointSpec {
  std::string method = "ANY";  ///< ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST or PUT.
  std::string path = "/";      ///< Segments, "{name}", at the end "{name+}".
  std::string stage = {};      ///< `[A-Za-z0-9_-]{1,128}`, the first segment of the URL's path. Empty: none.
  bool is_public = false;  ///< Anybody may call it. Else only who is allowed by the service: signed requests on AWS.
  EndpointKind kind = EndpointKind::automatic;  ///< Of which service.
  Context context = {};
};

/// An HTTP trigger that is there.
struct Endpoint {
  std::string url = {};                         ///< With stage and path.
  std::string id = {};                          ///< The service's own.
  EndpointKind kind = EndpointKind::automatic;  ///< Never `automatic`.
  std::string method = {};                      ///< As in `EndpointSpec`, like what follows.
  std::string path = {};                        ///< Below the stage.
  std::string stage = {};                       ///< Empty: none.
  bool is_public = false;                       ///< Anybody may call it.
};

/// Invokes a function again and again.
struct ScheduleSpec {
  std::string name = {};          ///< 1 to 64 ASCII letters, digits, `_`, `-` and dots.
  std::string cron = {};          ///< Five fields: minute, hour, day of month, month, day of week. "0 1 * * *".
  std::string time_zone = "UTC";  ///< An IANA name: "Europe/Berlin".
  std::string input = "{}";       ///< The payload: JSON.
  bool enabled = true;            ///< Else it is kept, and does not fire.
  Context context = {};
};

/// A schedule that is there.
struct Schedule {
  std::string name = {};       ///< As in `ScheduleSpec`, like most of what follows.
  std::string function = {};   ///< The name of the function that it invokes.
  std::string cron = {};       ///< Five fields.
  std::string time_zone = {};  ///< An IANA name.
  std::string input = {};      ///< JSON.
  bool enabled = true;         ///< It fires.
};

/// A line of a function's log.
struct LogEvent {
  std::chrono::system_clock::time_point time = {};  ///< By the service's clock.
  std::string text = {};                            ///< Without its line end.
};

/// What a runtime can do beyond deploying, invoking and removing; and its limits, 0 where it has none.
/// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
struct FunctionCapabilities {
  bool endpoints = false;                    ///< `FunctionRuntime::expose` and its relatives.
  bool schedules = false;                    ///< `FunctionRuntime::schedule` and its relatives.
  bool logs = false;                         ///< `FunctionRuntime::logs`.
  bool versions = false;                     ///< `publish` and `set_alias`.
  bool identities = false;                   ///< `FunctionSpec::identity` means something.
  bool images = false;                       ///< `FunctionCode::image`.
  bool objects = false;                      ///< `FunctionCode::object`.
  bool read_after_write = false;             ///< What one call has made, the next one finds.
  bool native = false;                       ///< Runs programs of the architecture.
  std::uint64_t max_sync_payload = 0;        ///< Bytes of JSON.
  std::uint64_t max_async_payload = 0;       ///< The same of `InvokeMode::async`.
  std::uint64_t max_zip = 0;                 ///< Bytes of a zip that is sent.
  std::uint64_t max_environment = 0;         ///< Keys and values together.
  std::chrono::seconds max_timeout{0};       ///< Of `FunctionSpec::timeout`.
  int max_memory_mib = 0;                    ///< Of `FunctionSpec::memory_mib`.
  std::string supported_runtimes_hint = {};  ///< For messages; empty: any.
  std::uint64_t max_code = 0;                ///< All files of the code together, unzipped.
  std::string glibc = {};                    ///< Of what native programs run on: "2.34". Empty: not known.
};

}  // namespace cloudkit::inline v0
