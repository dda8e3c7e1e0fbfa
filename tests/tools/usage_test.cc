#include "tools/program.h"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace test;

TEST_CASE_FIXTURE(Program, "help names every command and what exit codes mean") {
  const auto outcome = run({"--help"});
  CHECK(outcome.exit_code == 0);
  for (const char* word : {"ls", "cp", "mv", "cat", "completion", "help", "rm", "mb", "rb", "uploads", "stat",
                           "presign", "doctor", "probe", "version", "--json", "--log",
                           "Exit codes: 0 done, 1 failed or partly failed, 2 wrong usage, 3 not found"}) {
    CAPTURE(word);
    CHECK(contains(outcome.out, word));
  }
}

TEST_CASE_FIXTURE(Program, "help of a command has its arguments and examples") {
  const auto outcome = run({"cp", "--help"});
  CHECK(outcome.exit_code == 0);
  for (const char* word :
       {"FROM", "TO", "--if-absent", "--dry-run", "Examples:", "cloudkit cp -r photos s3://album/2026"}) {
    CAPTURE(word);
    CHECK(contains(outcome.out, word));
  }
}

TEST_CASE_FIXTURE(Program, "help is as wide as it may be, and says the same by every way") {
  const auto lines_within = [](const std::string& text, std::size_t width) {
    // Examples are to be copied, and stay as they are.
    std::istringstream lines(text.substr(0, text.find("\nExamples:")));
    for (std::string line; std::getline(lines, line);) {
      if (line.size() > width) return false;
    }
    return true;
  };
  const auto narrow = run({"cp", "--help"});
  CHECK(lines_within(narrow.out, 80));
  CHECK(contains(narrow.out, "Usage: cloudkit cp [OPTION]... FROM... TO\n"));
  CHECK(contains(narrow.out, "  -j, --jobs N              transfers at once, with -r and patterns (default: 8)\n"));
  CHECK(run({"help", "cp"}).out == narrow.out);
  set("COLUMNS=60");
  CHECK(lines_within(run({"cp", "--help"}).out, 60));
  for (const char* url : {"s3://BUCKET/KEY", "gs://BUCKET/KEY", "az://CONTAINER/KEY"}) {
    CHECK(contains(run({"help", "urls"}).out, url));
  }
  for (const char* key : {"region=", "profile", "endpoint", "fips", "dual_stack", "schedules"}) {
    CHECK(contains(run({"help", "urls"}).out, key));
  }
  CHECK(contains(run({"help", "patterns"}).out, "%2A"));
  CHECK(run({"help"}).out == run({"--help"}).out);
  CHECK(run({"--version"}).out.rfind("cloudkit 0.", 0) == 0);
}

