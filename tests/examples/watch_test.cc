#include "faults/scripted_server.h"
#include "program.h"
#include "support/contains.h"
#include "support/temporary_directory.h"

#include <cloudkit/function_runtime.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;
using test::contains;

namespace {

// https://httpd.apache.org/docs/2.4/logs.html#combined
const std::string kCombined =
    R"log(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=1 HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)")log"
    "\n";
const std::string kCommonError = R"(10.0.0.9 - - [26/Nov/2026:01:00:00 +0000] "POST /pay \"now\" HTTP/1.1" 503 0)"
                                 "\n";
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
const std::string kS3 =
    R"(79a59df900b949e5 amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3EXAMPLE REST.GET.OBJECT photos/a.jpg "GET /amzn-s3-demo-bucket1/photos/a.jpg?versionId=1 HTTP/1.1" 206 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.1 - -)"
    "\n";

struct WithLogs {
  WithLogs() { fs::create_directories(directory.file("logs/2026")); }
  std::string url() const { return "file://" + directory.file("logs"); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory.file(name), std::ios::binary) << text;
  }
  examples::Outcome shell(const std::string& command) const { return examples::run(directory.path(), "", command); }
  examples::Outcome watch(const std::string& arguments) const { return shell(WATCH_PROGRAM " " + arguments); }
  void gzip(const std::string& name) const { REQUIRE(shell("gzip " + directory.file(name)).exit_code == 0); }

  test::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE_FIXTURE(WithLogs, "logs of all formats, packed in several members or not, below a prefix") {
  write("logs/2026/1", kCombined + kS3);
  gzip("logs/2026/1");
  write("2", kS3 + kCommonError);
  gzip("2");
  REQUIRE(
      shell("cat " + directory.file("2.gz") + " " + directory.file("2.gz") + " > " + directory.file("logs/2026/2.gz"))
          .exit_code == 0);
  // Without an end of its last line, and with those of Windows.
  write("logs/plain", "#Version: 1.0\r\n\r\n" + kCombined + kCombined.substr(0, kCombined.size() - 1) + "\r");
  const auto outcome = watch(url() + " --top 2");
  CHECK(outcome.output ==
        "8 requests, 2 server errors, 0 lines in no known format\n"
        "  200  3\n  206  3\n  503  2\n"
        "  3  /amzn-s3-demo-bucket1/photos/a.jpg\n  3  /apache_pb.gif\n");
  CHECK(outcome.exit_code == 0);
  CHECK(watch(url() + "/2026").output.find("6 requests") == 0);
}

