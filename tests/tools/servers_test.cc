#include "support/curl_fetch.h"
#include "support/varied_bytes.h"
#include "tools/killed_copy.h"
#include "tools/program.h"

#include <cloudkit/aws.h>
#include <cloudkit/object_store.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace test;
namespace fs = std::filesystem;

// The program against real servers, which tests/servers/start starts. A server that is not there
// is skipped, but not in CI.
namespace {

std::string variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

struct WithServer : Program {
  std::string bucket = fmt::format("ck-tool-{}", ::getpid());
  std::string query;

  bool find(const std::string& name, const std::string& more) {
    const std::string endpoint = variable("CLOUDKIT_TEST_" + name + "_URL");
    if (endpoint.empty()) {
      std::printf("skipped: %s: CLOUDKIT_TEST_%s_URL is not set\n", name.c_str(), name.c_str());
      CHECK_MESSAGE(variable("CI") != "true", "CI must have this server");
      return false;
    }
    set("AWS_ACCESS_KEY_ID=" + variable("CLOUDKIT_TEST_" + name + "_KEY"));
    set("AWS_SECRET_ACCESS_KEY=" + variable("CLOUDKIT_TEST_" + name + "_SECRET"));
    query = "?region=us-east-1&endpoint=" + endpoint + more;
    return true;
  }
  std::string s3(const std::string& key = {}) const {
    return "s3://" + bucket + (key.empty() ? "" : "/" + key) + query;
  }

  void objects() {
    CHECK(run({"mb", s3()}).out == "made s3://" + bucket + "\n");
    CHECK(contains(run({"ls", "s3://" + query}).out, "Z  " + bucket + "\n"));
    CHECK(run({"stat", s3()}).exit_code == 0);

    write("work/report.pdf", std::string("%PDF\0\xff", 6));
    CHECK(run({"cp", "report.pdf", s3("2026/")}).exit_code == 0);
    const auto info = nlohmann::json::parse(run({"stat", "--json", s3("2026/report.pdf")}).out);
    CHECK(info["size"] == 6);
    CHECK(info["content_type"] == "application/pdf");
    CHECK(run({"cp", s3("2026/report.pdf"), s3("copy")}).exit_code == 0);
    CHECK(run({"cat", s3("copy")}).out == std::string("%PDF\0\xff", 6));
    CHECK(run({"cat", "--range", "1-3", s3("copy")}).out == "PDF");
    const auto refused = run({"cp", "--if-absent", "report.pdf", s3("copy")});
    CHECK(contains(refused.err, "PreconditionFailed (412)"));
    CHECK(refused.exit_code == 1);
    // Conditions on copies are not honoured here, but those on puts are: the bytes go through the program.
    CHECK(run({"cp", "--if-absent", s3("copy"), s3("2026/report.pdf")}).exit_code == 1);
    CHECK(run({"cp", "--if-absent", s3("copy"), s3("new")}).exit_code == 0);
    CHECK(contains(run({"ls", s3()}).out, "prefix  2026/\n"));
    CHECK(run({"cat", s3("nothing")}).exit_code == 3);
    CHECK(run({"rb", s3()}).exit_code == 1);
  }

