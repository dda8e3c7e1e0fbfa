#include "fixture.h"

#include <set>

using ::test::Machines;
using ::test::soon;
using ::test::spec_of;
using namespace cloudkit;

TEST_CASE("a machine is made, runs, is found and listed") {
  Machines machines;
  InstanceSpec spec = spec_of("web");
  spec.tags = {{"Name", "web"}, {"team", "blue"}};
  const Instance made = machines->create(spec, {}).value();
  CHECK(made.id.size() == 19);
  CHECK(made.id.starts_with("i-"));
  CHECK(made.name == "web");
  CHECK(made.state == InstanceState::running);
  CHECK(made.state_reason.empty());
  CHECK(made.image == "host");
  CHECK(made.type == "t2.micro");
  CHECK(made.zone == "local");
  CHECK(made.private_ip == "127.0.0.1");
  CHECK(made.public_ip == "127.0.0.1");
  CHECK(made.dns_name == "localhost");
  CHECK(made.tags == spec.tags);
  CHECK(made.token == "token-of-web");
  CHECK(made.boot_id.size() == 32);
  CHECK(std::chrono::abs(std::chrono::system_clock::now() - made.created) < std::chrono::minutes(1));

  const Instance found = machines->get(made.id, {}).value();
  CHECK(found.id == made.id);
  CHECK(found.boot_id == made.boot_id);
  CHECK(machines.all().size() == 1);
  CHECK(machines->agent_ready(made.id, {}).value());
}

TEST_CASE("user data runs once, in the machine's directory, with no variable of this program") {
  ::setenv("CLOUDKIT_TEST_HOST", "cktest-host-1", 1);
  Machines machines;
  const Instance made = machines.create("web", "pwd; env | sort; echo marker >&2; echo x >> ran; exit 0\n");
  REQUIRE(
      soon([&] { return ::test::contains(machines->console(made.id, {}).value(), "user data ended: exit status 0"); }));
  ::unsetenv("CLOUDKIT_TEST_HOST");
  const std::string console = machines->console(made.id, {}).value();
  const std::string root = machines.root(made.id);
  CHECK(::test::contains(console, "boot " + made.boot_id));
  CHECK(::test::contains(
      console, root + "\nCLOUDKIT_INSTANCE_ID=" + made.id +
                   "\nCLOUDKIT_INSTANCE_NAME=web\nCLOUDKIT_MACHINE_ROOT=" + root + "\nHOME=" + root +
                   "\nLANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nPWD=" + root +
                   "\nmarker\n"));
  CHECK(::test::read_file(root + "/ran") == "x\n");
  CHECK(machines.run(made.id, "ls").out == "etc\nopt\nran\nsrv\ntmp\nvar\n");
  CHECK(machines.state(made.id) == InstanceState::running);
}

TEST_CASE("user data that fails is told, and the machine runs") {
  Machines machines;
  const Instance failing = machines.create("failing", "exit 3\n");
  const Instance killed = machines.create("killed", "kill -9 $$\n");
  InstanceSpec missing = spec_of("missing");
  missing.user_data = "#!/nowhere/sh\n";
  const Instance none = machines->create(missing, {}).value();
  const auto reason = [&](const Instance& instance) {
    soon([&] { return !machines->get(instance.id, {}).value().state_reason.empty(); });
    const Instance now = machines->get(instance.id, {}).value();
    CHECK(now.state == InstanceState::running);
    return now.state_reason;
  };
  CHECK(reason(failing) == "user data ended: exit status 3");
  CHECK(reason(killed) == "user data ended: signal 9");
  CHECK(reason(none) == "user data ended: exit status 127");
  CHECK(::test::contains(machines->console(none.id, {}).value(), "cannot run ../user-data: No such file or directory"));
}

