#include "tools/program.h"
#include "tools/terminal.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithNames : Program {
  WithNames() {
    write("bucket/logs/alpha.gz", "");
    write("bucket/logs/be ta.gz", "");
    write("bucket/logs/it's", "");
    write("work/photo one.jpg", "");
    write("work/photos/a", "");
    fs::create_directory(path("bin"));
    fs::create_symlink(CLOUDKIT_PROGRAM, path("bin/cloudkit"));
  }
  /// What the scripts ask, up to the cursor; the answer's lines.
  std::string ask(const std::string& line, const std::string& text = {}, const std::string& after = {}) {
    return run({"__complete", "bash", text, "cloudkit " + line, after}).out;
  }
  Terminal shell(const Words& words) const {
    const std::string search_path = path("bin") + ":/usr/local/bin:/usr/bin:/bin";
    return {words,
            {"HOME=" + home(), "PATH=" + search_path, "TERM=dumb", "PS1=ready> ", "INPUTRC=/dev/null",
             "HISTFILE=", "AWS_EC2_METADATA_DISABLED=true", "LC_ALL=C.UTF-8"},
            path("work")};
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithNames, "commands, options, and values of enumerations") {
  CHECK(ask("fn ").rfind("deploy\ninvoke\n", 0) == 0);
  CHECK(ask("res", "res") == "restore\n");
  CHECK(ask("help patt", "patt") == "patterns\n");
  CHECK(ask("presign --m", "--m") == "--method\n");
  CHECK(ask("presign --resp", "--resp") == "--response-type\n--response-disposition\n");
  CHECK(ask("presign --method ") == "GET\nPUT\nHEAD\nDELETE\n");
  CHECK(ask("presign --method=P", "P") == "PUT\n");
  CHECK(ask("cp --json --js", "--js").empty());                      // Given already.
  CHECK(ask("sync --exclude a --excl", "--excl") == "--exclude\n");  // May be given again.
  CHECK(ask("--log de", "de") == "debug\n");
  CHECK(ask("completion ") == "bash\nzsh\n");
  CHECK(contains(ask("fn list --on "), "local:///\n"));
}

TEST_CASE_FIXTURE(WithNames, "every command of the help is offered, with every option of its own") {
  const auto commands = run({"__complete", "zsh", "", ""}).out;
  std::istringstream lines(commands);
  int seen = 0;
  for (std::string line; std::getline(lines, line); ++seen) {
    const std::string name = line.substr(6, line.find('\t', 6) - 6);
    const auto help = run({name, "--help"}).out;
    std::istringstream options(run({"__complete", "zsh", "--", "", name}).out);
    for (std::string option; std::getline(options, option);) {
      CHECK(contains(help, option.substr(6, option.find('\t', 6) - 6)));
    }
  }
  CHECK(seen >= 20);
}

TEST_CASE_FIXTURE(WithNames, "URLs as the store names them, in the words that the shell replaces") {
  const std::string logs = url("bucket/logs/");
  const std::string behind_colon = logs.substr(5);
  CHECK(ask("ls fi", "fi") == "\tnospace\nfile:///\n");
  CHECK(ask("ls " + url("bucket/lo"), url("bucket/lo").substr(5)) == "\tnospace\n" + behind_colon + "\n");
  CHECK(ask("cat " + logs, behind_colon) ==
        behind_colon + "alpha.gz\n" + behind_colon + "be%20ta.gz\n" + behind_colon + "it\\'s\n");
  CHECK(ask("cat '" + logs + "i", logs + "i") == logs + "it'\\''s\n");
  CHECK(ask("cp " + path("bucket") + " " + logs + "be%20", behind_colon + "be%20") == behind_colon + "be%20ta.gz\n");
  CHECK(ask("ls " + url("nothing/at/all/"), "").empty());
  CHECK(ask("ls s3://b", "//b").empty());  // No credentials: silent.
  CHECK(ask("ls mem://nothing/", "//nothing/").empty());
  CHECK(ask("cp phot", "phot") == "photo\\ one.jpg\nphotos/\n");
  CHECK(ask("prune ", "") == "\tnospace\nphotos/\n");
}