TEST_CASE_FIXTURE(Program, "words that make no call") {
  struct {
    Words words;
    const char* error;
  } const cases[] = {
      {{}, "invalid_argument: no command was given\n  hint: see: cloudkit --help\n"},
      {{"bogus"}, "invalid_argument: there is no command \"bogus\"\n  hint: see: cloudkit --help\n"},
      {{"ls"}, "invalid_argument: URL is required\n  hint: see: cloudkit ls --help\n"},
      {{"ls", "mem://a", "--bogus"},
       "invalid_argument: The following argument was not expected: --bogus\n  hint: see: cloudkit ls --help\n"},
      {{"ls", "mem://a", "--log"}, "--log: 1 required LEVEL missing\n"},
      {{"lss"},
       "invalid_argument: there is no command \"lss\"\n  hint: did you mean cloudkit ls? see: cloudkit --help\n"},
      {{"fn", "delpoy"}, "\n  hint: did you mean cloudkit fn deploy? see: cloudkit fn --help\n"},
      {{"cp", "a", "b", "--if-absnt"}, "\n  hint: did you mean --if-absent? see: cloudkit cp --help\n"},
      {{"help", "urlz"}, "there is no help on \"urlz\"\n  hint: did you mean urls? see: cloudkit --help\n"},
      {{"help", "fn", "bogus"}, "there is no help on \"bogus\"\n  hint: see: cloudkit fn --help\n"},
      {{"completion", "fish"}, "invalid_argument: SHELL fish is not known\n  hint: known are: bash, zsh\n"},
      {{"cp", "a", "--json"}, "\"message\":\"TO is required\""},
      {{"cp", "a", "b", "mem://x/y"}, "cp a: invalid_argument: mem://x/y is no directory\n  hint: end it with / "},
      {{"cp", "d/a", "a", "mem://x/"}, "cp d/a: invalid_argument: two of them are called a\n"},
      {{"cp", "-r", "a", "b", "mem://x/"},
       "cp a: invalid_argument: -r takes one FROM\n  hint: a pattern names several\n"},
      {{"mv", "-", "mem://x/a"},
       "mv -: invalid_argument: - cannot be moved\n  hint: cloudkit cp copies from and to it\n"},
      {{"ls", "mem://x/a[*"}, "open mem://x/a[*: invalid_argument: the pattern \"/a[*\" has a [ without its ]\n"},
      {{"ls", "reports"},
       "open reports: invalid_argument: it is not a URL\n"
       "  hint: write s3://reports for a bucket, or ./reports for a file here\n"},
      {{"ls", "ftp://reports"}, "open ftp://reports: invalid_argument: unknown scheme \"ftp\"\n  hint: known are: "},
      {{"ls", "s3://reports?regio=x"}, "open s3://reports: invalid_argument: unknown query key \"regio\" for s3://\n"},
      {{"--log", "loud", "version"},
       "invalid_argument: --log loud is not known\n  hint: known are: trace, debug, info, warn, error, off\n"},
      {{"cp", "a", "b"},
       "cp a: invalid_argument: neither FROM nor TO is a URL\n"
       "  hint: write s3://BUCKET/KEY, or use cp(1) between files\n"},
      {{"cp", "-r", "-", "mem://a"}, "cp -: invalid_argument: - is one stream, no tree\n"},
      {{"cp", "-", "mem://a/"},
       "cp -: invalid_argument: mem://a/ names no object\n  hint: standard input has no name\n"},
      {{"cp", "a", "s3://"}, "cp a: invalid_argument: s3:// names no bucket\n"},
      {{"cp", "mem://a", "b"},
       "cp mem://a: invalid_argument: it names a bucket or a prefix\n  hint: -r copies what is below it\n"},
      {{"cp", "/", "mem://a"}, "cp /: invalid_argument: it is a directory\n  hint: -r copies what is below it\n"},
      {{"cp", "--jobs", "0", "a", "mem://a"}, "cp a: invalid_argument: --jobs must be from 1 to 256\n"},
      {{"cp", "-j", "-4", "a", "mem://a"}, "invalid_argument: --jobs -4 is negative\n"},
      {{"cat", "mem://a/b/"}, "cat mem://a/b/: invalid_argument: it names no object\n"},
      {{"cat", "--range", "9-5", "mem://a/b"}, "invalid_argument: --range 9-5 is no range of bytes\n"},
      {{"rm", "mem://a/b/"},
       "rm mem://a/b/: invalid_argument: it names a bucket or a prefix\n  hint: -r removes what is below it\n"},
      {{"rm", "mem://a"}, "rm mem://a: invalid_argument: it names a bucket or a prefix\n"},
      {{"mb", "mem://a/b"},
       "open mem://a/b: invalid_argument: it names something in a bucket\n  hint: write mem://BUCKET\n"},
      {{"rb", "s3://"}, "open s3://: invalid_argument: it names no bucket\n  hint: write s3://BUCKET\n"},
      {{"stat", "s3://"}, "stat s3://: invalid_argument: it names no bucket\n"},
      {{"presign", "--expires", "soon", "s3://a/b"},
       "invalid_argument: --expires soon is no time\n  hint: write a number"},
      {{"presign", "--method", "POST", "s3://a/b"},
       "invalid_argument: --method POST is not known\n  hint: known are: GET, PUT, HEAD, DELETE\n"},
      {{"presign", "--method", "PUT", "--response-type", "a/b", "s3://reports/b"},
       "presign s3://reports/b: invalid_argument: headers of the reply can be presigned for get and head only\n"},
  };
  for (const auto& one : cases) {
    const auto outcome = run(one.words);
    CAPTURE(std::string(one.error));
    CAPTURE(outcome.err);
    CHECK(contains(outcome.err, one.error));
    CHECK(outcome.out == "");
    CHECK(outcome.exit_code == 2);
  }
}

