#include <doctest/doctest.h>

#include "prefixed_machine.h"

#include "core/shell.h"

#include <random>

using namespace cloudkit;
using ::test::Names;
using ::test::report_of;

TEST_CASE("a script makes each step true, says so, and changes nothing when it runs again") {
  const ::test::PrefixedMachine machine;
  CloudInit steps;
  steps.directory({.path = "/srv/www", .mode = 0750})
      .file({.path = "/srv/www/index.html", .content = "<h1>hello</h1>\n"})
      .file({.path = "/etc/app/secret", .content = "x", .mode = 0600})
      .run({.command = "echo once >>\"$CLOUDKIT_PREFIX/count\"", .creates = "/count"});

  const auto first = machine.run(steps);
  CHECK(first.out ==
        "cloudkit: 4 steps\n"
        "changed directory /srv/www\n"
        "changed file /srv/www/index.html\n"
        "changed file /etc/app/secret\n"
        "changed command echo\n"
        "cloudkit: 0 ok, 4 changed, 0 skipped, 0 failed, 0 not run\n");
  CHECK(first.err == "");
  CHECK(first.exit_code == 0);
  CHECK(machine.read("/srv/www/index.html") == "<h1>hello</h1>\n");
  CHECK(machine.mode("/srv/www") == 0750);
  CHECK(machine.mode("/srv/www/index.html") == 0644);
  CHECK(machine.mode("/etc/app/secret") == 0600);

  const auto inode = [&] { return std::filesystem::last_write_time(machine.path("/srv/www/index.html")); };
  const auto before = inode();
  const auto second = machine.run(steps);
  CHECK(report_of(second).ok ==
        Names{"directory /srv/www", "file /srv/www/index.html", "file /etc/app/secret", "command echo"});
  CHECK(report_of(second).changed.empty());
  CHECK(inode() == before);
  CHECK(machine.read("/count") == "once\n");
  CHECK(machine.names("/srv/www") == Names{"index.html"});
}

TEST_CASE("changed contents, modes and what was removed are put right, and nothing else") {
  const ::test::PrefixedMachine machine;
  const auto steps = [](std::string text) {
    return CloudInit().file({.path = "/a", .content = "a"}).file({.path = "/b", .content = std::move(text)});
  };
  REQUIRE(report_of(machine.run(steps("1"))).changed.size() == 2);
  CHECK(report_of(machine.run(steps("2"))).changed == Names{"file /b"});
  CHECK(machine.read("/b") == "2");
  std::filesystem::permissions(machine.path("/a"), std::filesystem::perms::all);
  CHECK(report_of(machine.run(steps("2"))).changed == Names{"file /a"});
  CHECK(machine.mode("/a") == 0644);
  std::filesystem::remove(machine.path("/b"));
  CHECK(report_of(machine.run(steps("2"))).changed == Names{"file /b"});
}

TEST_CASE("a file that is not valid never takes its place, and what follows does not run") {
  const ::test::PrefixedMachine machine;
  machine.program("nginx", R"(
# As the real one: the path is absolute, and its includes lie beside it.
[ "$1 $2" = "-t -c" ] && [ -f "${3%/*}/mime.types" ] || exit 9
echo "$3" >>"$log"
grep -q broken "$3" || exit 0
echo 'nginx: [emerg] unknown directive "broken" in nginx.conf:1' >&2
echo 'nginx: configuration file test failed' >&2
exit 1)");
  machine.write("/etc/nginx/mime.types", "");
  const auto steps = [](std::string text) {
    return CloudInit()
        .file({.path = "/etc/nginx/nginx.conf",
               .content = std::move(text),
               .mode = 0600,
               .backup = true,
               .validate = "nginx -t -c %s"})
        .file({.path = "/after", .content = "x"})
        .run({.command = "touch never", .creates = "/never"});
  };
  REQUIRE(report_of(machine.run(steps("good"))).changed.size() == 3);
  const std::string validated = machine.calls();
  CHECK(validated.starts_with(machine.path("/etc/nginx/.cloudkit-")));
  CHECK(validated.ends_with("-nginx.conf\n"));

  std::filesystem::remove(machine.path("/never"));
  const auto refused = machine.run(steps("broken"));
  CHECK(refused.exit_code == 1);
  CHECK(refused.out ==
        "cloudkit: 3 steps\n"
        "failed file /etc/nginx/nginx.conf: not valid: exit code 1; nginx: [emerg] unknown directive \"broken\" in "
        "nginx.conf:1; "
        "nginx: configuration file test failed\n"
        "cloudkit: 0 ok, 0 changed, 0 skipped, 1 failed, 2 not run\n");
  CHECK(refused.err.find("[emerg]") != std::string::npos);
  CHECK(machine.read("/etc/nginx/nginx.conf") == "good");
  CHECK(machine.names("/etc/nginx") == Names{"mime.types", "nginx.conf"});
  CHECK(!machine.has("/never"));

  // What is there already needs no look.
  machine.calls();
  CHECK(report_of(machine.run(steps("good"))).ok.size() == 2);
  CHECK(machine.calls() == "");
}