TEST_CASE_FIXTURE(WithNames, "what was typed keeps its spelling, and what is added to it is a URL") {
  for (const char* name : {"a", "a b", "a%", "ä 1"}) write(std::string("bucket/odd/") + name, "");
  const std::string odd = url("bucket/odd/");
  const auto offered = [&](const std::string& word) { return ask("rm '" + odd + word, odd + word); };
  CHECK(offered("a ") == odd + "a b\n");
  CHECK(offered("a%20") == odd + "a%20b\n");
  CHECK(offered("%61%20") == odd + "%61%20b\n");
  CHECK(offered("%61") == odd + "%61\n" + odd + "%61%20b\n" + odd + "%61%25\n");
  CHECK(offered("ä") == odd + "ä%201\n");
  CHECK(offered("%C3%A4 ") == odd + "%C3%A4 1\n");
  CHECK(offered("%6").empty());
  CHECK(ask("ls '" + url("bucket/%6Fd"), url("bucket/%6Fd")) ==
        "\tnospace\n" + url("bucket/%6Fd") + "d/\n" + url("bucket/%6Fd") + "d/...\n");
}

TEST_CASE_FIXTURE(WithNames, "no name is offered that the shell would not take as it is") {
  const Words hostile{"m!!x",
                      "m$(touch evil)",
                      "m`touch evil`",
                      "m;touch evil",
                      "m\ntouch evil",
                      "m\xc2\x9b"
                      "2J"};
  for (const std::string& name : hostile) write("work/h/" + name, "");
  const auto offered = [&](const std::string& word) { return ask("stat " + word, word); };
  const std::string found = offered("./h/m");
  CHECK(std::count(found.begin(), found.end(), '\n') == 4);
  for (const char* name : {"m\\!\\!x", "m\\$\\(touch\\ evil\\)", "m\\;touch\\ evil", "m\\`touch\\ evil\\`"}) {
    CHECK(contains(found, "./h/" + std::string(name) + "\n"));
  }
  CHECK_FALSE(contains(offered("\"./h/m"), "!"));
  CHECK(contains(offered("\"./h/m"), "\"./h/m\\$(touch evil)\n"));
  // What stands before the cursor is no name yet: the shell makes one of it.
  CHECK(offered("\"./h/m$(").empty());
  CHECK(offered("./h/$'").empty());
  CHECK(offered("./h/m!").empty());
}

TEST_CASE_FIXTURE(WithNames, "of many names some are offered, and that there are more") {
  for (int i = 0; i < 300; ++i) write("bucket/many/n" + std::to_string(1000 + i), "");
  const auto offered = ask("ls " + url("bucket/many/"), url("bucket/many/").substr(5));
  CHECK(std::count(offered.begin(), offered.end(), '\n') == 201);
  // Without it the shell would take n11 for what all have in common with n1000 to n1199.
  CHECK(contains(offered, "\n" + url("bucket/many/").substr(5) + "\n"));
}

TEST_CASE_FIXTURE(Program, "no option of a command has the name of one that all commands have") {
  const auto first_words = [](const std::string& answer) {
    Words found;
    std::istringstream lines(answer);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t begin = line.find('\t') + 1;
      found.push_back(line.substr(begin, line.find('\t', begin) - begin));
    }
    return found;
  };
  const auto asked = [&](const std::string& word, Words before) {
    before.insert(before.begin(), {"__complete", "zsh", word, ""});
    return first_words(run(before).out);
  };
  int commands = 0;
  for (const std::string& name : asked("", {})) {
    std::vector<Words> paths{{name}};
    for (const char* group : {"fn", "vm", "stack"}) {
      if (name != group) continue;
      for (const std::string& below : asked("", {name})) paths.push_back({name, below});
    }
    for (const Words& words : paths) {
      CAPTURE(words.back());
      Words options = asked("--", words);
      ++commands;
      CHECK(options.size() > 2);
      std::sort(options.begin(), options.end());
      CHECK(std::adjacent_find(options.begin(), options.end()) == options.end());
    }
  }
  CHECK(commands > 20);
}

TEST_CASE_FIXTURE(WithNames, "what is no question has no answer") {
  CHECK(run({"__complete"}).exit_code == 2);
  CHECK(run({"__complete", "fish", "x"}).exit_code == 2);
  CHECK(ask("bogus ").empty());
  CHECK(ask("fn bogus --js", "--js") == "--json\n");
  CHECK(ask("ls 'unclosed \\", "x").empty());
  CHECK(run({"__complete", "bash", "x", "", ""}).out.empty());
}

