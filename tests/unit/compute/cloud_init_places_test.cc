#include <doctest/doctest.h>

#include "prefixed_machine.h"
#include "support/contains.h"
#include "swapping_user.h"

#include <unistd.h>

// Where files and directories go: links, owners, prefixes, backups.

using namespace cloudkit;
using ::test::Names;
using ::test::report_of;

TEST_CASE("a backup is kept of what a file said before, not of what it says") {
  const ::test::PrefixedMachine machine;
  machine.write("/etc/motd", "old");
  const auto steps = [](std::string text, int mode = 0644) {
    return CloudInit().file({.path = "/etc/motd", .content = std::move(text), .mode = mode, .backup = true});
  };
  CHECK(report_of(machine.run(steps("new"))).changed.size() == 1);
  auto names = machine.names("/etc");
  REQUIRE(names.size() == 2);
  CHECK(names[1] == "motd");
  // Nothing reads it that reads all of a directory, such as sites-enabled/*.
  CHECK(names[0].starts_with(".motd.20"));
  CHECK(names[0].ends_with(".bak"));
  CHECK(machine.read("/etc/" + names[0]) == "old");
  CHECK(machine.read("/etc/motd") == "new");
  CHECK(report_of(machine.run(steps("new", 0600))).changed.size() == 1);
  CHECK(machine.names("/etc").size() == 2);
  CHECK(report_of(machine.run(steps("newer"))).changed.size() == 1);
  CHECK(machine.names("/etc").size() == 3);
}

TEST_CASE("the last ten backups are kept, of this file only") {
  const ::test::PrefixedMachine machine;
  for (int i = 10; i < 22; ++i) machine.write("/etc/.a b.202601" + std::to_string(i) + "T000000Z-1.bak", "");
  machine.write("/etc/.a b.c.20260101T000000Z-1.bak", "");
  machine.write("/etc/a b", "old");
  CHECK(report_of(machine.run(CloudInit().file({.path = "/etc/a b", .content = "x", .backup = true}))).failed.empty());
  const auto names = machine.names("/etc");
  REQUIRE(names.size() == 12);
  CHECK(names[0] == ".a b.20260113T000000Z-1.bak");
  CHECK(names[10] == ".a b.c.20260101T000000Z-1.bak");
}

TEST_CASE("what stands in the way is left as it is") {
  const ::test::PrefixedMachine machine;
  machine.write("/dir/inside", "x");
  machine.write("/plain", "x");
  CHECK(report_of(machine.run(CloudInit().file({.path = "/dir", .content = "x"}))).failed[0].message ==
        "a directory is there");
  CHECK(report_of(machine.run(CloudInit().directory({.path = "/plain"}))).failed.size() == 1);
  CHECK(report_of(machine.run(CloudInit().file({.path = "/plain/below", .content = "x"}))).failed.size() == 1);
  CHECK(machine.read("/plain") == "x");
  CHECK(machine.read("/dir/inside") == "x");
}

TEST_CASE("a symbolic link is replaced, and where it leads is left alone; a directory may be one") {
  const ::test::PrefixedMachine machine;
  machine.write("/target", "theirs");
  machine.write("/data/x", "");
  std::filesystem::create_symlink(machine.path("/target"), machine.path("/link"));
  std::filesystem::create_symlink(machine.path("/data"), machine.path("/linked"));
  const auto steps = CloudInit().file({.path = "/link", .content = "theirs"}).directory({.path = "/linked"});
  CHECK(report_of(machine.run(steps)).changed == Names{"file /link"});
  CHECK(!std::filesystem::is_symlink(machine.path("/link")));
  CHECK(std::filesystem::is_symlink(machine.path("/linked")));
  CHECK(machine.read("/target") == "theirs");
  CHECK(report_of(machine.run(steps)).ok.size() == 2);
}

