#pragma once

#include "ssh/open.h"
#include "support/soon.h"
#include "support/sshd.h"
#include "support/stopwatch.h"
#include "support/temporary_directory.h"

#include <cloudkit/driver/compute.h>

#include <chrono>
#include <memory>
#include <string>

namespace test {

/// The driver for the sshd of the tests, whose one host is 127.0.0.1.
class Machine {
 public:
  explicit Machine(const Sshd& sshd) : Machine(sshd, sshd.connection()) {}
  Machine(const Sshd& sshd, cloudkit::ssh::ConnectionOptions connection) {
    cloudkit::ssh::SshOptions options;
    options.host = kHost;
    options.user = sshd.user();
    options.port = sshd.port();
    options.connection = std::move(connection);
    driver = cloudkit::ssh::make_driver(std::move(options)).value();
  }

  cloudkit::Result<cloudkit::CommandResult> run(const std::string& script,
                                                std::chrono::seconds timeout = std::chrono::seconds(60),
                                                const cloudkit::Context& context = {}) const {
    auto submitted = driver->submit_command(kHost, {script, timeout}, context);
    if (!submitted) return std::move(submitted).error();
    return *std::move(submitted->result);
  }

  static constexpr const char* kHost = "127.0.0.1";
  std::shared_ptr<cloudkit::ComputeDriver> driver;
};

/// Where there is an sshd: one connection for all tests of a program, and a directory.
class WithMachine {
 public:
  explicit operator bool() const { return machine != nullptr; }

  std::unique_ptr<Sshd> sshd = Sshd::find();
  const Machine* machine = shared(sshd.get());
  TemporaryDirectory directory;

 private:
  static const Machine* shared(const Sshd* sshd) {
    static const auto machine = sshd == nullptr ? nullptr : std::make_unique<Machine>(*sshd);
    return machine.get();
  }
};

}  // namespace test