TEST_CASE("contents arrive as they are, whatever they are") {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  std::string binary(std::size_t{1} << 20, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * i % 251);
  std::string text;
  while (text.size() < (std::size_t{1} << 20)) text += "it's a \"line\" with $HOME, `date` and \\n %s\n";
  const std::vector<std::string> contents = {
      "",
      "\n",
      "no line end",
      "'",
      "'\\''\n''",
      "$(touch pwned) `touch pwned` ${HOME}\n",
      "\\ \\\\ \\n %s %d\n",
      "trailing spaces  \n\n\n",
      "\tünïcode ☁ \xF0\x9F\x92\xBE\n",
      "not UTF-8: \xFF\xFE\n",
      "\r\n",
      "CLOUDKIT_END\n",
      "main\nfinish\n}\n",
      "#!/bin/sh\nexit 1\n",
      every_byte,
      binary,
      text,
  };
  for (const std::string shell : {"sh", "bash", "busybox sh"}) {
    const ::test::PrefixedMachine machine;
    CloudInit steps;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      steps.file({.path = "/f" + std::to_string(i), .content = contents[i]});
    }
    const auto run = machine.run(steps, shell);
    CHECK(report_of(run).changed.size() == contents.size());
    for (std::size_t i = 0; i < contents.size(); ++i) {
      CHECK_MESSAGE(machine.read("/f" + std::to_string(i)) == contents[i], shell << i);
    }
    CHECK(!machine.has("/pwned"));
    CHECK(report_of(machine.run(steps, shell)).ok.size() == contents.size());
  }
}

TEST_CASE("a quoted word is itself to every shell, whatever is in it") {
  // Any byte but NUL; half of them those that shells care about, and what dash uses itself to mark quotes (0x81, 0x88).
  constexpr std::string_view kOdd = "'\"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-\x81\x82\x83\x84\x85\x86\x87\x88\x01\x7F\xFF";
  std::minstd_rand random(26);
  std::vector<std::string> words = {"", "'", "''", "\n", "a\n", "-n", "\\", "$(exit 9)", "a=b", "~", "*", "!!"};
  for (int i = 0; i < 2000; ++i) {
    std::string word(1 + random() % 40, '\0');
    for (char& c : word) c = random() % 2 != 0 ? kOdd[random() % kOdd.size()] : static_cast<char>(1 + random() % 255);
    words.push_back(word);
  }
  std::string script, expected;
  for (const std::string& word : words) {
    script += "printf '%s\\0' " + core::shell_word(word) + "\n";
    expected += word + '\0';
  }
  const ::test::PrefixedMachine machine;
  for (const std::string shell : {"sh", "bash", "busybox sh"}) {
    const auto run = machine.run_script(script, shell);
    CHECK_MESSAGE(run.out == expected, shell);
    CHECK(run.err == "");
  }
}

