#include "local/compute/machine_record.h"

#include "fixture.h"

using namespace cloudkit;
using local::compute::MachineRecord;
using local::compute::MachineStatus;
using local::compute::Power;

namespace {

MachineRecord full_record() {
  MachineRecord record;
  record.id = "i-0123456789abcdef0";
  record.spec.name = "web";
  record.spec.image = "host";
  record.spec.type = "t2.micro";
  record.spec.firewalls = {"fw-1", "fw-2"};
  record.spec.key = "key";
  record.spec.zone = "local";
  record.spec.public_ip = true;
  record.spec.disk_gib = 20;
  record.spec.tags = {{"a", "\"1\"\n"}, {"ü", ""}};
  record.spec.metadata_v2_only = false;
  record.spec.token = "token";
  record.user_data_digest = "digest";
  record.tags = {{"b", "2"}};
  record.created = std::chrono::system_clock::time_point(std::chrono::milliseconds(1764000000123));
  record.power = Power::off;
  record.destroyed = std::chrono::system_clock::time_point(std::chrono::seconds(1764000100));
  record.boot_id = "boot";
  record.starter = {12, 34, "computer"};
  return record;
}

}  // namespace

TEST_CASE("a machine is what it was after it has been stored") {
  const MachineRecord record = full_record();
  const MachineRecord read = local::compute::parse_machine(local::compute::to_json(record).value()).value();
  CHECK(read.id == record.id);
  CHECK(read.spec == record.spec);
  CHECK(read.user_data_digest == record.user_data_digest);
  CHECK(read.tags == record.tags);
  CHECK(read.created == record.created);
  CHECK(read.power == record.power);
  CHECK(read.destroyed == record.destroyed);
  CHECK(read.boot_id == record.boot_id);
  CHECK(read.starter == record.starter);
  MachineRecord plain;
  plain.id = "i-0123456789abcdef0";
  CHECK(local::compute::parse_machine(local::compute::to_json(plain).value()).value().spec == InstanceSpec());
}

TEST_CASE("a record that others broke is told, and no guess is made") {
  const std::string good = local::compute::to_json(full_record()).value();
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() / 2),
        std::string("{\"format\":2,\"id\":\"i-1\"}"), std::string("{\"format\":1,\"id\":\"\"}"),
        std::string("{\"format\":1,\"id\":\"i-1\",\"power\":9}")}) {
    CAPTURE(text);
    const auto read = local::compute::parse_machine(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == ErrorCode::data_loss);
    CHECK(::test::contains(read.error().message, "the stored machine"));
  }
  MachineRecord hostile = full_record();
  hostile.spec.tags = {{"a", "\xff"}};
  CHECK(local::compute::to_json(hostile).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a machine's state follows from what is wanted and what runs") {
  MachineRecord record = full_record();
  record.starter = core::identify_process(::getpid()).value();
  record.asked = std::chrono::system_clock::now();
  MachineStatus status;
  status.first_boot_id = record.boot_id;
  const auto state = [&](Power power, std::optional<MachineStatus> of, bool alive) {
    record.power = power;
    return local::compute::state_of(record, of, alive);
  };
  CHECK(state(Power::on, status, true) == InstanceState::running);
  CHECK(state(Power::off, status, true) == InstanceState::stopping);
  CHECK(state(Power::off, status, false) == InstanceState::stopped);
  CHECK(state(Power::destroyed, status, true) == InstanceState::terminating);
  CHECK(state(Power::destroyed, std::nullopt, false) == InstanceState::terminating);
  CHECK(state(Power::on, status, false) == InstanceState::stopped);
  CHECK(state(Power::on, std::nullopt, false) == InstanceState::pending);
  status.first_boot_id = "an earlier one";
  CHECK(state(Power::on, status, false) == InstanceState::pending);
  record.asked -= std::chrono::seconds(61);  // Who asked runs on, but nothing came of it.
  CHECK(state(Power::on, status, false) == InstanceState::stopped);
  record.asked += std::chrono::seconds(61);
  record.starter.start_time -= 1;
  CHECK(state(Power::on, status, false) == InstanceState::stopped);
  CHECK(state(Power::on, std::nullopt, false) == InstanceState::stopped);
}

TEST_CASE("ids grow with time, and are names of directories") {
  using local::compute::MachineStore;
  const auto now = std::chrono::system_clock::now();
  const std::string id = MachineStore::make_id(now);
  CHECK(local::compute::is_machine_id(id));
  CHECK(id < MachineStore::make_id(now + std::chrono::milliseconds(1)));
  CHECK(id != MachineStore::make_id(now));
  for (const char* text : {"", "i-", "i-0123456789abcde", "i-0123456789abcdef0a", "i-0123456789abcdeF0",
                           "j-0123456789abcdef0", "i-0123456789abcde/0", ".."}) {
    CHECK_FALSE(local::compute::is_machine_id(text));
  }
}