TEST_CASE("a link to a directory is no directory to put a file into") {
  for (const std::string shell : {"sh", "busybox sh"}) {
    const ::test::PrefixedMachine machine;
    machine.write("/data/x", "");
    std::filesystem::create_directory_symlink(machine.path("/data"), machine.path("/link"));
    const auto steps = CloudInit().file({.path = "/link", .content = "mine"});
    CHECK(report_of(machine.run(steps, shell)).changed.size() == 1);
    CHECK(machine.names("/data") == Names{"x"});
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(machine.path("/link"))));
    CHECK(report_of(machine.run(steps, shell)).ok.size() == 1);
  }
}

TEST_CASE("no link leads out of a prefix") {
  const ::test::PrefixedMachine machine;
  const ::test::TemporaryDirectory outside;
  std::filesystem::create_directory_symlink(outside.path(), machine.path("/out"));
  std::filesystem::create_directory_symlink("/nonexistent", machine.path("/nowhere"));
  const auto failure = [&](MachineStep step) {
    const auto failed = report_of(machine.run(CloudInit({std::move(step)}))).failed;
    REQUIRE(failed.size() == 1);
    return failed[0].message;
  };
  CHECK(failure(FileStep{.path = "/out/a", .content = "x"}) == "the link /out leads out of the prefix");
  CHECK(failure(FileStep{.path = "/out/b/c", .content = "x"}) == "the link /out leads out of the prefix");
  CHECK(failure(DirectoryStep{.path = "/out/d"}) == "the link /out leads out of the prefix");
  CHECK(failure(DirectoryStep{.path = "/out"}) == "the link /out leads out of the prefix");
  CHECK(failure(DirectoryStep{.path = "/nowhere/d"}) == "the link /nowhere leads out of the prefix");
  CHECK(std::filesystem::is_empty(outside.path()));
  // A link is replaced, wherever it leads.
  CHECK(report_of(machine.run(CloudInit().file({.path = "/out", .content = "x"}))).changed.size() == 1);
}

TEST_CASE("the script's own programs never come from below a prefix; those of its commands do") {
  const ::test::PrefixedMachine machine;
  for (const char* name : {"mv", "sh", "cmp", "find", "chmod", "env"}) machine.program(name, "exit 9");
  machine.program("app", "echo app >>\"$log\"");
  const auto steps =
      CloudInit().directory({.path = "/d"}).file({.path = "/d/a", .content = "x"}).run({.command = "app"});
  CHECK(report_of(machine.run(steps)).changed.size() == 3);
  CHECK(machine.calls() == "app\n");
}

TEST_CASE("below a directory that hands on its group, modes are what they are to be") {
  const ::test::PrefixedMachine machine;
  machine.write("/srv/x", "");
  std::filesystem::permissions(machine.path("/srv"), std::filesystem::perms::set_gid,
                               std::filesystem::perm_options::add);
  const auto steps = CloudInit().directory({.path = "/srv/a"}).directory({.path = "/srv/b", .mode = 02750});
  for (const std::string shell : {"sh", "busybox sh"}) {
    CHECK(report_of(machine.run(steps, shell)).failed.empty());
    CHECK(machine.mode("/srv/a") == 0755);
    CHECK(machine.mode("/srv/b") == 02750);
    CHECK(report_of(machine.run(steps, shell)).ok.size() == 2);
  }
}