TEST_CASE("hostile paths, commands and names mean themselves") {
  const ::test::PrefixedMachine machine;
  const std::string path = "/a b/'quote' \"double\" $HOME `id` \\ *?[x] & ; | <>\xC3\xA4";
  CloudInit steps;
  steps.file({.path = path, .content = "x", .validate = "test -f %s"})
      .directory({.path = "/-rf"})
      .run({.command = "printf '%s' \"it's $((6 * 7))\" >\"$CLOUDKIT_PREFIX/answer\"",
            .name = "the 'answer' $(touch pwned)",
            .unless = "grep -q 42 answer"});
  const auto run = machine.run(steps);
  CHECK(report_of(run).changed == Names{"file " + path, "directory /-rf", "command the 'answer' $(touch pwned)"});
  CHECK(machine.read(path) == "x");
  CHECK(machine.read("/answer") == "it's 42");
  CHECK(!machine.has("/pwned"));
  CHECK(report_of(machine.run(steps)).ok.size() == 3);
}

TEST_CASE("commands: guards, checks, failures, and what they may not read") {
  const ::test::PrefixedMachine machine;
  const auto run = [&](CommandStep step) { return machine.run(CloudInit().run(std::move(step))); };
  CHECK(report_of(run({.command = "true"})).changed == Names{"command true"});
  CHECK(report_of(run({.command = "true", .only_checks = true})).ok == Names{"command true"});
  CHECK(report_of(run({.command = "exit 1", .unless = "true"})).ok == Names{"command exit"});
  CHECK(report_of(run({.command = "true", .unless = "exit 3"})).changed.size() == 1);
  CHECK(report_of(run({.command = "exit 1", .creates = "/var"})).ok.size() == 1);
  CHECK(report_of(run({.command = "cat && touch read-all", .creates = "/read-all"})).changed.size() == 1);
  CHECK(report_of(run({.command = "[ -n \"$HOME\" ] && [ \"$PWD\" = \"$CLOUDKIT_PREFIX\" ]"})).changed.size() == 1);

  const auto failed = run({.command = "echo out; echo \"tab\tand \xC3\xA4\" >&2; exit 7", .name = "seven"});
  REQUIRE(report_of(failed).failed.size() == 1);
  CHECK(report_of(failed).failed[0] == StepProblem{"command seven", "exit code 7; out; tab?and ??"});
  // Shown so that nobody takes it for a line of the report.
  CHECK(failed.err.find("| out\n| tab") != std::string::npos);
  const auto looks_so = run({.command = "echo cloudkit: 9 steps; echo ok command x; exit 1"});
  const auto both = parse_report(looks_so.out.substr(0, looks_so.out.rfind("cloudkit:")) + looks_so.err +
                                 looks_so.out.substr(looks_so.out.rfind("cloudkit:")));
  REQUIRE(both);
  CHECK(both->ok.empty());
  CHECK(report_of(run({.command = "exit 4", .name = "silent"})).failed[0].message == "exit code 4");
  CHECK(report_of(run({.command = "kill -9 $$", .name = "killed"})).failed[0].message.starts_with("exit code 137"));
  CHECK(report_of(run({.command = "if", .name = "no shell"})).failed[0].message.find("yntax error") !=
        std::string::npos);
}

TEST_CASE("what commands are stands in no list of processes") {
  const ::test::PrefixedMachine machine;
  const auto steps = CloudInit()
                         .run({.command = ": cktest-argument-1; tr '\\0' ' ' </proc/$$/cmdline >shown",
                               .unless = ": cktest-argument-2; tr '\\0' ' ' </proc/$$/cmdline >shown-too; false"})
                         .file({.path = "/a",
                                .content = "x",
                                .validate = ": cktest-argument-3; test -f %s && "
                                            "tr '\\0' ' ' </proc/$$/cmdline >third"});
  CHECK(report_of(machine.run(steps)).changed.size() == 2);
  for (const char* file : {"/shown", "/shown-too", "/third"}) {
    CHECK(machine.read(file).find("/command") != std::string::npos);
    CHECK(machine.read(file).find("cktest") == std::string::npos);
  }
}

TEST_CASE("in a command that validates, two percent signs are one") {
  const ::test::PrefixedMachine machine;
  const auto steps =
      CloudInit().file({.path = "/a",
                        .content = "x",
                        .validate = "test -f %s && [ \"$(date -d @0 -u +%%Y%%%%)\" = 1970% ] && printf %d 1"});
  const auto run = machine.run(steps);
  CHECK_MESSAGE(report_of(run).changed.size() == 1, run.out);
}
