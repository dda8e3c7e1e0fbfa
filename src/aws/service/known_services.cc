#include "aws/service/known_services.h"

#include "core/encode.h"

namespace cloudkit::inline v0::aws::service {
namespace {

constexpr ServiceProtocol kRest = ServiceProtocol::rest_json;
constexpr ServiceProtocol kJson = ServiceProtocol::json;
constexpr ServiceProtocol kQuery = ServiceProtocol::query;

struct KnownService {
  std::string_view name;
  std::string_view id;
  std::string_view host;
  std::string_view signing_name;
  ServiceProtocol protocol;
  std::string_view version = {};
  std::string_view target = {};
  bool global = false;
};

// What the metadata of botocore's models says: a test compares it.
constexpr KnownService kKnownServices[] = {
    {"apigateway", "api-gateway", "apigateway", "apigateway", kRest},
    {"apigatewayv2", "apigatewayv2", "apigateway", "apigateway", kRest},
    {"dynamodb", "dynamodb", "dynamodb", "dynamodb", kJson, "1.0", "DynamoDB_20120810"},
    {"ec2", "ec2", "ec2", "ec2", kQuery, "2016-11-15"},
    {"ecr", "ecr", "api.ecr", "ecr", kJson, "1.1", "AmazonEC2ContainerRegistry_V20150921"},
    {"events", "eventbridge", "events", "events", kJson, "1.1", "AWSEvents"},
    {"iam", "iam", "iam", "iam", kQuery, "2010-05-08", "", true},
    {"kms", "kms", "kms", "kms", kJson, "1.1", "TrentService"},
    {"lambda", "lambda", "lambda", "lambda", kRest},
    {"logs", "cloudwatch-logs", "logs", "logs", kJson, "1.1", "Logs_20140328"},
    {"sagemaker", "sagemaker", "api.sagemaker", "sagemaker", kJson, "1.1", "SageMaker"},
    {"sagemaker-runtime", "sagemaker-runtime", "runtime.sagemaker", "sagemaker", kRest},
    {"scheduler", "scheduler", "scheduler", "scheduler", kRest},
    {"secretsmanager", "secrets-manager", "secretsmanager", "secretsmanager", kJson, "1.1", "secretsmanager"},
    {"sns", "sns", "sns", "sns", kQuery, "2010-03-31"},
    {"sqs", "sqs", "sqs", "sqs", kJson, "1.0", "AmazonSQS"},
    {"ssm", "ssm", "ssm", "ssm", kJson, "1.1", "AmazonSSM"},
    {"states", "sfn", "states", "states", kJson, "1.0", "AWSStepFunctions"},
    {"sts", "sts", "sts", "sts", kQuery, "2011-06-15"},
};

}  // namespace

std::optional<ServiceDescription> known_service(std::string_view name) {
  for (const KnownService& row : kKnownServices) {
    if (row.name != name) continue;
    return ServiceDescription{std::string(row.id), std::string(row.host),    std::string(row.signing_name),
                              row.protocol,        std::string(row.version), std::string(row.target),
                              row.global};
  }
  return std::nullopt;
}

std::string known_service_names() {
  std::string names;
  for (const KnownService& row : kKnownServices) core::append_listed(names, row.name);
  return names;
}

}  // namespace cloudkit::inline v0::aws::service