TEST_CASE("where others may swap what is written, a file is made aside, and their links are not followed") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can make what belongs to others");
    return;
  }
  const ::test::PrefixedMachine machine;
  machine.write("/home/ada/x", "");
  machine.write("/shared/x", "");
  REQUIRE(::chown(machine.path("/home/ada").c_str(), 12345, 12345) == 0);
  std::filesystem::permissions(machine.path("/shared"), std::filesystem::perms::all);
  const auto is_aside = "case %s in " + machine.path("/var/lib/cloudkit/") + "*-a.conf) ;; *) exit 1 ;; esac";
  // Whose is above counts, too.
  for (const std::string directory : {"/home/ada", "/home/ada/of/root", "/shared"}) {
    const auto steps = CloudInit().file({.path = directory + "/a.conf", .content = "x", .validate = is_aside});
    CHECK(report_of(machine.run(steps)).changed.size() == 1);
    CHECK(machine.read(directory + "/a.conf") == "x");
    CHECK(report_of(machine.run(steps)).ok.size() == 1);
  }
  CHECK(machine.names("/var/lib/cloudkit") == Names{"lock"});
  machine.write("/etc/x", "");
  std::filesystem::create_directory_symlink(machine.path("/etc"), machine.path("/home/ada/conf"));
  REQUIRE(::lchown(machine.path("/home/ada/conf").c_str(), 12345, 12345) == 0);
  const auto failed = report_of(machine.run(CloudInit().file({.path = "/home/ada/conf/a", .content = "x"}))).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "the link /home/ada/conf is another user's");
  CHECK(report_of(machine.run(CloudInit().directory({.path = "/home/ada/conf"}))).failed.size() == 1);
  CHECK(machine.names("/etc") == Names{"x"});
}

TEST_CASE("a directory that another user makes a link of, just before it is used, leads nowhere") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can make what belongs to others");
    return;
  }
  const auto directory = CloudInit().directory({.path = "/home/ada/d", .mode = 0700});
  const auto file = CloudInit().file({.path = "/home/ada/d/a.conf", .content = "new", .backup = true});
  for (const std::string shell : {"sh", "busybox sh", "bash"}) {
    {
      const test::SwappingUser ada("chmod", "swap");
      CHECK(report_of(ada.run(directory, shell)).changed.size() == 1);
      CHECK(ada.machine.mode("/home/ada/away") == 0700);
      CHECK(ada.machine.mode("/etc") == 0755);
    }
    {
      const test::SwappingUser ada("mkdir", "mkdir \"$@\" && swap; exit");
      const auto failed = report_of(ada.run(directory, shell)).failed;
      REQUIRE(failed.size() == 1);
      CHECK(test::contains(failed[0].message, "d on the way to "));
      CHECK(test::contains(failed[0].message, " has become a link"));
      CHECK(ada.machine.mode("/etc") == 0755);
    }
    {
      const test::SwappingUser ada("mv", "swap");
      CHECK(report_of(ada.run(file, shell)).changed.size() == 1);
      CHECK(ada.machine.read("/home/ada/away/a.conf") == "new");
      CHECK(ada.machine.names("/etc") == Names{"passwd"});
    }
    {
      const test::SwappingUser ada("ln", "for name; do :; done; /bin/ln -s \"$root/etc/passwd\" \"$name\"");
      ada.machine.write("/home/ada/d/a.conf", "old");
      CHECK(report_of(ada.run(file, shell)).changed.size() == 1);
      CHECK(ada.machine.read("/etc/passwd") == "root");
      const auto names = ada.machine.names("/home/ada/d");
      REQUIRE(names.size() == 2);
      CHECK_FALSE(std::filesystem::is_symlink(ada.machine.path("/home/ada/d/" + names[0])));
      CHECK(ada.machine.read("/home/ada/d/" + names[0]) == "old");
    }
  }
}

TEST_CASE("a file has the label of its place, where there are labels") {
  const ::test::PrefixedMachine machine;
  machine.program("restorecon", "echo \"$@\" >>\"$log\"");
  const auto steps = CloudInit().directory({.path = "/d"}).file({.path = "/d/a", .content = "x"});
  report_of(machine.run(steps));
  CHECK(machine.calls() == "-- " + machine.path("/d") + "\n-- " + machine.path("/d/a") + "\n");
  report_of(machine.run(steps));
  CHECK(machine.calls() == "");
}

TEST_CASE("below a prefix nobody needs to exist: owners are left out") {
  const ::test::PrefixedMachine machine;
  const auto steps = CloudInit()
                         .directory({.path = "/srv", .owner = "nobody-here"})
                         .file({.path = "/srv/page", .content = "x", .owner = "nobody-here", .group = "no-group"});
  CHECK(report_of(machine.run(steps)).changed.size() == 2);
  CHECK(report_of(machine.run(steps)).ok.size() == 2);
}