TEST_CASE_FIXTURE(WithBucket, "an empty value is refused: nothing is done as if the option had not been given") {
  const Words calls[] = {{"restore", "/backups", "mem://x", "--snapshot"},
                         {"backup", "mem://x", "/backups", "--daily-at"},
                         {"cat", "mem://x/a", "--range"},
                         {"sync", "mem://x", "mem://y", "--exclude"},
                         {"presign", "s3://x/a", "--version-id"},
                         {"fn", "logs", "hello", "--on", "local:///x", "--since"},
                         {"vm", "list", "--on", "local:///x", "--token"},
                         {"stack", "plan", "main.tf.json", "--state", "file:///x/y", "--on"}};
  for (const Words& call : calls) {
    CAPTURE(call.back());
    Words words = call;
    words.emplace_back();
    auto outcome = run(words);
    CHECK(outcome.err ==
          "invalid_argument: " + call.back() + " is empty\n  hint: is a variable of the shell not set?\n");
    CHECK(outcome.exit_code == 2);
    words.pop_back();
    words.back() += '=';
    words.emplace_back("--json");  // Not its value.
    outcome = run(words);
    CHECK(contains(outcome.err, call.back() + " is empty"));
    CHECK(outcome.exit_code == 2);
  }
  CHECK(contains(run({"fn", "schedule", "hello", "", "--on", "local:///x"}).err, "CRON is empty"));
  // Where there is nothing to mistake it for; and behind -- all words are names.
  write("work/--a=", "content");
  CHECK(run({"cp", "--content-type=", "--", "--a=", url("bucket/")}).err.empty());
  CHECK(read("bucket/--a=") == "content");
}

TEST_CASE_FIXTURE(Program, "credentials in a URL are refused and not repeated") {
  const auto outcome = run({"ls", "s3://AKIA:cktest-tool-secret-9d1c@bucket"});
  CHECK(contains(outcome.err, "credentials do not belong into a URL"));
  CHECK_FALSE(contains(outcome.err, "cktest-tool-secret"));
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(Program, "errors are one JSON object with --json, wherever it stands") {
  for (const Words& words : {Words{"--json", "stat", "mem://a/b"}, Words{"stat", "mem://a/b", "--json"}}) {
    const auto outcome = run(words);
    const auto error = nlohmann::json::parse(outcome.err).at("error");
    CHECK(error["code"] == "not_found");
    CHECK(error["operation"] == "head");
    CHECK(error["resource"] == "mem://a/b");
    CHECK(error["retryable"] == false);
    CHECK(outcome.exit_code == 3);
  }
  const auto usage = run({"ls", "--json"});
  CHECK(nlohmann::json::parse(usage.err).at("error")["message"] == "URL is required");
  CHECK(usage.exit_code == 2);
}

TEST_CASE_FIXTURE(Program, "no credentials: exit code 4 and what to do") {
  const auto outcome = run({"ls", "s3://"});
  CHECK(contains(outcome.err, "list_buckets s3://: unauthenticated, us-east-1: no credentials found."));
  CHECK(contains(outcome.err, "\n  hint: "));
  CHECK(outcome.exit_code == 4);
}

TEST_CASE_FIXTURE(Program, "--log debug shows what happens, the default does not") {
  set("AWS_ACCESS_KEY_ID=AKIDTOOL");
  set("AWS_SECRET_ACCESS_KEY=cktest-tool-secret-9d1c");
  const Words words{"stat", "s3://bucket/key?endpoint=http://127.0.0.1:1"};
  CHECK_FALSE(contains(run(words).err, "cloudkit warn: "));
  Words logged{"--log", "debug"};
  logged.insert(logged.end(), words.begin(), words.end());
  const auto outcome = run(logged);
  CHECK(contains(outcome.err, "cloudkit warn: a request failed, trying again host=127.0.0.1:1 attempt=1"));
  CHECK_FALSE(contains(outcome.err, "cktest-tool-secret"));
  CHECK(outcome.exit_code == 5);
}

TEST_CASE_FIXTURE(Program, "with --json all of stderr is JSON, the log too") {
  set("AWS_ACCESS_KEY_ID=AKIDTOOL");
  set("AWS_SECRET_ACCESS_KEY=cktest-tool-secret-9d1c");
  const auto outcome = run({"--json", "--log", "debug", "stat", "s3://bucket/key?endpoint=http://127.0.0.1:1"});
  std::istringstream lines(outcome.err);
  int retries = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    CHECK_MESSAGE(json.is_object(), line);
    if (json.is_object() && json.contains("log")) {
      retries += json["log"]["message"] == "a request failed, trying again" && json["log"]["level"] == "warn" &&
                         json["log"]["fields"]["host"] == "127.0.0.1:1"
                     ? 1
                     : 0;
    }
  }
  CHECK(retries > 0);
  CHECK(contains(outcome.err, "{\"error\":"));
  CHECK(outcome.exit_code == 5);
}

