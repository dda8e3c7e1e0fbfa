#pragma once

#include "support/forwarding_bucket.h"
#include "support/forwarding_compute.h"
#include "support/forwarding_runtime.h"
#include "support/temporary_directory.h"

#include <cloudkit/memory.h>
#include <cloudkit/memory_compute.h>
#include <cloudkit/memory_functions.h>
#include <cloudkit/stack.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>

/// A cloud in memory for stacks, that can be left in the midst of a run.
namespace test {

/// A program that ends: at the call whose number comes up, before it or after it has been made, and from then on
/// nothing that it asks for is done.
class Crash {
 public:
  /// Never, until told.
  void at(long call, bool after) {
    const std::scoped_lock lock(mutex_);
    calls_ = 0;
    at_ = call;
    after_ = after;
    dead_ = false;
  }
  void never() { at(-1, false); }
  /// From now on it ends the process, as SIGKILL does.
  void kill_for_real() { is_real_ = true; }
  long calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  bool happened() const {
    const std::scoped_lock lock(mutex_);
    return dead_;
  }

  /// A call that changes something, or one that only looks.
  template <class Call>
  auto pass(bool changes, Call call) -> decltype(call()) {
    bool last = false;
    {
      const std::scoped_lock lock(mutex_);
      if (dead_) return ended();
      if (changes && ++calls_ == at_) {
        last = true;
        if (!after_) {
          dead_ = true;
          return ended();
        }
      }
    }
    auto done = call();
    if (!last) return done;
    const std::scoped_lock lock(mutex_);
    dead_ = true;
    return ended();
  }

 private:
  cloudkit::Error ended() const {
    if (is_real_) (void)std::raise(SIGKILL);
    return {cloudkit::ErrorCode::io, "the program has ended"};
  }

  mutable std::mutex mutex_;
  long calls_ = 0;
  long at_ = -1;
  bool after_ = false;
  bool dead_ = false;
  std::atomic<bool> is_real_ = false;
};

class CrashingBucket : public ForwardingBucket {
 public:
  CrashingBucket(std::shared_ptr<cloudkit::BucketDriver> inner, Crash& crash)
      : ForwardingBucket(std::move(inner)), crash_(crash) {}
  cloudkit::Result<cloudkit::ObjectInfo> put(std::string_view key, const cloudkit::Source& source,
                                             const cloudkit::PutOptions& options) override {
    return crash_.pass(true, [&] { return inner_->put(key, source, options); });
  }
  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override {
    return crash_.pass(false, [&] { return inner_->get(key, options, receiver); });
  }
  cloudkit::Status remove(std::string_view key, const cloudkit::RemoveOptions& options) override {
    return crash_.pass(true, [&] { return inner_->remove(key, options); });
  }

 private:
  Crash& crash_;
};

class CrashingCompute : public ForwardingCompute {
 public:
  CrashingCompute(std::shared_ptr<cloudkit::ComputeDriver> inner, Crash& crash)
      : ForwardingCompute(std::move(inner)), crash_(crash) {}
  Result<cloudkit::Instance> get(std::string_view id, const Context& context) override {
    return crash_.pass(false, [&] { return inner_->get(id, context); });
  }
  Result<cloudkit::InstancePage> list_page(const cloudkit::InstanceFilter& filter, std::string_view page_token,
                                           const Context& context) override {
    return crash_.pass(false, [&] { return inner_->list_page(filter, page_token, context); });
  }
  Result<cloudkit::Instance> create(const cloudkit::InstanceSpec& spec, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->create(spec, context); });
  }
  Result<cloudkit::Instance> destroy(std::string_view id, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->destroy(id, context); });
  }
  Result<cloudkit::Firewall> create_firewall(const cloudkit::FirewallSpec& spec, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->create_firewall(spec, context); });
  }
  Status authorize_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->authorize_rules(firewall, rules, context); });
  }
  Status revoke_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->revoke_rules(firewall, rules, context); });
  }
  Status destroy_firewall(std::string_view id, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->destroy_firewall(id, context); });
  }
  Result<cloudkit::KeyPair> import_key(std::string_view name, std::string_view public_key,
                                       const Context& context) override {
    return crash_.pass(true, [&] { return inner_->import_key(name, public_key, context); });
  }
  Status destroy_key(std::string_view name, const Context& context) override {
    return crash_.pass(true, [&] { return inner_->destroy_key(name, context); });
  }

 private:
  Crash& crash_;
};

