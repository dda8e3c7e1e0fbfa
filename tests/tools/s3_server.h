#pragma once

#include "faults/scripted_server.h"
#include "tools/program.h"

#include <string>
#include <vector>

namespace test {

inline constexpr const char* kSecret = "cktest-tool-secret-9d1c";

/// A program with keys, and an S3 server that answers as it is told.
struct ProgramWithServer : Program {
  faults::ScriptedServer server;

  ProgramWithServer() {
    set("AWS_ACCESS_KEY_ID=AKIDTOOL");
    set(std::string("AWS_SECRET_ACCESS_KEY=") + kSecret);
  }
  std::string s3(const std::string& bucket_and_key) const {
    return "s3://" + bucket_and_key + "?endpoint=http://" + server.host();
  }
};

/// A page of a listing, its keys percent-encoded, each of 4 bytes.
inline std::string list_reply(const std::vector<std::string>& encoded_keys, const std::string& next_token = {}) {
  std::string xml = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>";
  xml += next_token.empty() ? "false</IsTruncated>"
                            : "true</IsTruncated><NextContinuationToken>" + next_token + "</NextContinuationToken>";
  for (const std::string& key : encoded_keys) {
    xml += "<Contents><Key>" + key + "</Key><LastModified>2026-11-23T01:00:00.000Z</LastModified>" +
           "<ETag>\"e\"</ETag><Size>4</Size></Contents>";
  }
  return faults::reply(200, xml + "</ListBucketResult>");
}

inline std::string object_reply(const std::string& body) {
  return faults::reply(200, body, "ETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 01:00:00 GMT\r\n");
}

inline std::string error_reply(int status, const std::string& code, const std::string& message,
                               const std::string& headers = {}) {
  return faults::reply(status, "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>", headers);
}

}  // namespace test
