#pragma once

#include <cloudkit/context.h>
#include <cloudkit/credentials.h>
#include <cloudkit/export.h>
#include <cloudkit/http_options.h>
#include <cloudkit/result.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Any service of AWS, where cloudkit has no interface of its own for it: signed, retried, page by page.
///   aws::ServiceClient table("dynamodb", {.region = "us-west-2"});
///   table.call({.action = "GetItem", .body = R"({"TableName": "t", "Key": {"id": {"S": "1"}}})"});
namespace cloudkit::inline v0::aws {

/// Who asks, and where. Empty members come from where the AWS CLI finds them: environment, then profile.
struct ServiceOptions {
  std::string region = {};    ///< "eu-west-1"; else AWS_REGION, AWS_DEFAULT_REGION, the profile's.
  std::string endpoint = {};  ///< "https://HOST[:PORT][/BASE]"; else AWS_ENDPOINT_URL_<SERVICE> …, else AWS's.
  std::string profile = {};   ///< Whose configuration, and credentials without `credentials`.
  bool allow_http = false;    ///< Plain http to another machine than this one.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  std::optional<bool> fips = {};        ///< AWS's endpoints with cryptography of FIPS 140.
  std::optional<bool> dual_stack = {};  ///< AWS's endpoints with IPv6 too.
};

/// `rest_json`: method and path. `json`: x-amz-target. `query`, also EC2's: a form, XML comes back.
enum class ServiceProtocol { rest_json, json, query };

/// A service that cloudkit does not know by name, as its API's model describes it.
struct ServiceDescription {
  std::string id = {};            ///< As in AWS_ENDPOINT_URL_<ID> and profile files: "sagemaker-runtime".
  std::string host = {};          ///< What the host begins with: "runtime.sagemaker". Default: `id`.
  std::string signing_name = {};  ///< What requests are signed for: "sagemaker". Default: `host`.
  ServiceProtocol protocol = ServiceProtocol::rest_json;  ///< How calls are written.
  std::string version = {};                               ///< `json`: "1.0" or "1.1". `query`: the API's, "2012-11-05".
  std::string target = {};  ///< `json`: what stands before the action in x-amz-target: "DynamoDB_20120810".
  bool global = false;      ///< One endpoint for all regions, as IAM has.
};

/// One request. Which members count depends on the protocol.
struct ServiceCall {
  std::string action = {};  ///< `json`, `query`: "GetItem".
  std::string body = {};    ///< `json`: default "{}". `rest_json`: anything.
  /// `query`: the form's. `rest_json`: the query string's.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::string path = "/";  ///< `rest_json`: decoded; what stands between two `/` is encoded.
  /// `rest_json`: "GET", "HEAD", "PUT", "POST", "DELETE". Default: POST with a body, else GET.
  std::string method = {};
  std::string content_type = "application/json";                  ///< `rest_json`: of `body`.
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< More of them.
  /// May be sent again when its outcome is not known. Default: `rest_json` all but POST, else none.
  std::optional<bool> repeatable = {};
  std::chrono::seconds thinking_time{0};  ///< How long the service may work before it answers, where that is long.
  Context context = {};
};

/// A success; any other status is an error.
struct ServiceReply {
  std::string body = {};                                          ///< As the service sent it: JSON, or XML of `query`.
  int status = 0;                                                 ///< Of HTTP.
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< As the service sent them.
  std::string request_id = {};                                    ///< For the service's support.
  int attempts = 0;                                               ///< Requests made, at least 1.

  /// The first of this name, in any case, or "".
  CLOUDKIT_API std::string_view header(std::string_view name) const noexcept;
};

/// How a listing goes on: what is found at `reply` is sent at `request` for the next page.
struct ServicePaging {
  std::string request = {};  ///< A member of the JSON body, or a parameter: "ExclusiveStartKey", "Marker".
  std::string reply = {};    ///< Members or elements, with dots: "LastEvaluatedKey", "ListUsersResult.Marker".
};

/// One service for one account in one region. Copies are cheap and share what is behind them. Thread-safe; does no
/// I/O before the first call. Errors of every call: as the service says; `invalid_argument` without a region;
/// `unauthenticated` without credentials; `unavailable`, `timeout`, `cancelled`.
class CLOUDKIT_API ServiceClient {
 public:
  /// By a name that cloudkit knows: apigateway, apigatewayv2, dynamodb, ec2, ecr, events, iam, kms, lambda, logs,
  /// sagemaker, sagemaker-runtime, scheduler, secretsmanager, sns, sqs, ssm, states, sts. Another one is
  /// `invalid_argument` at each call.
  explicit ServiceClient(std::string_view service, ServiceOptions options = {});
  /// By a description: any other one.
  explicit ServiceClient(ServiceDescription service, ServiceOptions options = {});

  /// Sends one request, and again as `ServiceOptions::retry` and `ServiceCall::repeatable` allow.
  Result<ServiceReply> call(const ServiceCall& call) const;
  /// `visit` gets each page's reply; its error ends the listing, and is returned. Errors: also `unknown` for a reply
  /// that leads back to its own page.
  Status pages(ServiceCall call, const ServicePaging& paging,
               const std::function<Status(const ServiceReply&)>& visit) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0::aws
