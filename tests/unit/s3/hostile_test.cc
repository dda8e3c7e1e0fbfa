#include "aws/s3/errors.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_listing.h"
#include "aws/s3/protocol_objects.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

http::Response ok(std::string body) {
  http::Response response;
  response.status = 200;
  response.body = std::move(body);
  return response;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string generated(const std::string& name) {
  if (name == "deep 200000") return repeated("<a>", 200'000) + repeated("</a>", 200'000);
  if (name == "16 MiB of <a/>") return "<r>" + repeated("<a/>", 4'194'304) + "</r>";
  if (name == "16 MiB of attributes") return "<r" + repeated(" a=''", 3'355'443) + "/>";
  // The transport stops at 16 MiB; a little more has to do here.
  return std::string((std::size_t{16} << 20) + 1, ' ');
}

enum class Outcome { listed, refused, retried };

// As a listing: what the classifier lets through is parsed.
Outcome list(const http::Response& response) {
  http::Request request;
  request.query = {{"list-type", "2"}};
  if (const auto failure = classify_reply(request, response, false)) {
    const bool again =
        failure->remedy == http::Failure::Remedy::retry || failure->remedy == http::Failure::Remedy::retry_throttled;
    return again ? Outcome::retried : Outcome::refused;
  }
  return parse_list({}, response, quirks_of(aws::S3Server::aws)) ? Outcome::listed : Outcome::refused;
}

}  // namespace

TEST_CASE("hostile XML: each reply is accepted, refused or retried, and never a crash") {
  const std::map<std::string, Outcome> expected = {
      {"empty", Outcome::retried},
      {"spaces then result", Outcome::refused},  // No listing; as a Complete see below.
      {"spaces then error", Outcome::retried},
      {"error in 200", Outcome::retried},
      {"truncated result", Outcome::refused},
      {"truncated error", Outcome::retried},
      {"html", Outcome::refused},
      {"json", Outcome::refused},
      {"billion laughs", Outcome::refused},
      {"external entity", Outcome::refused},
      {"NUL inside", Outcome::refused},
      {"bad UTF-8", Outcome::listed},  // As JSON writes it, it is good UTF-8.
      {"number entity", Outcome::listed},
      {"huge number entity", Outcome::refused},
      {"CDATA", Outcome::retried},
      {"namespace prefix", Outcome::retried},
      {"BOM", Outcome::retried},
      {"UTF-16 declared", Outcome::retried},
      {"size not a number", Outcome::refused},
      {"size negative", Outcome::refused},
      {"size over 2^64", Outcome::refused},
      {"truncated without token", Outcome::refused},
      {"empty token", Outcome::refused},
      {"no root", Outcome::refused},
      {"two roots", Outcome::retried},
      {"date junk", Outcome::refused},
      {"delete partial", Outcome::refused},
      {"url-encoded keys", Outcome::listed},
      {"deep 200000", Outcome::refused},
      {"16 MiB of <a/>", Outcome::refused},
      {"16 MiB of attributes", Outcome::refused},
      {"1 GiB", Outcome::retried},
  };
  const auto rows = nlohmann::json::parse(read_test_data("hostile/xml-replies.json"))["cases"];
  CHECK(rows.size() == expected.size());
  for (const auto& row : rows) {
    const std::string name = row["name"];
    const http::Response response = ok(row.contains("body") ? row["body"].get<std::string>() : generated(name));
    CHECK_MESSAGE(list(response) == expected.at(name), name);
    // The other parsers must survive it too, and none of it is theirs.
    CHECK_FALSE(parse_copy(response));
    CHECK_FALSE(parse_list_buckets({}, response));
    CHECK(check_control_reply(response, "CompleteMultipartUploadResult").has_value() == (name != "spaces then result"));
  }
}

TEST_CASE("a listing that is not UTF-8 is refused") {
  CHECK(list(ok("<ListBucketResult><Contents><Key>\xFF\xFE</Key></Contents></ListBucketResult>")) == Outcome::refused);
}

TEST_CASE("the keys of the hostile replies that are right are read exactly") {
  const auto key = [](std::string body) {
    return parse_list({}, ok(std::move(body)), quirks_of(aws::S3Server::aws)).value().entries.at(0).key;
  };
  CHECK(key("<ListBucketResult><Contents><Key>a&#10;b</Key></Contents></ListBucketResult>") == "a\nb");
  CHECK(key("<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%0Ab</Key><Size>1</Size></Contents>"
            "</ListBucketResult>") == "a\nb");
}
