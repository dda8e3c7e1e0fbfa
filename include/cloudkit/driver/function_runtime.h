#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>
#include <vector>

/// The contract that a function runtime's backend implements. Drivers are called from many threads
/// at once. They may make the several requests that one step needs, but never wait, poll, sleep or
/// retry; they fill no defaults, and check only what they alone can know: the handle does the rest.
/// An error needs no `operation` and no `resource`: the handle adds them.
namespace cloudkit::inline v0 {

/// Code, ready to be sent. One of the three is not empty.
struct FunctionPackage {
  std::string zip = {};         ///< Its bytes.
  std::string object_url = {};  ///< As of `FunctionCode::object`.
  std::string image_uri = {};   ///< As of `FunctionCode::image`.
  std::string digest = {};      ///< To be kept and told as `Function::code_digest`.
};

/// Functions, as many as come at once.
struct FunctionPage {
  std::vector<Function> functions = {};  ///< Their `state` may be `unknown`: listings often lack it.
  std::string next_page_token = {};      ///< Empty: this was the last page.
};

/// What the function runs as.
struct FunctionIdentity {
  std::string id = {};   ///< For `FunctionSpec::identity`: a role's ARN.
  bool changed = false;  ///< Made or mended just now, by whomever: it may take a while to be known everywhere.
};

/// What `FunctionRuntimeDriver::logs_page` is asked for.
struct LogPageRequest {
  std::string name = {};                             ///< Of the function.
  std::chrono::system_clock::time_point since = {};  ///< Of the first page; the epoch: from the first line.
  std::string page_token = {};                       ///< Empty for the first page, else the last page's.
  Context context = {};
};

/// Lines of a log, as many as come at once.
struct LogPage {
  std::vector<LogEvent> events = {};  ///< The oldest first; may be empty though more follow.
  /// To read on from here; stays valid at the end, for what is logged later.
  std::string next_page_token = {};
  bool at_end = true;  ///< There was no more when this page was read.
};

/// Functions of one account in one region, or of one machine.
class CLOUDKIT_API FunctionRuntimeDriver {
 public:
  FunctionRuntimeDriver() = default;
  FunctionRuntimeDriver(const FunctionRuntimeDriver&) = delete;
  FunctionRuntimeDriver& operator=(const FunctionRuntimeDriver&) = delete;
  virtual ~FunctionRuntimeDriver();

  virtual FunctionCapabilities capabilities() const = 0;  ///< Makes no request.
  /// For messages: "aws://us-west-2".
  virtual std::string url() const = 0;

  /// Returns at once, mostly with `pending`. Errors: `already_exists`; `permission_denied` that is
  /// `retryable`: the identity is not known everywhere yet; `invalid_argument`.
  virtual Result<Function> create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) = 0;
  /// Returns at once, mostly with `updating`. Errors, here and of `update_config`: `not_found`;
  /// `conflict` that is `retryable`: another update has not ended.
  virtual Result<Function> update_code(const FunctionSpec& spec, const FunctionPackage& package,
                                       const Context& context) = 0;
  /// Everything of `spec` but its code; tags and concurrency, too. As `update_code`, and `permission_denied`
  /// that is `retryable`, as `create`.
  virtual Result<Function> update_config(const FunctionSpec& spec, const Context& context) = 0;
  /// `name`, here and below, may be anything by which the service knows a function: an ARN. Errors: `not_found`.
  virtual Result<Function> get(std::string_view name, std::string_view qualifier, const Context& context) = 0;
  /// `page_token` is empty for the first page, else the last page's.
  virtual Result<FunctionPage> list_page(std::string_view page_token, const Context& context) = 0;
  /// A failure of the function is a value. `payload` is JSON. Errors: `not_found`, `throttled`; `conflict` that is
  /// `retryable`: not ready to be invoked.
  virtual Result<InvokeResult> invoke(std::string_view name, std::string_view payload,
                                      const InvokeOptions& options) = 0;
  /// The function with its versions and aliases, nothing else. Errors: `not_found`; `conflict`, as `update_code`.
  virtual Status remove(std::string_view name, const Context& context) = 0;

  /// What `url` leaves open: whose they are, or the endpoint that somebody named: "123456789012",
  /// "http://127.0.0.1:5000". Empty: `url` says it all. May ask the service, once.
  virtual Result<std::string> account(const Context& context);

  // Optional: the defaults answer `unsupported`.

  /// What a function of this name runs as when its spec names nothing: found, mended or made.
  virtual Result<FunctionIdentity> ensure_identity(std::string_view function, const Context& context);
  /// Only one that `ensure_identity` made; a missing one is success.
  virtual Status remove_identity(std::string_view function, const Context& context);

  /// Found and made equal to `spec`, or made. Errors: `not_found` (function), `invalid_argument`.
  virtual Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec);
  /// Those in front of this function; none when it is missing.
  virtual Result<std::vector<Endpoint>> list_endpoints(std::string_view function, const Context& context);
  /// A missing one is success.
  virtual Status unexpose(std::string_view function, const Endpoint& endpoint, const Context& context);

  /// Makes the schedule, or makes it equal to `spec`. Errors: `not_found` (function); `unsupported` for a
  /// line of cron that the service cannot say; `permission_denied` that is `retryable`, as `create`.
  virtual Result<Schedule> schedule(std::string_view function, const ScheduleSpec& spec);
  /// Those that invoke this function; none when it is missing.
  virtual Result<std::vector<Schedule>> list_schedules(std::string_view function, const Context& context);
  /// A missing one is success.
  virtual Status unschedule(std::string_view function, std::string_view schedule, const Context& context);

  /// A function that has logged nothing has an empty page.
  virtual Result<LogPage> logs_page(const LogPageRequest& request);
  /// Missing ones are success.
  virtual Status remove_logs(std::string_view function, const Context& context);

  /// Returns the version. The same code and configuration as the newest version is that version.
  virtual Result<std::string> publish(std::string_view function, const Context& context);
  /// Makes the alias, or moves it.
  virtual Status set_alias(std::string_view function, std::string_view alias, std::string_view version,
                           const Context& context);
};

}  // namespace cloudkit::inline v0
