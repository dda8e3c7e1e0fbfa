#include "faults/whole_way.h"
#include "support/read_file.h"
#include "support/soon.h"

namespace faults {
namespace {

using namespace cloudkit;

class Run {
 public:
  explicit Run(const Row& row) : row_(row) {
    for (const Script& greeting : row.greetings) server_.on_connect(greeting);
    for (const Script& script : row.replies) server_.then(script);
    if (!row.replies.empty()) server_.always(row.replies.back());
    std::ofstream(path_) << "old";
    std::ofstream(source_) << "data";
  }

  void check() {
    const auto begun = Context::Clock::now();
    const Status outcome = perform();
    // For a machine that is busy with other things: waits take no time here.
    CHECK(Context::Clock::now() - begun < std::chrono::seconds(20));
    if (row_.error) {
      check_error(outcome);
    } else {
      REQUIRE_MESSAGE(outcome, outcome.error().to_string());
    }
    // A request that was given up at once may not have been looked at yet.
    const auto expected = static_cast<std::size_t>(row_.requests);
    (void)::test::soon([&] { return server_.requests().size() >= expected; });
    CHECK(server_.requests().size() == expected);
    CHECK(store_.waits() == row_.waits);
    check_directory();
  }

 private:
  static aws::S3Options options_of(const Row& row) {
    aws::S3Options options;
    if (row.as_aws) options.server = aws::S3Server::aws;
    options.addressing = aws::Addressing::path;
    options.transport.first_byte_timeout = std::chrono::milliseconds(row.first_byte_ms);
    options.transport.stall_timeout = std::chrono::seconds(row.stall_s);
    return options;
  }

  Status perform() {
    const Bucket bucket = store_.bucket();
    switch (row_.call) {
      case Call::get: {
        auto object = bucket.get("k");
        if (!object) return std::move(object).error();
        CHECK(object->data == kData);
        return {};
      }
      case Call::download: return status_of(bucket.download("k", File{path_}));
      case Call::put: return status_of(bucket.put("k", File{source_}));
      case Call::put_if_absent: return status_of(bucket.put("k", "data", {.condition = Condition::absent()}));
      case Call::copy: return status_of(bucket.copy("from", "k"));
      case Call::list: return status_of(bucket.list_all());
      case Call::remove_many: return bucket.remove_many(std::vector<std::string>{"k", "l"}).status();
    }
    return {};
  }

  template <class T>
  static Status status_of(Result<T> result) {
    if (!result) return std::move(result).error();
    return {};
  }

  // The text names operation, object and attempts, and no secret.
  void check_error(const Status& outcome) const {
    REQUIRE_FALSE(outcome);
    const Error& error = outcome.error();
    const std::string text = error.to_string();
    CAPTURE(text);
    CHECK(error.code == *row_.error);
    CHECK(error.attempts == row_.attempts);
    CHECK(error.may_have_happened == row_.may_have_happened);
    CHECK(text.find("s3://bucket") != std::string::npos);
    CHECK(text.find(error.operation) == 0);
    const bool counted =
        text.find(row_.attempts == 1 ? "after 1 attempt" : "after " + std::to_string(row_.attempts) + " attempts") !=
        std::string::npos;
    CHECK(counted);
    CHECK(text.find(row_.says) != std::string::npos);
    CHECK(text.find("cktest-") == std::string::npos);
  }

  // The file is the old one or the whole new one, and nothing lies beside it.
  void check_directory() const {
    const std::string content = ::test::read_file(path_);
    CHECK(content == (row_.call == Call::download && !row_.error ? kData : "old"));
    CHECK(std::distance(std::filesystem::directory_iterator(directory_.path()), {}) == 2);
  }

  const Row& row_;
  ScriptedServer server_;
  VirtualStore store_{server_, options_of(row_)};
  const test::TemporaryDirectory directory_;
  const std::string path_ = directory_.file("file");
  const std::string source_ = directory_.file("source");
};

}  // namespace

void run_row(const Row& row) {
  const auto before = open_descriptors();
  Run(row).check();
  CHECK(open_descriptors() == before);
}

}  // namespace faults