TEST_CASE_FIXTURE(Program, "versions: cloudkit's, libcurl's and OpenSSL's") {
  const auto outcome = run({"version"});
  CHECK(outcome.out.rfind("cloudkit 0.", 0) == 0);
  CHECK(contains(outcome.out, "\nlibcurl "));
  CHECK(contains(outcome.out, "\nlibcrypto 3."));
  CHECK(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(run({"version", "--json"}).out);
  CHECK(json["libcurl"].get<std::string>().find('.') != std::string::npos);
  CHECK(contains(outcome.out, "cloudkit " + json["cloudkit"].get<std::string>() + "\n"));
}

TEST_CASE_FIXTURE(Program, "brackets and braces stand for themselves in arguments and options") {
  std::filesystem::create_directory(path("bucket"));
  for (const char* name : {"[x]", "[a,b]", "[]", "[[c]]", "{}"}) {
    CAPTURE(std::string(name));
    write(std::string("work/") + name, "text");
    CHECK(run({"cp", name, url("bucket/")}).exit_code == 0);
    CHECK(read(std::string("bucket/") + name) == "text");
  }
  CHECK(contains(run({"cp", "[x]", "[a,b]", url("bucket/there/")}).out, "[a,b] -> "));
  CHECK(tree("bucket/there") == "[a,b]\n[x]\n");
  write("work/x", "another file");
  CHECK(run({"mv", "[x]", url("bucket/moved")}).exit_code == 0);
  CHECK(read("work/x") == "another file");
  for (const char* command : {"cat", "rm"}) {
    CHECK(contains(run({command, "[a,b]"}).err, "open [a,b]: invalid_argument: it is not a URL"));
  }
  CHECK(contains(run({"help", "[x]"}).err, "no help on \"[x]\""));
  CHECK(contains(run({"[x]"}).err, "no command \"[x]\""));
  CHECK(contains(run({"completion", "{}"}).err, "SHELL {} is not known"));
  CHECK(run({"cp", "--content-type", "{}", "x", url("bucket/typed")}).exit_code == 0);
  CHECK(contains(run({"stat", url("bucket/typed")}).out, "content-type  {}\n"));
}

TEST_CASE_FIXTURE(Program, "of an option that is given twice the last one holds") {
  std::filesystem::create_directory(path("bucket"));
  write("work/a", "text");
  CHECK(run({"cp", "-j", "0", "-j", "4", "--content-type", "a/b", "--content-type", "c/d", "a", url("bucket/")})
            .exit_code == 0);
  CHECK(contains(run({"stat", url("bucket/a")}).out, "content-type  c/d\n"));
}

TEST_CASE_FIXTURE(Program, "a presigned URL says which version it is of, and what the reply is to say") {
  set("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE");
  set("AWS_SECRET_ACCESS_KEY=cktest-secret-1");
  const auto outcome = run({"presign", "--version-id", "v1", "--response-type", "application/pdf",
                            "--response-disposition", "attachment; filename=a.pdf", "s3://reports/k?region=us-east-1"});
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 0);
  for (const char* said : {"response-content-type=application%2Fpdf&", "versionId=v1&",
                           "response-content-disposition=attachment%3B%20filename%3Da.pdf&"}) {
    CAPTURE(said);
    CHECK(contains(outcome.out, said));
  }
}