  // What is left is what was there.
  void patterns_and_moves() {
    const auto keys = [&] {
      std::string found;
      std::istringstream lines(run({"ls", "-r", "--json", s3()}).out);
      for (std::string line; std::getline(lines, line);)
        found += nlohmann::json::parse(line)["key"].get<std::string>() + ' ';
      return found;
    };
    const std::string before = keys();
    for (const char* key : {"logs/a.gz", "logs/b.gz", "logs/b.txt", "logs/11/c%20d.gz"}) {
      CHECK(run({"cp", "report.pdf", s3(key)}).exit_code == 0);
    }
    CHECK(contains(run({"ls", "-s", s3("logs/*.gz")}).out, "in 2 objects, 0 prefixes\n"));
    CHECK(contains(run({"ls", s3("lo*")}).out, "prefix  logs/\n"));
    CHECK(contains(run({"mv", s3("logs/**.gz"), s3("zz")}).out, "moved 3 objects, 18 bytes; 0 failed"));
    CHECK(run({"mv", s3("logs/b.txt"), "here.pdf"}).exit_code == 0);
    CHECK(run({"mv", "here.pdf", s3("zz/here.pdf")}).exit_code == 0);
    // Another name of the same server: all that tells is the object.
    std::string elsewhere = s3("zz/here.pdf");
    elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "localhost");
    CHECK(contains(run({"mv", s3("zz/here.pdf"), elsewhere}).err, "source and destination are the same object"));
    // A tree, too: the copies would be copied, and so on.
    for (const char* command : {"cp", "mv"}) {
      elsewhere = s3("zz/below");
      elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "localhost");
      for (const std::string& to : {elsewhere, s3("zz/below") + "&addressing=path"}) {
        const auto outcome = run({command, "-r", s3("zz"), to});
        CHECK(contains(outcome.err, "lies in what is copied"));
        CHECK(outcome.exit_code == 2);
      }
    }
    CHECK(keys() == before + "zz/11/c d.gz zz/a.gz zz/b.gz zz/here.pdf ");
    CHECK(run({"rm", s3("zz/**")}).exit_code == 0);
    CHECK(keys() == before);
  }

  // Through this machine, where no service takes them along.
  void moved_tags(const std::string& name) {
    cloudkit::aws::S3Options options;
    options.endpoint = variable("CLOUDKIT_TEST_" + name + "_URL");
    options.region = "us-east-1";
    options.credentials = cloudkit::aws::explicit_credentials({variable("CLOUDKIT_TEST_" + name + "_KEY"),
                                                               variable("CLOUDKIT_TEST_" + name + "_SECRET"),
                                                               "",
                                                               {},
                                                               "the test"});
    const auto tagged = cloudkit::aws::make_s3_store(std::move(options)).value().bucket(bucket).value();
    CHECK(run({"cp", "--tag", "keep=7y", "report.pdf", s3("tagged")}).exit_code == 0);
    CHECK(tagged.get_tags("tagged").value() == cloudkit::Tags{{"keep", "7y"}});
    CHECK(run({"mv", "--if-absent", s3("tagged"), s3("moved/")}).exit_code == 0);
    CHECK(tagged.get_tags("moved/tagged").value() == cloudkit::Tags{{"keep", "7y"}});
    CHECK(tagged.remove("moved/tagged"));
  }

  // As the shell asks, of the server that the environment names.
  void completed() {
    set("AWS_ENDPOINT_URL=" +
        query.substr(query.find("http"), query.find('&', query.find("http")) - query.find("http")));
    const auto ask = [&](const std::string& text) {
      return run({"__complete", "bash", text.substr(3), "cloudkit ls " + text, ""}).out;
    };
    CHECK(contains(ask("s3://ck-to"), "//" + bucket + "/\n"));
    CHECK(ask("s3://" + bucket + "/20") == "\tnospace\n//" + bucket + "/2026/\n");
    CHECK(ask("s3://" + bucket + "/2026/rep") == "//" + bucket + "/2026/report.pdf\n");
    // Where the query stands behind the cursor.
    set("AWS_ENDPOINT_URL=http://127.0.0.1:1");
    CHECK(
        run({"__complete", "bash", "s3://" + bucket + "/20", "cloudkit ls 's3://" + bucket + "/20", query + "'"}).out ==
        "\tnospace\ns3://" + bucket + "/2026/\ns3://" + bucket + "/2026/...\n");
    CHECK(ask("s3://" + bucket + "/20").empty());
  }

  void presigned() {
    const auto get = run({"presign", "--expires", "5m", s3("copy")});
    CHECK(get.exit_code == 0);
    const auto reply = curl_fetch("GET", get.out.substr(0, get.out.size() - 1), {}, {});
    CHECK(reply.value().status == 200);
    CHECK(reply.value().body == std::string("%PDF\0\xff", 6));
    const auto named = run({"presign", "--response-disposition", "attachment; filename=a.pdf", s3("copy")});
    const auto saved = curl_fetch("GET", named.out.substr(0, named.out.size() - 1), {}, {}).value();
    const std::pair<std::string, std::string> disposition{"content-disposition", "attachment; filename=a.pdf"};
    CHECK(std::count(saved.headers.begin(), saved.headers.end(), disposition) == 1);
    const auto put = nlohmann::json::parse(run({"presign", "--method", "PUT", "--json", s3("by-url")}).out);
    CHECK(put["expires_in"] == 900);
    CHECK(curl_fetch("PUT", put["url"].get<std::string>(), {}, "sent").value().status == 200);
    CHECK(run({"cat", s3("by-url")}).out == "sent");
  }

  // Large enough to travel in parts.
  void other_stores() {
    const std::string content = varied_bytes(std::size_t{20} << 20);
    fs::create_directory(path("store"));
    write("work/large.pdf", content);
    CHECK(run({"cp", "large.pdf", url("store/")}).exit_code == 0);
    CHECK(run({"cp", url("store/large.pdf"), s3("large.pdf")}).exit_code == 0);
    const auto info = nlohmann::json::parse(run({"stat", "--json", s3("large.pdf")}).out);
    CHECK(info["size"] == content.size());
    CHECK(info["content_type"] == "application/pdf");
    CHECK(run({"cp", s3("large.pdf"), url("store/back.pdf")}).exit_code == 0);
    CHECK(read("store/back.pdf") == content);
    CHECK(run({"rm", s3("large.pdf")}).exit_code == 0);
  }

  void trees(int files) {
    std::size_t bytes = 0;
    for (int i = 0; i < files; ++i) {
      write(fmt::format("work/many/{:04}", i), std::to_string(i));
      bytes += std::to_string(i).size();
    }
    write("work/many/weird &+%.txt", "weird");
    const auto copied = fmt::format("copied {} objects, {} bytes; 0 failed, 0 skipped\n", files + 1, bytes + 5);
    CHECK(contains(run({"cp", "-rj16", "many", s3("tree")}).out, copied));
    CHECK(contains(run({"ls", "-rs", s3("tree/")}).out, fmt::format("{}  in {} objects, ", bytes + 5, files + 1)));
    CHECK(contains(run({"cp", "-rj16", s3("tree"), "back"}).out, copied));
    CHECK(tree("work/back") == tree("work/many"));
    CHECK(read("work/back/weird &+%.txt") == "weird");
    CHECK(contains(run({"rm", "-rj16", s3()}).out, fmt::format("removed {} objects; 0 failed\n", files + 5)));
    CHECK(run({"rb", s3()}).out == "removed s3://" + bucket + "\n");
    CHECK(run({"stat", s3()}).exit_code == 3);
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithServer, "the program against radosgw") {
  if (!find("RADOSGW", "&server=ceph")) return;
  objects();
  presigned();
  moved_tags("RADOSGW");
  patterns_and_moves();
  completed();
  other_stores();
  trees(1100);  // more than a page
}