TEST_CASE("a repeated create finds the machine of its token") {
  Machines machines;
  const Instance made = machines.create("web", "echo x >> ran\n");
  CHECK(machines.create("web", "echo x >> ran\n").id == made.id);
  CHECK(machines.all().size() == 1);

  // Also when its tags are others by now.
  REQUIRE(machines->set_tags(made.id, {{"a", "b"}}, {}).has_value());
  CHECK(machines.create("web", "echo x >> ran\n").id == made.id);

  InstanceSpec other = spec_of("web", "echo other\n");
  auto refused = machines->create(other, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "the token is that of " + made.id + ", which was made with other values");
  other = spec_of("web", "echo x >> ran\n");
  other.type = "t3.micro";
  CHECK(machines->create(other, {}).error().code == ErrorCode::conflict);

  REQUIRE(machines->destroy(made.id, {}).has_value());
  refused = machines->create(spec_of("web", "echo x >> ran\n"), {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "the token is that of " + made.id + ", which was destroyed");
  REQUIRE(machines.becomes(made.id, InstanceState::terminated));
  CHECK(machines->create(spec_of("web", "echo x >> ran\n"), {}).error().code == ErrorCode::conflict);

  InstanceSpec again = spec_of("web", "echo x >> ran\n");
  again.token = "another";
  CHECK(machines->create(again, {}).value().id != made.id);
}

TEST_CASE("what cannot be is refused before anything is made") {
  Machines machines;
  struct Case {
    std::function<void(InstanceSpec&)> change;
    ErrorCode code;
    std::string message;
    std::string hint;
  };
  const std::string hint =
      "user data here is a script, \"#!/bin/sh …\": CloudInit::script({.prefix = \".\"}) makes one of the same steps";
  const std::vector<Case> cases = {
      {[](InstanceSpec& s) { s.user_data = "#cloud-config\npackages: [nginx]\n"; }, ErrorCode::unsupported,
       "machines on this computer have no cloud-init, which \"#cloud-config\" needs", hint},
      {[](InstanceSpec& s) { s.user_data = "\x1f\x8b\x08"; }, ErrorCode::unsupported,
       "machines on this computer do not unpack user data", hint},
      {[](InstanceSpec& s) { s.user_data = "echo hello\n"; }, ErrorCode::invalid_argument,
       "the user data begins with neither \"#!\" nor \"#cloud-config\"", hint},
      {[](InstanceSpec& s) { s.identity = "role"; }, ErrorCode::unsupported,
       "machines on this computer have no identity", "give their programs credentials yourself"},
      {[](InstanceSpec& s) { s.subnet = "subnet-1"; }, ErrorCode::not_found, "there are no subnets on this computer",
       ""},
      {[](InstanceSpec& s) { s.zone = "us-west-2a"; }, ErrorCode::invalid_argument,
       "the only zone of this computer is \"local\"", ""},
      {[](InstanceSpec& s) { s.image = "ami-0c55b159cbfafe1f0"; }, ErrorCode::invalid_argument,
       "there is no image \"ami-0c55b159cbfafe1f0\" on this computer",
       "known are host, al2023, debian-12, debian-13, ubuntu-22.04, ubuntu-24.04: all of them are this computer as it "
       "is"},
      {[](InstanceSpec& s) { s.firewalls = {"fw-1"}; }, ErrorCode::not_found, "there is no firewall \"fw-1\"", ""},
      {[](InstanceSpec& s) { s.firewalls = {"../../lock"}; }, ErrorCode::not_found,
       "there is no firewall \"../../lock\"", ""},
      {[](InstanceSpec& s) { s.key = "mine"; }, ErrorCode::not_found, "there is no key \"mine\"", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.message);
    InstanceSpec spec = spec_of("web");
    one.change(spec);
    const auto refused = machines->create(spec, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == one.code);
    CHECK(refused.error().message == one.message);
    CHECK(refused.error().hint == one.hint);
  }
  CHECK(machines.all({.states = {InstanceState::terminated}}).empty());
  CHECK(::test::is_empty(machines.path("instances")));
}

TEST_CASE("lists obey their filter, and leave out what is gone") {
  Machines machines;
  InstanceSpec a = spec_of("a");
  a.tags = {{"team", "blue"}, {"env", "test"}};
  InstanceSpec b = spec_of("b");
  b.tags = {{"team", "blue"}};
  const std::string first = machines->create(a, {}).value().id;
  const std::string second = machines->create(b, {}).value().id;
  const std::string third = machines.create("c").id;
  const auto ids = [&](const InstanceFilter& filter) {
    std::vector<std::string> found;
    for (const Instance& instance : machines.all(filter)) found.push_back(instance.id);
    return found;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids({}) == Ids{first, second, third});
  CHECK(ids({.name = "b"}) == Ids{second});
  CHECK(ids({.ids = {third, first}}) == Ids{first, third});
  CHECK(ids({.tags = {{"team", "blue"}}}) == Ids{first, second});
  CHECK(ids({.tags = {{"team", "blue"}, {"env", "test"}}}) == Ids{first});
  CHECK(ids({.tags = {{"team", "red"}}}) == Ids{});
  CHECK(ids({.token = "token-of-c"}) == Ids{third});
  CHECK(ids({.name = "a", .ids = {second}}) == Ids{});
  REQUIRE(machines->stop(first, {}).has_value());
  REQUIRE(machines.becomes(first, InstanceState::stopped));
  CHECK(ids({.states = {InstanceState::stopped, InstanceState::stopping}}) == Ids{first});
  CHECK(ids({.states = {InstanceState::running}}) == Ids{second, third});

  REQUIRE(machines->destroy(second, {}).has_value());
  REQUIRE(machines.becomes(second, InstanceState::terminated));
  CHECK(ids({}) == Ids{first, third});
  CHECK(ids({.ids = {second}}) == Ids{second});
  CHECK(ids({.states = {InstanceState::terminated}}) == Ids{second});
  CHECK(ids({.token = "token-of-b"}) == Ids{second});
}

TEST_CASE("a list of many machines comes in pages") {
  const ::test::TemporaryDirectory directory;
  local::compute::LocalComputeDriver driver(directory.file("machines"), {});
  // Machines that were never started, as their driver writes them.
  const local::compute::MachineStore store(directory.file("machines"));
  std::set<std::string> made;
  {
    const auto lock = store.begin_change({}).value();
    for (int i = 0; i < 120; ++i) {
      local::compute::MachineRecord record;
      record.id = local::compute::MachineStore::make_id(std::chrono::system_clock::time_point(std::chrono::hours(i)));
      record.spec = spec_of("m" + std::to_string(i));
      REQUIRE(store.add(record, {}).has_value());
      made.insert(record.id);
    }
  }
  std::set<std::string> listed;
  std::string token;
  int pages = 0;
  do {
    const InstancePage page = driver.list_page({}, token, {}).value();
    for (const Instance& instance : page.instances) CHECK(listed.insert(instance.id).second);
    token = page.next_page_token;
    ++pages;
  } while (!token.empty());
  CHECK(listed == made);
  CHECK(pages == 2);
}

TEST_CASE("a machine whose maker ended before it was started is told, and started by the repetition") {
  Machines machines;
  const std::string id = machines.create("web", "echo x >> ran\n").id;
  machines.destroy_all();
  // As create leaves it when it is killed between the machine and its start.
  const auto store = machines.store();
  local::compute::MachineRecord record;
  {
    const auto lock = store.begin_change({}).value();
    record = store.find(id).value().record;
    record.spec.token = "fresh";
    record.power = local::compute::Power::on;
    record.id = local::compute::MachineStore::make_id(std::chrono::system_clock::now());
    record.starter = {1, 1, "another boot"};
    REQUIRE(store.add(record, "#!/bin/sh\necho x >> ran\n").has_value());
  }
  const Instance found = machines->get(record.id, {}).value();
  CHECK(found.state == InstanceState::stopped);
  CHECK(found.state_reason == "it was never started: the program that made it ended before");
  InstanceSpec spec = spec_of("web", "echo x >> ran\n");
  spec.token = "fresh";
  const Instance again = machines->create(spec, {}).value();
  CHECK(again.id == record.id);
  CHECK(again.state == InstanceState::running);
  CHECK(soon([&] { return ::test::read_file(machines.root(again.id) + "/ran") == "x\n"; }));
}

TEST_CASE("a cancelled create makes nothing, and one that may have made something is found by its token") {
  Machines machines;
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(machines->create(spec_of("web"), cancelled).error().code == ErrorCode::cancelled);
  CHECK(machines.all().empty());
  CHECK(machines.create("web").state == InstanceState::running);
}

TEST_CASE("a create that runs out of time leaves nothing, and may be repeated") {
  Machines machines;
  for (int i = 0; i < 15; ++i) {
    CAPTURE(i);
    const InstanceSpec spec = spec_of("m" + std::to_string(i));
    const auto made = machines->create(spec, Context::with_timeout(std::chrono::milliseconds(i)));
    if (!made.has_value()) CHECK(made.error().code == ErrorCode::timeout);
    auto again = machines->create(spec, {});
    // What came up too late is being taken away.
    soon([&] {
      if (again.has_value() || !again.error().retryable) return true;
      again = machines->create(spec, {});
      return false;
    });
    REQUIRE(again.has_value());
    CHECK(again->state == InstanceState::running);
    if (made.has_value()) CHECK(again->id == made->id);
  }
  CHECK(machines.all().size() == 15);
}

TEST_CASE("ids and tags of machines that are not there, or cannot be") {
  Machines machines;
  machines.create("web");
  for (const std::string id :
       {"i-00000000000000000", "i-0", "", "../lock", "i-0000000000000000/", "I-00000000000000000"}) {
    CAPTURE(id);
    const auto missing = machines->get(id, {});
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code == ErrorCode::not_found);
    CHECK(missing.error().message == "there is no machine \"" + id + "\"");
    CHECK(machines->start(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->stop(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->reboot(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->destroy(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->set_tags(id, {{"a", "b"}}, {}).error().code == ErrorCode::not_found);
    CHECK(machines->console(id, {}).error().code == ErrorCode::not_found);
    CHECK(machines->submit_command(id, {"true"}, {}).error().code == ErrorCode::not_found);
  }
}

TEST_CASE("tags are added, changed and removed, up to EC2's number") {
  Machines machines;
  const std::string id = machines.create("web").id;
  REQUIRE(machines->set_tags(id, {{"a", "1"}, {"b", "2"}}, {}).has_value());
  REQUIRE(machines->set_tags(id, {{"b", "3"}, {"c", "größer"}}, {}).has_value());
  REQUIRE(machines->remove_tags(id, {"a", "missing"}, {}).has_value());
  const std::map<std::string, std::string> expected = {{"b", "3"}, {"c", "größer"}};
  CHECK(machines->get(id, {}).value().tags == expected);
  std::map<std::string, std::string> many;
  for (int i = 0; i < 49; ++i) many["t" + std::to_string(i)] = "";
  const Status refused = machines->set_tags(id, many, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "a machine has at most 50 tags");
  CHECK(machines->get(id, {}).value().tags == expected);
}

TEST_CASE("the program that supervises a machine is named when it cannot be written or run") {
  if (::geteuid() == 0) return;  // Nothing keeps root from it.
  Machines machines;
  machines.create("web");
  machines.destroy_all();
  std::filesystem::remove_all(machines.path("runtime"));
  std::filesystem::create_directory(machines.path("runtime"));
  std::filesystem::permissions(machines.path("runtime"), std::filesystem::perms::owner_read);
  const auto refused = machines->create(spec_of("other"), {});
  std::filesystem::permissions(machines.path("runtime"), std::filesystem::perms::owner_all);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK(machines.all().empty());
}