TEST_CASE_FIXTURE(WithLogs, "hostile lines are counted, and none ends it") {
  write("logs/hostile", "rubbish\n" + std::string(300000, 'x') + "\n" + std::string(70000, '"') + '\n' +
                            "a [t] \"GET / HTTP/1.1\" 999 1\n" + "a [t] \"GET / HTTP/1.1\" 2000 1\n" +
                            "a [t] \"GET / unclosed 200\n" + "a [t] \"\\\n" + std::string("\0\0\n", 3) +
                            "a [t] \"\\x16\\x03\" 400 0\n" + "a [t] \"GET /\x1b[2J HTTP/1.1\" 200\n" + kCombined);
  const auto outcome = watch(url());
  CHECK(contains(outcome.output, "3 requests, 0 server errors, 8 lines in no known format\n"));
  CHECK(contains(outcome.output, "  1  /?[2J\n"));
  CHECK(outcome.output.find('\x1b') == std::string::npos);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE_FIXTURE(WithLogs, "a damaged object is named, and the others are read") {
  write("logs/a", std::string(2000, 'x') + "\n" + kCombined);
  gzip("logs/a");
  fs::resize_file(directory.file("logs/a.gz"), fs::file_size(directory.file("logs/a.gz")) - 4);
  write("logs/b.gz", "\x1f\x8b no gzip at all");
  write("logs/c", kCombined);
  const auto outcome = watch(url());
  CHECK(contains(outcome.output, "logs/a.gz: its end is missing\n"));
  CHECK(contains(outcome.output, "logs/b.gz: it is damaged: not what gzip made\n"));
  CHECK(contains(outcome.output, "2 requests, "));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(WithLogs, "of very many paths those that are asked for most are found") {
  std::ofstream log(directory.file("logs/many"));
  for (int i = 0; i < 60000; ++i) {
    log << "a [t] \"GET /once/" << i << " HTTP/1.1\" 200 1\n";
    if (i % 10 == 0) log << "a [t] \"GET /often HTTP/1.1\" 200 1\n";
  }
  log.close();
  const auto outcome = watch(url() + " --top 1");
  CHECK(contains(outcome.output, "66000 requests, "));
  // At most 66000 / 4096 too low.
  const auto line = outcome.output.substr(outcome.output.find("  200  66000\n") + 13);
  CHECK(std::stoi(line) >= 5983);
  CHECK(std::stoi(line) <= 6000);
  CHECK(contains(line, "  /often\n"));
}

TEST_CASE_FIXTURE(WithLogs, "over a threshold it ends with 1, and wrong words with 2") {
  std::string text;
  for (int i = 0; i < 19; ++i) text += kCombined;
  write("logs/a", text + kCommonError);  // 5 %
  CHECK(watch(url() + " --max-error-rate 5%").exit_code == 0);
  CHECK(watch(url() + " --max-error-rate 4.9%").exit_code == 1);
  CHECK(watch(url() + " --max-errors 1").exit_code == 0);
  CHECK(watch(url() + " --max-errors 0").exit_code == 1);
  for (const std::string wrong : {"", "logs", "--max-errors", "--function f", "--max-errors many ", "--bogus"}) {
    CHECK(watch(wrong).exit_code == 2);
  }
  for (const std::string wrong : {"--every 0", "--every 5%", "--every nan", "--top inf", "--top 1e30", "--top 10%",
                                  "--top 1.5", "--top -1", "--max-errors 3%", "--max-error-rate 101%"}) {
    const auto outcome = watch(url() + " " + wrong);
    CHECK(contains(outcome.output, wrong + ": not what belongs there\n  hint: usage: watch "));
    CHECK(outcome.exit_code == 2);
  }
  CHECK(watch("--help").output.find("usage: watch ") == 0);
  CHECK(watch("--help").exit_code == 0);
  CHECK(watch("file://" + directory.file("nothing")).exit_code == 3);
}

namespace {

// Lines for a shell: `watch` in the background, and what happens meanwhile.
struct Following : WithLogs {
  // Ends when watch does, so that a broken one fails the test instead of holding it.
  std::string until_said(const std::string& pattern) const {
    return "until grep -q '" + pattern + "' " + directory.file("said") +
           "; do kill -0 $pid || break; sleep 0.05; done\n";
  }
  std::string append(const std::string& text) {
    const std::string name = "piece" + std::to_string(++pieces);
    write(name, text);
    return "cat " + directory.file(name) + " >> " + directory.file("logs/a") + "\n";
  }
  examples::Outcome follow(const std::string& arguments, const std::string& meanwhile) {
    write("follow.sh", ": > " + directory.file("said") + "\n" + WATCH_PROGRAM " " + arguments +
                           " --follow --every 0.1 > " + directory.file("said") + " 2>&1 & pid=$!\n" + meanwhile +
                           "wait $pid; code=$?; cat " + directory.file("said") + "; exit $code\n");
    return shell("sh " + directory.file("follow.sh"));
  }
  int pieces = 0;
};

}  // namespace

TEST_CASE_FIXTURE(Following, "it follows what comes, until it is too bad or interrupted") {
  write("logs/a", kCombined);
  write("later", kCommonError);
  for (const char* signal : {"INT", "TERM"}) {
    const auto outcome = follow(url(), until_said("^1 requests") + "kill -" + signal + " $pid\n");
    CHECK(contains(outcome.output, "1 requests, 0 server errors, "));
    CHECK(outcome.exit_code == 130);
  }
  const auto outcome = follow(url() + " --max-errors 0", until_said("^1 requests") + "cp " + directory.file("later") +
                                                             " " + directory.file("logs/b") + "\n");
  CHECK(contains(outcome.output, "1 requests, 0 server errors, "));
  CHECK(contains(outcome.output, "2 requests, 1 server errors, "));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(Following, "a log that grows is counted once, and by whole lines") {
  const std::string whole = kCombined.substr(0, kCombined.size() - 1);
  write("logs/a", kCombined);
  const auto outcome = follow(url(), until_said("^1 requests") + append(kCommonError.substr(0, 40)) + "sleep 0.3\n" +
                                         append(kCommonError.substr(40)) + until_said("^2 requests") + append(whole) +
                                         until_said("^3 requests") + append(" and the rest of it\n" + kCombined + kS3) +
                                         until_said("^5 requests") + "kill -INT $pid\n");
  CHECK(contains(outcome.output, "2 requests, 1 server errors, 0 lines in no known format\n"));
  CHECK(contains(outcome.output, "5 requests, 1 server errors, 0 lines in no known format\n"));
  CHECK_FALSE(contains(outcome.output, "6 requests"));
  CHECK(outcome.exit_code == 130);
}

TEST_CASE_FIXTURE(Following, "a packed log to which members are added is counted once, and a shorter one anew") {
  write("1", kCombined);
  gzip("1");
  const std::string add = "cat " + directory.file("1.gz") + " >> " + directory.file("logs/a.gz") + "\n";
  const auto outcome =
      follow(url(), add + until_said("^1 requests") + add + until_said("^2 requests") + "cp " + directory.file("1.gz") +
                        " " + directory.file("logs/a.gz") + "\n" + until_said("^3 requests") + "kill -INT $pid\n");
  CHECK(contains(outcome.output, "3 requests, 0 server errors, 0 lines in no known format\n"));
  CHECK_FALSE(contains(outcome.output, "4 requests"));
  CHECK(outcome.exit_code == 130);
}

TEST_CASE_FIXTURE(Following, "an object that fails for a while is read again, and counted once") {
  faults::ScriptedServer server;
  const std::string listing =
      faults::reply(200,
                    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><ETag>\"e\"</ETag>"
                    "<LastModified>2026-11-23T01:00:00.000Z</LastModified><Size>" +
                        std::to_string(kCombined.size()) + "</Size></Contents></ListBucketResult>");
  server.then(listing);
  for (int attempt = 0; attempt < 4; ++attempt) {
    server.then(faults::reply(500, "<Error><Code>InternalError</Code><Message>not now</Message></Error>"));
  }
  server.then(listing);
  server.then(faults::reply(200, kCombined, "ETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 01:00:00 GMT\r\n"));
  server.always(listing);
  const auto outcome = follow("'s3://logs?anonymous=true&endpoint=http://" + server.host() + "'",
                              until_said("^1 requests") + "sleep 0.3\nkill -INT $pid\n");
  CHECK(contains(outcome.output, "will read s3://logs/a again: "));
  CHECK(contains(outcome.output, "1 requests, 0 server errors, 0 lines in no known format\n"));
  CHECK_FALSE(contains(outcome.output, "2 requests"));
  CHECK(outcome.exit_code == 130);
}

TEST_CASE_FIXTURE(WithLogs, "a packed log that is padded with zeros is whole, as gzip(1) has it") {
  write("logs/a", kCombined);
  gzip("logs/a");
  REQUIRE(shell("head -c 100000 /dev/zero >> " + directory.file("logs/a.gz")).exit_code == 0);
  const auto outcome = watch(url());
  CHECK(contains(outcome.output, "1 requests, 0 server errors, 0 lines in no known format\n"));
  CHECK(outcome.exit_code == 0);
}

TEST_CASE_FIXTURE(WithLogs, "the errors of a function") {
  fs::create_directory(directory.file("code"));
  write("code/app.py", "def handler(event, context):\n    print('fine')\n    raise ValueError('cannot \\x1b[2J')\n");
  const std::string on = "local://" + directory.file("functions");
  {
    const auto runtime = cloudkit::open_function_runtime(on).value();
    runtime
        .deploy({.name = "bad",
                 .code = cloudkit::FunctionCode::directory(directory.file("code")),
                 .runtime = "python3.11",
                 .handler = "app.handler"})
        .value();
    CHECK(runtime.invoke("bad").value().error);
  }
  const std::string watched = "--function bad --on " + on;
  auto outcome = watch(watched);
  CHECK(contains(outcome.output, "bad: [ERROR] ValueError: cannot ?[2J\n"));
  CHECK(contains(outcome.output, "bad: 1 errors\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(watch(watched + " --max-errors 0").exit_code == 1);
  // An old error is none of what is followed from now on.
  CHECK(watch(watched + " --max-errors 0 --since 60m").exit_code == 1);
  CHECK(watch(watched + " --max-errors 0 --since 0").exit_code == 0);
  // The access log is there to tell by when that of the function was read.
  write("logs/a", kCombined);
  const std::string followed = WATCH_PROGRAM " " + url() + " " + watched + " --max-errors 0 --follow --every 0.1";
  const auto has_looked = [](const std::string& output) { return contains(output, "bad: 0 errors\n"); };
  CHECK(examples::run_until_sigterm(directory.path(), "", followed, has_looked).exit_code == 130);
  CHECK(examples::run_until_sigterm(directory.path(), "", followed + " --since 60", has_looked).exit_code == 1);
  CHECK(watch(watched + " --since soon").exit_code == 2);
  outcome = watch(url() + " " + watched + " --max-errors 1");
  CHECK(contains(outcome.output, "1 requests, "));
  CHECK(outcome.exit_code == 0);
  CHECK(watch("--function nothing --on " + on).exit_code == 3);
}
