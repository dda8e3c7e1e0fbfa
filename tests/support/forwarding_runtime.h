#pragma once

#include <cloudkit/driver/function_runtime.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Passes every call on to another driver: what a flawed one is derived from.
class ForwardingRuntime : public cloudkit::FunctionRuntimeDriver {
 public:
  explicit ForwardingRuntime(std::shared_ptr<cloudkit::FunctionRuntimeDriver> inner) : inner_(std::move(inner)) {}

  cloudkit::FunctionCapabilities capabilities() const override { return inner_->capabilities(); }
  std::string url() const override { return inner_->url(); }
  cloudkit::Result<std::string> account(const cloudkit::Context& context) override { return inner_->account(context); }

  cloudkit::Result<cloudkit::Function> create(const cloudkit::FunctionSpec& spec,
                                              const cloudkit::FunctionPackage& package,
                                              const cloudkit::Context& context) override {
    return inner_->create(spec, package, context);
  }
  cloudkit::Result<cloudkit::Function> update_code(const cloudkit::FunctionSpec& spec,
                                                   const cloudkit::FunctionPackage& package,
                                                   const cloudkit::Context& context) override {
    return inner_->update_code(spec, package, context);
  }
  cloudkit::Result<cloudkit::Function> update_config(const cloudkit::FunctionSpec& spec,
                                                     const cloudkit::Context& context) override {
    return inner_->update_config(spec, context);
  }
  cloudkit::Result<cloudkit::Function> get(std::string_view name, std::string_view qualifier,
                                           const cloudkit::Context& context) override {
    return inner_->get(name, qualifier, context);
  }
  cloudkit::Result<cloudkit::FunctionPage> list_page(std::string_view page_token,
                                                     const cloudkit::Context& context) override {
    return inner_->list_page(page_token, context);
  }
  cloudkit::Result<cloudkit::InvokeResult> invoke(std::string_view name, std::string_view payload,
                                                  const cloudkit::InvokeOptions& options) override {
    return inner_->invoke(name, payload, options);
  }
  cloudkit::Status remove(std::string_view name, const cloudkit::Context& context) override {
    return inner_->remove(name, context);
  }

  cloudkit::Result<cloudkit::FunctionIdentity> ensure_identity(std::string_view function,
                                                               const cloudkit::Context& context) override {
    return inner_->ensure_identity(function, context);
  }
  cloudkit::Status remove_identity(std::string_view function, const cloudkit::Context& context) override {
    return inner_->remove_identity(function, context);
  }

  cloudkit::Result<cloudkit::Endpoint> expose(std::string_view function, const cloudkit::EndpointSpec& spec) override {
    return inner_->expose(function, spec);
  }
  cloudkit::Result<std::vector<cloudkit::Endpoint>> list_endpoints(std::string_view function,
                                                                   const cloudkit::Context& context) override {
    return inner_->list_endpoints(function, context);
  }
  cloudkit::Status unexpose(std::string_view function, const cloudkit::Endpoint& endpoint,
                            const cloudkit::Context& context) override {
    return inner_->unexpose(function, endpoint, context);
  }

  cloudkit::Result<cloudkit::Schedule> schedule(std::string_view function,
                                                const cloudkit::ScheduleSpec& spec) override {
    return inner_->schedule(function, spec);
  }
  cloudkit::Result<std::vector<cloudkit::Schedule>> list_schedules(std::string_view function,
                                                                   const cloudkit::Context& context) override {
    return inner_->list_schedules(function, context);
  }
  cloudkit::Status unschedule(std::string_view function, std::string_view schedule,
                              const cloudkit::Context& context) override {
    return inner_->unschedule(function, schedule, context);
  }

  cloudkit::Result<cloudkit::LogPage> logs_page(const cloudkit::LogPageRequest& request) override {
    return inner_->logs_page(request);
  }
  cloudkit::Status remove_logs(std::string_view function, const cloudkit::Context& context) override {
    return inner_->remove_logs(function, context);
  }

  cloudkit::Result<std::string> publish(std::string_view function, const cloudkit::Context& context) override {
    return inner_->publish(function, context);
  }
  cloudkit::Status set_alias(std::string_view function, std::string_view alias, std::string_view version,
                             const cloudkit::Context& context) override {
    return inner_->set_alias(function, alias, version, context);
  }

 protected:
  std::shared_ptr<cloudkit::FunctionRuntimeDriver> inner_;
};
