#include "fixture.h"

#include <cloudkit/log.h>
#include <cloudkit/observer.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// The service names the replies of a session by the session's own secret.
namespace {

constexpr std::string_view kSecret = "cktest-session-1";
const UploadId kSecretUpload{"/upload/storage/v1/b/reports/o?uploadType=resumable&upload_id=cktest-session-1"};

bool shows_secret(std::string_view text) { return text.find(kSecret) != std::string_view::npos; }

ScriptedTransport::Step of_session(int status, std::string body = {}, std::vector<http::Header> more = {}) {
  more.push_back({"X-GUploader-UploadID", std::string(kSecret)});
  return reply(status, std::move(more), std::move(body));
}

class Attempts final : public Observer {
 public:
  void on_attempt(const AttemptEvent& event) override {
    text += fmt::format("{} {} {}\n", event.url, event.host, event.error ? event.error->to_string() : "");
  }
  std::string text = {};
};

struct SessionFixture : Fixture {
  SessionFixture() {
    set_observer(attempts);
    set_log_sink(
        [this](const LogRecord& record) {
          logged += record.message;
          for (const LogField& field : record.fields) logged += fmt::format(" {}={}", field.key, field.value);
          logged += '\n';
        },
        LogLevel::trace);
  }
  ~SessionFixture() {
    set_observer(nullptr);
    set_log_sink({}, LogLevel::warn);
    quiet_log();
  }

  Error failed_part() {
    PutPartRequest request;
    request.key = "k";
    request.upload = kSecretUpload;
    request.number = 1;
    return bucket->put_part(request, MemorySource(std::string(kUnit, 'x'))).error();
  }
  Error failed_end(Condition condition = {}) {
    PutOptions options;
    options.condition = std::move(condition);
    return bucket->complete_upload("k", kSecretUpload, {{1, kUnit, "", "AAAAAA=="}}, options).error();
  }
  void check_hidden(const Error& error) const {
    CHECK(error.request_id.empty());
    CHECK_FALSE(shows_secret(error.to_string()));
    CHECK_FALSE(shows_secret(error.hint));
    CHECK_FALSE(logged.empty());
    CHECK_FALSE(shows_secret(logged));
    CHECK_FALSE(attempts->text.empty());
    CHECK_FALSE(shows_secret(attempts->text));
  }

  std::shared_ptr<Attempts> attempts = std::make_shared<Attempts>();
  std::string logged = {};
};

}  // namespace

TEST_CASE_FIXTURE(SessionFixture, "no failure of a session shows its secret, not even as a request id") {
  transport->then(of_session(400, refusal(400, "invalid", "no")));
  const Error invalid = failed_part();
  CHECK(invalid.code == ErrorCode::invalid_argument);
  check_hidden(invalid);

  transport->then(of_session(412, refusal(412, "conditionNotMet", "no")));
  const Error refused = failed_end(Condition::absent());
  CHECK(refused.code == ErrorCode::precondition_failed);
  check_hidden(refused);

  transport->then(of_session(410, refusal(410, "gone", "cancelled")));
  const Error gone = failed_part();
  CHECK(gone.service_code == "NoSuchUpload");
  check_hidden(gone);

  transport->then(of_session(503, refusal(503, "backendError", "down")), 4);
  const Error down = failed_end();
  CHECK(down.code == ErrorCode::unavailable);
  CHECK(down.attempts == 4);
  check_hidden(down);
}

TEST_CASE_FIXTURE(SessionFixture, "a session that keeps nothing does not show its secret") {
  transport->then(of_session(308), 8);
  const Error error = failed_part();
  CHECK(error.message == "the service keeps no byte of what comes after the first 0");
  check_hidden(error);
}

TEST_CASE_FIXTURE(SessionFixture, "a session that begins in a place that is none does not show its secret") {
  transport->then(of_session(200, {}, {{"Location", "https://h/elsewhere?upload_id=cktest-session-1"}}))
      .then(of_session(403, refusal(403, "forbidden", "no")));
  const Error lost = bucket->begin_upload("k", {}).error();
  CHECK(lost.message == "the reply names a session that is none of the bucket, or has no upload_id");
  check_hidden(lost);
  check_hidden(bucket->begin_upload("k", {}).error());
}

TEST_CASE_FIXTURE(SessionFixture, "a page that shows the URL that was asked for does not show a session's secret") {
  const std::string page = "<p>The URL " + kSecretUpload.value + " was not found";
  transport->then(of_session(400, page))
      .then(of_session(400, refusal(400, "invalid", "no " + kSecretUpload.value)))
      .then(of_session(200, page), 2);
  const Error invalid = failed_part();
  CHECK(invalid.message.starts_with("the reply is not Cloud Storage's: <p>The URL /upload/"));
  check_hidden(invalid);
  check_hidden(failed_part());
  const Error end = failed_end();
  CHECK(end.message.starts_with("expected JSON, the reply is: <p>The URL /upload/"));
  check_hidden(end);
}

TEST_CASE_FIXTURE(SessionFixture, "a reply of a session may have an id that is no secret") {
  transport->then(of_session(400, refusal(400, "invalid", "no"), {{"X-Request-Id", "r-1"}}));
  CHECK(failed_part().request_id == "r-1");
}

TEST_CASE_FIXTURE(SessionFixture, "outside of sessions the header is what Google's support asks for") {
  transport->then(reply(404, {{"X-GUploader-UploadID", "id-1"}}, refusal(404, "notFound", "No such object: k")))
      .then(reply(400, {{"X-GUploader-UploadID", "id-2"}}, refusal(400, "invalid", "no")));
  CHECK(bucket->head("k", {}).error().request_id == "id-1");
  CHECK(bucket->put("k", MemorySource("x"), {}).error().request_id == "id-2");
}