TEST_CASE_FIXTURE(WithServer, "the program against moto") {
  if (!find("MOTO", "")) return;
  objects();
  presigned();
  moved_tags("MOTO");
  patterns_and_moves();
  completed();
  other_stores();
  trees(100);
}

TEST_CASE_FIXTURE(WithServer, "the program against the strict fake, as AWS") {
  if (!find("FAKE", "&server=aws")) return;
  objects();
  presigned();
  patterns_and_moves();
  completed();
  other_stores();
  trees(1100);
  CHECK(run({"mb", s3()}).exit_code == 0);
  const auto outcome = run({"doctor", "--write", s3()});
  CHECK(contains(outcome.out, "\nok       put if absent    tried, and kept\n"));
  CHECK(contains(outcome.out, "\nok       put if match     tried, and kept\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(run({"rb", s3()}).exit_code == 0);
}

namespace {

struct WithLargeFile : WithServer {
  const std::string content = varied_bytes(std::size_t{44} << 20);  // six parts

  // The requests of the copy, which tell a part that is sent from one that is not.
  std::ptrdiff_t requests(Words words, const std::string& method) {
    words.insert(words.begin(), {"--log", "trace"});
    const auto outcome = run(words);
    CHECK(outcome.exit_code == 0);
    std::ptrdiff_t count = 0;
    const std::string line = "request method=" + method + ' ';
    for (std::size_t at = 0; (at = outcome.err.find(line, at)) != std::string::npos; ++at) ++count;
    return count;
  }

  void killed_in_both_directions() {
    CHECK(run({"mb", s3()}).exit_code == 0);
    write("work/large", content);
    const Words up{"cp", "--resume", "large", s3("large")};
    kill_midway(*this, up, "8M");
    CHECK(run({"stat", s3("large")}).exit_code == 3);
    const auto puts = requests(up, "PUT");
    CHECK(puts >= 1);
    CHECK(puts < 6);
    CHECK(tree("work") == "large\n");

    const Words down{"cp", "--resume", s3("large"), "back"};
    kill_midway(*this, down, "8M");
    const auto gets = requests(down, "GET");
    CHECK(gets >= 1);
    CHECK(gets < 6);
    CHECK(read("work/back") == content);
    CHECK(tree("work") == "back\nlarge\n");
    fs::remove(path("work/back"));
    CHECK(run({"rm", s3("large")}).exit_code == 0);
    CHECK(run({"rb", s3()}).exit_code == 0);
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithLargeFile, "copies that are killed go on and send only what is missing") {
  if (find("FAKE", "&server=aws")) killed_in_both_directions();
  if (find("RADOSGW", "&server=ceph")) killed_in_both_directions();
}

namespace {

// What servers do, and would be missed if `probe` told otherwise.
struct WithProbe : WithServer {
  std::map<std::string, std::string> answers = {};

  Outcome probe(const std::string& server) {
    answers.clear();
    query = query.substr(0, query.find("&server=")) + "&server=" + server;
    CHECK(run({"mb", s3()}).exit_code == 0);
    const auto outcome = run({"probe", "--json", s3()});
    if (!outcome.out.empty()) {
      const auto report = nlohmann::json::parse(outcome.out);
      for (const auto& behaviour : report["behaviours"]) answers[behaviour["name"]] = behaviour["answer"];
    }
    CHECK(run({"ls", "-r", s3()}).out == "");
    CHECK(run({"rb", s3()}).exit_code == 0);  // nor an upload was left
    return outcome;
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithProbe, "probing radosgw: what it heeds, and the spelling that it wants") {
  if (!find("RADOSGW", "")) return;
  CHECK(probe("ceph").exit_code == 0);
  for (const char* name : {"put if absent", "put if match", "conditional get", "upload in parts", "copy of a part",
                           "ranges", "metadata", "tags", "remove many", "keys with //", "keys with . and ..",
                           "keys with + and %", "list in byte order", "list in pages", "wrong Content-MD5 refused"}) {
    CAPTURE(name);
    CHECK(answers[name] == "honoured");
  }
  for (const char* name : {"remove if match", "upload if absent", "upload if match", "wrong CRC-32C refused"}) {
    CAPTURE(name);
    CHECK(answers[name] == "not honoured");
  }
  CHECK(answers["CRC-32C behind the bytes"] == "refused");

  CHECK(probe("generic").exit_code == 1);
  CHECK(answers["put if absent"] == "honoured");
  CHECK(answers["put if match"] == "not honoured");
}

TEST_CASE_FIXTURE(WithProbe, "probing moto: checksums that nobody looks at") {
  if (!find("MOTO", "")) return;
  CHECK(probe("generic").exit_code == 0);
  CHECK(answers["put if match"] == "honoured");
  CHECK(answers["copy if absent"] == "not honoured");
  CHECK(answers["wrong CRC-32C refused"] == "not honoured");
  CHECK(answers["keys with control characters"] == "unknown");  // its framework answers 404
}

TEST_CASE_FIXTURE(WithProbe, "probing the strict fake: all that AWS documents") {
  if (!find("FAKE", "")) return;
  for (const char* const server : {"aws", "generic"}) {
    CAPTURE(server);
    CHECK(probe(server).exit_code == 0);
    CHECK(answers.size() == 34);
    for (const auto& answer : answers) {
      CAPTURE(answer.first);
      CHECK(answer.second == (answer.first == "versions" ? "unknown" : "honoured"));
    }
  }
}

TEST_CASE_FIXTURE(WithServer, "the doctor, with promises that are tried and an identity that STS tells") {
  if (find("RADOSGW", "&server=ceph")) {
    CHECK(run({"mb", s3()}).exit_code == 0);
    const auto outcome = run({"doctor", "--write", s3()});
    for (const char* line :
         {"\nok       clock            in step with the service's\n", "\nok       put if absent    tried, and kept\n",
          "\nok       put if match     tried, and kept\n", "\nok       conditional get  tried, and kept\n"}) {
      CAPTURE(line);
      CHECK(contains(outcome.out, line));
    }
    CHECK(outcome.exit_code == 0);
    CHECK(run({"rb", s3()}).exit_code == 0);  // nothing was left in it
  }
  if (find("MOTO", "")) {
    set("AWS_ENDPOINT_URL=" + variable("CLOUDKIT_TEST_MOTO_URL"));
    const auto outcome = run({"doctor", "s3://?region=eu-west-1"});
    CHECK(
        contains(outcome.out, "\nok       identity      arn:aws:sts::123456789012:user/moto, account 123456789012\n"));
    CHECK(contains(outcome.out, ", from AWS_ENDPOINT_URL\n"));
    CHECK(outcome.exit_code == 0);
  }
}

TEST_CASE_FIXTURE(WithServer, "keys that the server refuses") {
  if (!find("RADOSGW", "&server=ceph")) return;
  set("AWS_SECRET_ACCESS_KEY=cktest-wrong-secret-77aa");
  auto outcome = run({"ls", "s3://" + query});
  CHECK(contains(outcome.err, "SignatureDoesNotMatch (403)"));
  CHECK_FALSE(contains(outcome.err, "cktest-wrong-secret"));
  CHECK(outcome.exit_code == 4);
  set("AWS_ACCESS_KEY_ID=CKTESTNOBODY");
  outcome = run({"ls", "s3://" + query});
  CHECK(contains(outcome.err, "InvalidAccessKeyId (403)"));
  CHECK(outcome.exit_code == 4);
}
