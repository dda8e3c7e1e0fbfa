#include "fixture.h"

#include <sys/stat.h>

using ::test::Machines;
using ::test::spec_of;
using namespace cloudkit;

// Another user who may write where machines are kept would choose which program runs as this user.
TEST_CASE("nothing is run, read or written below a directory that others may write to") {
  Machines machines;
  const std::string id = machines.create("web").id;
  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  const std::string root = machines.store().directory();
  for (const std::string& place : {root, root + "/instances"}) {
    CAPTURE(place);
    ::chmod(place.c_str(), 0777);
    CHECK(machines->create(spec_of("other"), {}).error().code == ErrorCode::permission_denied);
    CHECK(machines->start(id, {}).error().message == "others may write to " + place);
    CHECK(machines->get(id, {}).error().code == ErrorCode::permission_denied);
    CHECK(machines->list_page({}, {}, {}).error().code == ErrorCode::permission_denied);
    CHECK(machines->submit_command(id, {"true"}, {}).error().code == ErrorCode::permission_denied);
    CHECK(machines->destroy(id, {}).error().code == ErrorCode::permission_denied);
    ::chmod(place.c_str(), 0700);
  }
  ::chmod((root + "/runtime").c_str(), 0770);
  CHECK(machines->start(id, {}).error().message == "others may write to " + root + "/runtime");
  ::chmod((root + "/runtime").c_str(), 0700);
  CHECK(machines->start(id, {}).has_value());
}

TEST_CASE("a program that only looks like the supervisor is not run, but replaced") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string directory = machines.path("runtime");
  const std::string program = std::filesystem::directory_iterator(directory)->path().string();
  const std::string whole = ::test::read_file(program);
  const std::string marker = machines.directory() + "/planted-ran";
  std::string planted = "#!/bin/sh\necho x > " + marker + "\nexit\n";
  planted.resize(whole.size(), '#');

  SUBCASE("of the same size") {
    std::filesystem::remove(program);
    ::test::write_file(program, planted);
    ::chmod(program.c_str(), 0700);
  }
  SUBCASE("behind a symbolic link") {
    std::filesystem::remove(program);
    ::test::write_file(machines.directory() + "/elsewhere", planted);
    ::chmod((machines.directory() + "/elsewhere").c_str(), 0700);
    std::filesystem::create_symlink(machines.directory() + "/elsewhere", program);
  }
  SUBCASE("that others may change") { ::chmod(program.c_str(), 0777); }

  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  REQUIRE(machines->start(id, {}).has_value());
  CHECK(machines.run(id, "echo on").out == "on\n");
  CHECK_FALSE(std::filesystem::exists(marker));
  CHECK(::test::read_file(program) == whole);
  CHECK_FALSE(std::filesystem::is_symlink(program));
  CHECK((std::filesystem::status(program).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms::owner_all);
}