TEST_CASE_FIXTURE(WithNames, "a real bash completes a command that then runs") {
  Terminal bash = shell({"/bin/bash", "--norc", "--noprofile", "-i"});
  REQUIRE(bash.shows("ready> "));
  bash.type("source <(cloudkit completion bash); echo source''d\n");
  REQUIRE(bash.shows("sourced"));
  fs::create_directory_symlink(path("bin"), home() + "/mine");
  bash.type("~/mine/cloudkit vers\t\n");
  CHECK(bash.shows("libcurl "));
  bash.type("cloudkit stat\t");
  CHECK(bash.shows("cloudkit stat "));
  bash.type(url("bucket/lo") + "\t");
  CHECK(bash.shows("bucket/logs/"));
  bash.type("be\t\n");
  CHECK(bash.shows("bucket/logs/be%20ta.gz\r\nsize"));
  bash.type("cloudkit rm --dry-run '" + url("bucket/logs/al") + "\t\n");
  CHECK(bash.shows("would remove " + url("bucket/logs/alpha.gz")));
  bash.type("cloudkit cp --dr\tphoto\\ \t" + url("bucket/") + "\n");
  CHECK_MESSAGE(bash.shows("would copy photo one.jpg -> "), bash.screen());
  bash.type("cloudkit cp --dr\t~/buck\tlo\tal\t " + url("bucket/") + "\n");
  CHECK_MESSAGE(bash.shows("would copy " + path("bucket/logs/alpha.gz")), bash.screen());
}

TEST_CASE_FIXTURE(WithNames, "a real bash runs nothing that a name asks for") {
  write("work/m!!x", "");
  Terminal bash = shell({"/bin/bash", "--norc", "--noprofile", "-i"});
  REQUIRE(bash.shows("ready> "));
  bash.type("source <(cloudkit completion bash); echo source''d\n");
  REQUIRE(bash.shows("sourced"));
  const std::pair<const char*, const char*> quotes[] = {{"\"", "\""}, {"", ""}, {"'", ""}};
  for (const auto& [before, behind] : quotes) {
    bash.type("echo '$(touch evil)'\n");
    REQUIRE(bash.shows("\n$(touch evil)"));
    bash.type(std::string("cloudkit stat ") + before + "./m\t" + behind + "; echo do''ne\n");
    REQUIRE_MESSAGE(bash.shows("\ndone"), bash.screen());
    CHECK_FALSE(fs::exists(path("work/evil")));
  }
}

TEST_CASE_FIXTURE(WithNames, "a real zsh completes a command that then runs") {
  const std::string program = fs::exists("/usr/bin/zsh") ? "/usr/bin/zsh" : "/bin/zsh";
  if (!fs::exists(program)) {
    std::puts("skipped: completion in zsh: there is none");
    return;
  }
  Terminal zsh = shell({program, "-f", "-i"});
  zsh.type(
      "PS1='ready'; PS1=\"$PS1> \"; autoload -U compinit; compinit -u -D; source <(cloudkit completion zsh); "
      "echo source''d\n");
  REQUIRE(zsh.shows("sourced"));
  REQUIRE(zsh.shows("ready> "));
  zsh.type("cloudkit stat\t");
  CHECK(zsh.shows("stat "));
  zsh.type(url("bucket/lo") + "\t");
  CHECK_MESSAGE(zsh.shows("logs/"), zsh.screen());
  zsh.type("be\t\n");
  CHECK_MESSAGE(zsh.shows(url("bucket/logs/be%20ta.gz")), zsh.screen());
  zsh.type("cloudkit cp --dr\tphoto\\ \t" + url("bucket/") + "\n");
  CHECK_MESSAGE(zsh.shows("would copy photo one.jpg -> "), zsh.screen());
  zsh.type("cloudkit cp --dr\t~/buck\tlo\tal\t " + url("bucket/") + "\n");
  CHECK_MESSAGE(zsh.shows("would copy " + path("bucket/logs/alpha.gz")), zsh.screen());
}
