// The example of a backend that only reads, on a real nginx. What the suite puts goes to nginx's directory by another
// door; what it reads comes through the backend.
#include "faults/scripted_server.h"
#include "http_bucket.h"
#include "http_index.h"
#include "support/conformance.h"
#include "support/forwarding_bucket.h"
#include "support/free_port.h"
#include "support/program.h"
#include "support/temporary_directory.h"

#include <cloudkit/open.h>
#include <unistd.h>

#include <fstream>
#include <string>

using namespace cloudkit;

namespace {

class Nginx {
 public:
  Nginx() {
    std::ofstream(directory_.file("nginx.conf"))
        << (::geteuid() == 0 ? "user root;\n" : "") << "pid nginx.pid;\nerror_log error.log;\nevents {}\nhttp {\n"
        << "  access_log off;\n  client_body_temp_path temp;\n  proxy_temp_path temp;\n  fastcgi_temp_path temp;\n"
        << "  uwsgi_temp_path temp;\n  scgi_temp_path temp;\n  default_type application/octet-stream;\n"
        << "  server { listen 127.0.0.1:" << port_ << "; root " << files()
        << "; index none.such; autoindex on; autoindex_format json; }\n}\n";
    std::filesystem::create_directory(files());
    const auto started = command("");
    runs_ = started.exit_code == 0;
    if (!runs_) std::printf("skipped: nginx does not start: %s\n", started.output.c_str());
  }
  ~Nginx() {
    if (runs_) command("-s stop");
  }

  bool runs() const { return runs_; }
  std::string files() const { return directory_.file("files"); }
  std::string host() const { return "127.0.0.1:" + port_; }

 private:
  test::ProgramOutcome command(const std::string& more) const {
    return test::run_program("PATH=$PATH:/usr/sbin", "nginx -p " + directory_.path() + " -c nginx.conf " + more);
  }

  test::TemporaryDirectory directory_;
  std::string port_ = test::free_port();
  bool runs_ = false;
};

class ByTwoDoors final : public ForwardingBucket {
 public:
  ByTwoDoors(std::shared_ptr<BucketDriver> files, std::shared_ptr<BucketDriver> served)
      : ForwardingBucket(std::move(files)), served_(std::move(served)) {}

  Capabilities capabilities() const override { return served_->capabilities(); }
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    auto done = inner_->put(key, source, options);
    return done ? served_->head(key, {.context = options.context}) : done;
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    auto done = inner_->copy(request);
    if (!done) return done;
    return served_->head(request.destination_key, {.context = request.options.context}).map([](ObjectInfo&& info) {
      return CopyStep{std::move(info), {}};
    });
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    return served_->get(key, options, receiver);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return served_->head(key, options);
  }
  Result<ListPage> list_page(const ListPageRequest& request) override { return served_->list_page(request); }

 private:
  const std::shared_ptr<BucketDriver> served_;
};

// Of nginx, or of HTTP.
testing::Deviations deviations() {
  testing::Deviations all = {{"weird_keys_roundtrip", "nginx leaves names that begin with a dot out of an index"},
                             {"list_of_weird_keys", "nginx leaves names that begin with a dot out of an index"},
                             {"list_info_equals_head", "an index tells no ETag"},
                             {"list_shows_the_last_put", "an index tells no ETag"}};
  for (const char* name :
       {"content_type_given_or_default", "five_headers_roundtrip", "gzip_encoding_bytes_untouched",
        "metadata_roundtrip", "metadata_values_may_be_empty", "metadata_names_are_folded",
        "metadata_names_keep_underscores", "metadata_is_replaced_by_put", "metadata_of_nearly_2_kib",
        "copy_bytes_and_metadata", "copy_onto_itself", "copy_replace_metadata", "writer_unknown_length_many_parts",
        "handle_outlives_options_and_is_copyable_across_threads"}) {
    all.emplace_back(name, "the server makes headers of names, and knows no metadata");
  }
  return all;
}

testing::ObjectStoreHarness harness_of(const Nginx& nginx) {
  testing::ObjectStoreHarness harness;
  harness.name = "http, read-only";
  harness.reduced = true;
  harness.known_deviations = deviations();
  // https://nginx.org/en/docs/http/ngx_http_core_module.html#etag: of size and second.
  for (const char* name : {"token_changes_on_new_content", "get_if_match_stale", "get_if_changed_tells",
                           "reader_detects_overwrite", "parallel_download_detects_overwrite"}) {
    harness.occasional_deviations.emplace_back(name, "an ETag of nginx is the same within a second");
  }
  harness.make_bucket = [&nginx, number = 0]() mutable -> Result<Bucket> {
    const std::string name = "conformance-" + std::to_string(number++);
    auto location = Registry::global().bucket("file://" + nginx.files() + "/" + name);
    if (!location) return std::move(location).error();
    if (auto made = location->store->create_bucket(location->bucket, {}); !made) return std::move(made).error();
    auto files = location->store->bucket(location->bucket);
    if (!files) return std::move(files).error();
    return Bucket(
        std::make_shared<ByTwoDoors>(*files, std::make_shared<HttpBucket>("http", nginx.host(), "/" + name + "/")));
  };
  return harness;
}

}  // namespace

TEST_CASE("a backend that only reads passes what is about reading") {
  const Nginx nginx;
  if (!nginx.runs()) return;
  run_object_store_suite(harness_of(nginx));
}

TEST_CASE("and writes nothing") {
  HttpBucket served("http", "127.0.0.1:1", "/");
  CHECK(served.remove("a", {}).error().code == ErrorCode::unsupported);
  CHECK(served.copy({}).error().code == ErrorCode::unsupported);
}

TEST_CASE("an index that is none of nginx's is an error, whatever it says") {
  for (const char* text :
       {"", "{}", "[1,2]", R"([{"name":"x","size":"12"}])", R"([{"name":"x","size":-1}])", R"([{"name":"x"}])",
        R"([{"name":"..","type":"directory"}])", R"([{"name":".","type":"directory"}])", R"([{"size":1}])",
        R"([{"name":"a/../b","size":1}])", R"([{"name":"/etc/passwd","size":1}])"}) {
    CAPTURE(text);
    const auto page = list_by_index([&](const std::string&) { return Result<std::string>(text); }, {});
    REQUIRE_FALSE(page);
    CHECK(page.error().code == ErrorCode::unsupported);
  }
}

TEST_CASE("a directory that holds itself is left") {
  int asked = 0;
  const auto page = list_by_index(
      [&](const std::string&) {
        ++asked;
        return Result<std::string>(R"([{"name":"a","type":"directory"}])");
      },
      {});
  CHECK(page.error().code == ErrorCode::unsupported);
  CHECK(asked < 100);
}

TEST_CASE("what a URL has encoded is sent as it is, and a key encoded once") {
  faults::ScriptedServer server;
  HttpBucket bucket("http", server.host(), "/a%20b/");
  (void)bucket.head("c d?", {});
  CHECK(server.requests().at(0).starts_with("HEAD /a%20b/c%20d%3F HTTP/1.1\r\n"));
}
