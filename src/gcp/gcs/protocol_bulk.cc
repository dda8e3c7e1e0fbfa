#include "gcp/gcs/protocol_bulk.h"

#include "core/encode.h"
#include "gcp/gcs/errors.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

// What stands in the body has no byte of its own choice: keys are percent-encoded.
constexpr std::string_view kBoundary = "cloudkit-batch";
constexpr std::string_view kBatchPath = "/batch/storage/v1";

std::string_view next_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Header lines up to an empty one.
http::Headers read_headers(std::string_view& text) {
  http::Headers headers;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.add(std::string(core::trim(line.substr(0, colon))), std::string(core::trim(line.substr(colon + 1))));
  }
  return headers;
}

// "multipart/mixed; boundary=batch_x" or with quotes.
std::string_view boundary_of(std::string_view content_type) noexcept {
  constexpr std::string_view kName = "boundary=";
  const std::size_t at = content_type.find(kName);
  if (!content_type.starts_with("multipart/") || at == std::string_view::npos) return {};
  std::string_view boundary = content_type.substr(at + kName.size());
  boundary = core::trim(boundary.substr(0, boundary.find(';')));
  if (boundary.size() >= 2 && boundary.starts_with('"') && boundary.ends_with('"')) {
    boundary = boundary.substr(1, boundary.size() - 2);
  }
  return boundary;
}

struct Answer {
  std::optional<std::size_t> index = {};  // Which key, where it says so.
  http::Response reply = {};
};

// "<response-cloudkit+7>" answers the eighth.
std::optional<std::size_t> index_of(std::string_view content_id) {
  const std::size_t plus = content_id.rfind('+');
  if (plus == std::string_view::npos || !content_id.ends_with('>')) return std::nullopt;
  const auto number = core::parse_u64(content_id.substr(plus + 1, content_id.size() - plus - 2));
  if (!number) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

// Headers of the part, a status line, headers of the reply, its body.
std::optional<Answer> read_answer(std::string_view part) {
  Answer answer;
  answer.index = index_of(read_headers(part).get("content-id"));
  const std::string_view line = next_line(part);
  const std::size_t space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return std::nullopt;
  const auto status = core::parse_u64(line.substr(space + 1, 3));
  if (!status || *status < 100 || *status > 599) return std::nullopt;
  answer.reply.status = static_cast<int>(*status);
  answer.reply.headers = read_headers(part);
  answer.reply.body = core::trim(part);
  return answer;
}

// Nothing for a body that is not one of these, or was cut off.
std::optional<std::vector<Answer>> read_answers(std::string_view body, std::string_view boundary, std::size_t most) {
  const std::string delimiter = fmt::format("--{}", boundary);
  std::vector<Answer> answers;
  std::size_t at = body.find(delimiter);
  while (at != std::string_view::npos) {
    std::string_view rest = body.substr(at + delimiter.size());
    if (rest.starts_with("--")) return answers;
    (void)next_line(rest);
    const std::size_t end = rest.find(delimiter);
    if (end == std::string_view::npos || answers.size() == most) return std::nullopt;
    auto answer = read_answer(rest.substr(0, end));
    if (!answer) return std::nullopt;
    answers.push_back(*std::move(answer));
    at = body.size() - rest.size() + end;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> batch_body(const Target& target, std::string_view bucket, std::span<const std::string> keys) {
  std::string body;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (auto valid = check_key(keys[i]); !valid) return std::move(valid).error();
    http::Request inner = api_request(http::Method::remove, target, object_path(bucket, keys[i]));
    body += fmt::format(
        "--{}\r\nContent-Type: application/http\r\nContent-ID: <cloudkit+{}>\r\n\r\nDELETE {} HTTP/1.1\r\n\r\n\r\n",
        kBoundary, i, http::encode_target(inner));
  }
  body += fmt::format("--{}--\r\n", kBoundary);
  return body;
}

http::Request batch_request(const Target& target, std::string_view body) {
  http::Request request = api_request(http::Method::post, target, kBatchPath);
  request.query.clear();  // Who pays is said by each removal.
  request.headers.add("content-type", fmt::format("multipart/mixed; boundary={}", kBoundary));
  request.body = Bytes(body.data(), body.size());
  return request;
}

Result<std::vector<RemoveFailure>> parse_batch(std::span<const std::string> keys, const http::Response& response) {
  const auto confused = [](std::string_view why) {
    Error error = unexpected_reply(fmt::format("the reply to a batch {}", why));
    error.may_have_happened = true;
    return error;
  };
  const std::string_view boundary = boundary_of(response.headers.get("content-type"));
  if (boundary.empty()) return confused("is not one of several parts");
  const auto answers = read_answers(response.body, boundary, keys.size());
  if (!answers) return confused("cannot be read whole");
  if (answers->size() != keys.size()) {
    return confused(fmt::format("has {} answers for {} keys", answers->size(), keys.size()));
  }
  http::Request inner;
  inner.method = http::Method::remove;
  std::vector<bool> answered(keys.size());
  std::vector<RemoveFailure> failures;
  for (std::size_t i = 0; i < answers->size(); ++i) {
    const Answer& answer = (*answers)[i];
    const std::size_t index = answer.index.value_or(i);
    if (index >= keys.size() || answered[index]) return confused("answers for a key that was not asked for");
    answered[index] = true;
    if (answer.reply.status >= 200 && answer.reply.status <= 299) continue;
    Error error = error_in_reply(inner, answer.reply);
    if (!object_is_missing(error)) failures.push_back({keys[index], std::move(error)});
  }
  return failures;
}

std::optional<http::Response> refused_part(const http::Request& request, const http::Response& response) {
  if (!request.encoded_path.ends_with(kBatchPath)) return std::nullopt;
  const std::string_view boundary = boundary_of(response.headers.get("content-type"));
  if (boundary.empty()) return std::nullopt;
  auto answers = read_answers(response.body, boundary, kMaxKeysPerBatch);
  if (!answers) return std::nullopt;
  for (Answer& answer : *answers) {
    if (answer.reply.status == 401) return std::move(answer.reply);
  }
  return std::nullopt;
}

}  // namespace cloudkit::inline v0::gcp::gcs