class CrashingRuntime : public ForwardingRuntime {
 public:
  CrashingRuntime(std::shared_ptr<cloudkit::FunctionRuntimeDriver> inner, Crash& crash)
      : ForwardingRuntime(std::move(inner)), crash_(crash) {}
  cloudkit::Result<cloudkit::Function> create(const cloudkit::FunctionSpec& spec,
                                              const cloudkit::FunctionPackage& package,
                                              const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->create(spec, package, context); });
  }
  cloudkit::Result<cloudkit::Function> update_code(const cloudkit::FunctionSpec& spec,
                                                   const cloudkit::FunctionPackage& package,
                                                   const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->update_code(spec, package, context); });
  }
  cloudkit::Result<cloudkit::Function> update_config(const cloudkit::FunctionSpec& spec,
                                                     const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->update_config(spec, context); });
  }
  cloudkit::Result<cloudkit::Function> get(std::string_view name, std::string_view qualifier,
                                           const cloudkit::Context& context) override {
    return crash_.pass(false, [&] { return inner_->get(name, qualifier, context); });
  }
  cloudkit::Status remove(std::string_view name, const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->remove(name, context); });
  }
  cloudkit::Result<cloudkit::Endpoint> expose(std::string_view function, const cloudkit::EndpointSpec& spec) override {
    return crash_.pass(true, [&] { return inner_->expose(function, spec); });
  }
  cloudkit::Status unexpose(std::string_view function, const cloudkit::Endpoint& endpoint,
                            const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->unexpose(function, endpoint, context); });
  }
  cloudkit::Result<cloudkit::Schedule> schedule(std::string_view function,
                                                const cloudkit::ScheduleSpec& spec) override {
    return crash_.pass(true, [&] { return inner_->schedule(function, spec); });
  }
  cloudkit::Status unschedule(std::string_view function, std::string_view schedule,
                              const cloudkit::Context& context) override {
    return crash_.pass(true, [&] { return inner_->unschedule(function, schedule, context); });
  }

 private:
  Crash& crash_;
};

class CrashingStore : public cloudkit::ObjectStoreDriver {
 public:
  CrashingStore(std::shared_ptr<cloudkit::ObjectStoreDriver> inner, Crash& crash)
      : inner_(std::move(inner)), crash_(crash) {}
  std::string url() const override { return inner_->url(); }
  cloudkit::Result<std::string> account(const cloudkit::Context& context) override { return inner_->account(context); }
  cloudkit::Result<std::shared_ptr<cloudkit::BucketDriver>> bucket(std::string_view name) override {
    return inner_->bucket(name);
  }
  cloudkit::Status create_bucket(std::string_view name, const cloudkit::CreateBucketOptions& options) override {
    return crash_.pass(true, [&] { return inner_->create_bucket(name, options); });
  }
  cloudkit::Status delete_bucket(std::string_view name, const cloudkit::BucketOptions& options) override {
    return crash_.pass(true, [&] { return inner_->delete_bucket(name, options); });
  }
  cloudkit::Result<bool> bucket_exists(std::string_view name, const cloudkit::BucketOptions& options) override {
    return crash_.pass(false, [&] { return inner_->bucket_exists(name, options); });
  }
  cloudkit::Result<cloudkit::BucketPage> list_buckets_page(std::string_view page_token,
                                                           const cloudkit::BucketOptions& options) override {
    return inner_->list_buckets_page(page_token, options);
  }

 private:
  std::shared_ptr<cloudkit::ObjectStoreDriver> inner_;
  Crash& crash_;
};

}  // namespace test
