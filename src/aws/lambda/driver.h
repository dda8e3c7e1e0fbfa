#pragma once

#include "aws/lambda/function_ref.h"
#include "aws/service/client.h"
#include "aws/service/owner.h"

#include <cloudkit/aws_functions.h>
#include <cloudkit/driver/function_runtime.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::aws::lambda {

/// Functions of one account in one region. Thread-safe; does no I/O before the first call.
class LambdaDriver final : public FunctionRuntimeDriver {
 public:
  LambdaDriver(std::shared_ptr<service::Account> account, ScheduleService schedules);

  FunctionCapabilities capabilities() const override;
  std::string url() const override;
  Result<std::string> account(const Context& context) override { return owner_.get(context); }

  Result<Function> create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override;
  Result<Function> update_code(const FunctionSpec& spec, const FunctionPackage& package,
                               const Context& context) override;
  Result<Function> update_config(const FunctionSpec& spec, const Context& context) override;
  Result<Function> get(std::string_view name, std::string_view qualifier, const Context& context) override;
  Result<FunctionPage> list_page(std::string_view page_token, const Context& context) override;
  Result<InvokeResult> invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override;
  Status remove(std::string_view name, const Context& context) override;

  Result<FunctionIdentity> ensure_identity(std::string_view function, const Context& context) override;
  Status remove_identity(std::string_view function, const Context& context) override;

  Result<cloudkit::Endpoint> expose(std::string_view function, const EndpointSpec& spec) override;
  Result<std::vector<cloudkit::Endpoint>> list_endpoints(std::string_view function, const Context& context) override;
  Status unexpose(std::string_view function, const cloudkit::Endpoint& endpoint, const Context& context) override;

  Result<Schedule> schedule(std::string_view function, const ScheduleSpec& spec) override;
  Result<std::vector<Schedule>> list_schedules(std::string_view function, const Context& context) override;
  Status unschedule(std::string_view function, std::string_view schedule, const Context& context) override;

  Result<LogPage> logs_page(const LogPageRequest& request) override;
  Status remove_logs(std::string_view function, const Context& context) override;

  Result<std::string> publish(std::string_view function, const Context& context) override;
  Status set_alias(std::string_view function, std::string_view alias, std::string_view version,
                   const Context& context) override;

 private:
  Status keep_digest(std::string_view arn, std::string_view digest, std::string_view service_digest,
                     const Context& context);
  Status keep_digest_of_found(const Function& function, const FunctionPackage& package, const Context& context);
  Status change_tags(const Function& current, const FunctionSpec& spec, const Context& context);
  Status change_concurrency(const Function& current, const FunctionSpec& spec, const Context& context);
  /// The name of a function as a whole, of this region and account. Errors: `invalid_argument` for any other.
  Result<std::string> own_name(std::string_view function, const Context& context);
  std::string known_account();
  /// Errors: `not_found`, those of `own_name`.
  Result<FunctionRef> find(std::string_view function, const Context& context);
  /// Nothing for one that is gone.
  Result<std::optional<FunctionRef>> find_if_there(std::string_view function, const Context& context);
  Result<std::vector<Schedule>> schedules_in(ScheduleService service, std::string_view name, const Context& context);
  Status unschedule_in(ScheduleService service, std::string_view name, std::string_view schedule,
                       const Context& context);
  /// From the service that does not keep new ones.
  Status unschedule_elsewhere(std::string_view name, std::string_view schedule, const Context& context);
  std::chrono::system_clock::time_point now() const;
  /// Errors: the context's.
  Result<std::unique_lock<std::mutex>> turn_at_endpoints(const Context& context);

  const std::shared_ptr<service::Account> account_;
  const ScheduleService schedules_;
  service::Client lambda_;
  service::Client iam_;
  service::Client logs_;
  service::Client rest_apis_;
  service::Client http_apis_;
  service::Client scheduler_;
  service::Client events_;
  service::Owner owner_;

  std::mutex endpoints_;  // Two at once would make an API each, or deploy one without the other's method.
  std::mutex mutex_;
  std::string account_id_;  // Once a function has said it.
};

}  // namespace cloudkit::inline v0::aws::lambda
