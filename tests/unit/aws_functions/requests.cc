#include "golden/requests.h"

#include "aws/apigateway/http_protocol.h"
#include "aws/apigateway/rest_protocol.h"
#include "aws/iam/protocol.h"
#include "aws/lambda/invoke.h"
#include "aws/lambda/permissions.h"
#include "aws/lambda/protocol.h"
#include "aws/lambda/url.h"
#include "aws/logs/protocol.h"
#include "aws/schedule/protocol.h"

using namespace cloudkit;
using namespace std::chrono_literals;
namespace api = cloudkit::aws::apigateway;
namespace iam = cloudkit::aws::iam;
namespace lambda = cloudkit::aws::lambda;
namespace logs = cloudkit::aws::logs;
namespace schedule = cloudkit::aws::schedule;

namespace {

const std::string kArn = "arn:aws:lambda:us-west-2:123456789012:function:hello";
const std::string kCron = "cron(0 1 * * ? *)";
const std::string kRole = "arn:aws:iam::123456789012:role/r";

FunctionSpec hello() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.identity = kRole;
  spec.architecture = Architecture::arm64;
  return spec;
}

FunctionSpec python() {
  FunctionSpec spec = hello();
  spec.runtime = "python3.12";
  spec.handler = "app.handler";
  spec.description = "says \"hällo\"";
  spec.timeout = 60s;
  spec.memory_mib = 512;
  spec.scratch_mib = 1024;
  spec.environment = {{"A", "1"}, {"B", ""}};
  spec.tags = {{"team", "blue"}};
  return spec;
}

FunctionPackage zip() {
  FunctionPackage package;
  package.zip = "PK";
  return package;
}

FunctionPackage object() {
  FunctionPackage package;
  package.object_url = "s3://code/a%20b/hello.zip?versionId=v1";
  return package;
}

FunctionPackage image() {
  FunctionPackage package;
  package.image_uri = "123456789012.dkr.ecr.us-west-2.amazonaws.com/hello:1";
  return package;
}

void add_functions(std::vector<GoldenRequest>& all) {
  const std::string spec_json =
      R"("Role":"arn:aws:iam::123456789012:role/r","Description":"","Timeout":30,"MemorySize":256,)"
      R"("EphemeralStorage":{"Size":512},"Architectures":["arm64"],"Environment":{"Variables":{}},"Tags":{}})";
  all.push_back(
      {"lambda", "create_function",
       R"({"FunctionName":"hello","Code":{"ZipFile":"UEs="},"Runtime":"provided.al2023","Handler":"bootstrap",)" +
           spec_json,
       lambda::create_function(hello(), zip()).value()});
  all.push_back({"lambda", "create_function",
                 R"({"FunctionName":"hello","PackageType":"Image",)"
                 R"("Code":{"ImageUri":"123456789012.dkr.ecr.us-west-2.amazonaws.com/hello:1"},)" +
                     spec_json,
                 lambda::create_function(hello(), image()).value()});
  all.push_back({"lambda", "create_function",
                 R"({"FunctionName":"hello","Runtime":"python3.12","Handler":"app.handler",)"
                 R"("Code":{"S3Bucket":"code","S3Key":"a b/hello.zip","S3ObjectVersion":"v1"},)"
                 R"("Role":"arn:aws:iam::123456789012:role/r","Description":"says \"hällo\"","Timeout":60,)"
                 R"("MemorySize":512,"EphemeralStorage":{"Size":1024},"Architectures":["arm64"],)"
                 R"("Environment":{"Variables":{"A":"1","B":""}},"Tags":{"team":"blue"}})",
                 lambda::create_function(python(), object()).value()});
  all.push_back({"lambda", "update_function_code",
                 R"({"FunctionName":"hello","ZipFile":"UEs=","Architectures":["arm64"]})",
                 lambda::update_function_code(hello(), zip()).value()});
  all.push_back({"lambda", "update_function_configuration",
                 R"({"FunctionName":"hello","Runtime":"python3.12","Handler":"app.handler",)"
                 R"("Description":"says \"hällo\"","Timeout":60,"MemorySize":512,"EphemeralStorage":{"Size":1024},)"
                 R"("Environment":{"Variables":{"A":"1","B":""}}})",
                 lambda::update_function_configuration({.spec = hello()}, python(), false).value().value()});
  all.push_back({"lambda", "get_function", R"({"FunctionName":"hello","Qualifier":"live"})",
                 lambda::get_function("hello", "live").value()});
  all.push_back(
      {"lambda", "get_function", R"({"FunctionName":")" + kArn + R"("})", lambda::get_function(kArn, {}).value()});
  all.push_back({"lambda", "get_function_configuration", R"({"FunctionName":"hello"})",
                 lambda::get_function_configuration("hello").value()});
  all.push_back({"lambda", "list_functions", R"({"Marker":"a/b+c=","MaxItems":50})", lambda::list_functions("a/b+c=")});
  all.push_back({"lambda", "delete_function", R"({"FunctionName":"hello"})", lambda::delete_function("hello").value()});
  all.push_back({"lambda", "tag_resource", R"({"Resource":")" + kArn + R"(","Tags":{"cloudkit:code":"d:s"}})",
                 lambda::tag_function(kArn, {{std::string(lambda::kCodeTag), lambda::code_tag("d", "s")}}).value()});
  all.push_back({"lambda", "untag_resource", R"({"Resource":")" + kArn + R"(","TagKeys":["a b","c"]})",
                 lambda::untag_function(kArn, {"a b", "c"}).value()});
  all.push_back({"lambda", "put_function_concurrency", R"({"FunctionName":"hello","ReservedConcurrentExecutions":0})",
                 lambda::put_concurrency("hello", 0).value()});
  all.push_back({"lambda", "delete_function_concurrency", R"({"FunctionName":"hello"})",
                 lambda::delete_concurrency("hello").value()});
}

void add_invocations(std::vector<GoldenRequest>& all) {
  InvokeOptions options;
  options.qualifier = "live";
  options.log_tail = true;
  options.client_context = R"({"custom":{}})";
  all.push_back({"lambda", "invoke",
                 R"({"FunctionName":"hello","Qualifier":"live","InvocationType":"RequestResponse","LogType":"Tail",)"
                 R"("ClientContext":"eyJjdXN0b20iOnt9fQ==","Payload":"eyJhIjoxfQ=="})",
                 lambda::invoke_function("hello", R"({"a":1})", options).value()});
  all.push_back({"lambda", "invoke",
                 R"({"FunctionName":")" + kArn + R"(:live","InvocationType":"Event","Payload":"e30="})",
                 lambda::invoke_function(kArn + ":live", {}, {.mode = InvokeMode::async}).value()});
  all.push_back({"lambda", "publish_version", R"({"FunctionName":"hello"})", lambda::publish_version("hello").value()});
  all.push_back({"lambda", "create_alias", R"({"FunctionName":"hello","Name":"live","FunctionVersion":"7"})",
                 lambda::create_alias("hello", "live", "7").value()});
  all.push_back({"lambda", "update_alias", R"({"FunctionName":"hello","Name":"live","FunctionVersion":"8"})",
                 lambda::update_alias("hello", "live", "8").value()});
  lambda::Permission permission;
  permission.principal = "events.amazonaws.com";
  permission.source_arn = "arn:aws:events:us-west-2:123456789012:rule/hello.nightly";
  const std::string id = lambda::statement_id(permission);
  all.push_back({"lambda", "add_permission",
                 R"({"FunctionName":"hello","Action":"lambda:InvokeFunction","Principal":"events.amazonaws.com",)"
                 R"("SourceArn":"arn:aws:events:us-west-2:123456789012:rule/hello.nightly","StatementId":")" +
                     id + R"("})",
                 lambda::add_permission("hello", permission).value()});
  all.push_back({"lambda", "remove_permission", R"({"FunctionName":"hello","StatementId":")" + id + R"("})",
                 lambda::remove_permission("hello", permission).value()});
  const lambda::Permission via_url{"lambda:InvokeFunction", "*", {}, {}, true};
  all.push_back({"lambda", "add_permission",
                 R"({"FunctionName":"hello","Action":"lambda:InvokeFunction","Principal":"*",)"
                 R"("InvokedViaFunctionUrl":true,"StatementId":")" +
                     lambda::statement_id(via_url) + R"("})",
                 lambda::add_permission("hello", via_url).value()});
  all.push_back({"lambda", "create_function_url_config", R"({"FunctionName":"hello","AuthType":"NONE"})",
                 lambda::create_function_url("hello", true).value()});
  all.push_back({"lambda", "update_function_url_config", R"({"FunctionName":"hello","AuthType":"AWS_IAM"})",
                 lambda::update_function_url("hello", false).value()});
  all.push_back(
      {"lambda", "get_function_url_config", R"({"FunctionName":"hello"})", lambda::get_function_url("hello").value()});
  all.push_back({"lambda", "delete_function_url_config", R"({"FunctionName":"hello"})",
                 lambda::delete_function_url("hello").value()});
}

void add_roles(std::vector<GoldenRequest>& all) {
  const std::string trust = iam::trust_policy("lambda.amazonaws.com");
  const std::string escaped_trust =
      R"({\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]})";
  all.push_back({"iam", "get_role", R"({"RoleName":"r"})", iam::get_role("r")});
  all.push_back({"iam", "create_role",
                 R"({"RoleName":"r","AssumeRolePolicyDocument":")" + escaped_trust +
                     R"(","Description":"a b","Tags":[{"Key":"k","Value":"v/w"},{"Key":"l","Value":""}]})",
                 iam::create_role("r", trust, "a b", {{"k", "v/w"}, {"l", ""}})});
  all.push_back({"iam", "update_assume_role_policy", R"({"RoleName":"r","PolicyDocument":")" + escaped_trust + R"("})",
                 iam::update_assume_role_policy("r", trust)});
  all.push_back({"iam", "delete_role", R"({"RoleName":"r"})", iam::delete_role("r")});
  all.push_back({"iam", "list_attached_role_policies", R"({"RoleName":"r"})", iam::list_attached_role_policies("r")});
  all.push_back({"iam", "attach_role_policy", R"({"RoleName":"r","PolicyArn":"arn:aws:iam::aws:policy/p"})",
                 iam::attach_role_policy("r", "arn:aws:iam::aws:policy/p")});
  all.push_back({"iam", "detach_role_policy", R"({"RoleName":"r","PolicyArn":"arn:aws:iam::aws:policy/p"})",
                 iam::detach_role_policy("r", "arn:aws:iam::aws:policy/p")});
  all.push_back({"iam", "list_role_policies", R"({"RoleName":"r"})", iam::list_role_policies("r")});
  all.push_back({"iam", "get_role_policy", R"({"RoleName":"r","PolicyName":"p"})", iam::get_role_policy("r", "p")});
  all.push_back({"iam", "put_role_policy", R"({"RoleName":"r","PolicyName":"p","PolicyDocument":"{}"})",
                 iam::put_role_policy("r", "p", "{}")});
  all.push_back(
      {"iam", "delete_role_policy", R"({"RoleName":"r","PolicyName":"p"})", iam::delete_role_policy("r", "p")});
}

void add_rest_apis(std::vector<GoldenRequest>& all) {
  const std::string uri = "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/" + kArn + "/invocations";
  const api::RestMethod method{"res1", "/hello", "GET", "NONE", uri};
  const std::string place = R"({"restApiId":"api1","resourceId":"res1","httpMethod":"GET")";
  all.push_back({"apigateway", "get_rest_apis", R"({"limit":500,"position":"p="})", api::list_rest_apis("p=")});
  all.push_back(
      {"apigateway", "create_rest_api",
       R"({"name":"cloudkit-hello","endpointConfiguration":{"types":["REGIONAL"]},"binaryMediaTypes":["*/*"],)"
       R"("tags":{"cloudkit:function":"hello","cloudkit:stage":"dev"}})",
       api::create_rest_api("hello", "dev").value()});
  all.push_back({"apigateway", "get_resources", R"({"restApiId":"api1","limit":500,"embed":["methods"]})",
                 api::get_rest_resources("api1")});
  all.push_back({"apigateway", "create_resource", R"({"restApiId":"api1","parentId":"res0","pathPart":"{name+}"})",
                 api::create_rest_resource("api1", "res0", "{name+}").value()});
  all.push_back({"apigateway", "put_method", place + R"(,"authorizationType":"NONE"})",
                 api::put_rest_method("api1", method).value()});
  all.push_back({"apigateway", "put_integration",
                 place + R"(,"type":"AWS_PROXY","integrationHttpMethod":"POST","uri":")" + uri + R"("})",
                 api::put_rest_integration("api1", method).value()});
  all.push_back({"apigateway", "delete_method", place + "}", api::delete_rest_method("api1", method)});
  all.push_back({"apigateway", "create_deployment",
                 R"({"restApiId":"api1","stageName":"dev","variables":{"cloudkit":"d1"}})",
                 api::deploy_rest_api("api1", "dev", "d1").value()});
  all.push_back(
      {"apigateway", "get_stage", R"({"restApiId":"api1","stageName":"dev"})", api::get_rest_stage("api1", "dev")});
  all.push_back({"apigateway", "delete_rest_api", R"({"restApiId":"api1"})", api::delete_rest_api("api1")});
}

void add_http_apis(std::vector<GoldenRequest>& all) {
  const std::string page = R"("MaxResults":"100","NextToken":"t"})";
  all.push_back({"apigatewayv2", "get_apis", "{" + page, api::list_http_apis("t")});
  all.push_back({"apigatewayv2", "create_api",
                 R"({"Name":"cloudkit-hello","ProtocolType":"HTTP","Tags":{"cloudkit:function":"hello"}})",
                 api::create_http_api("hello", {}).value()});
  all.push_back({"apigatewayv2", "delete_api", R"({"ApiId":"a1"})", api::delete_http_api("a1")});
  all.push_back(
      {"apigatewayv2", "get_integrations", R"({"ApiId":"a1",)" + page, api::list_http_integrations("a1", "t")});
  all.push_back({"apigatewayv2", "create_integration",
                 R"({"ApiId":"a1","IntegrationType":"AWS_PROXY","IntegrationMethod":"POST",)"
                 R"("PayloadFormatVersion":"2.0","IntegrationUri":")" +
                     kArn + R"("})",
                 api::create_http_integration("a1", kArn).value()});
  all.push_back({"apigatewayv2", "get_routes", R"({"ApiId":"a1",)" + page, api::list_http_routes("a1", "t")});
  all.push_back({"apigatewayv2", "create_route",
                 R"({"ApiId":"a1","RouteKey":"GET /hello","Target":"integrations/i1","AuthorizationType":"AWS_IAM"})",
                 api::create_http_route("a1", {{}, "GET /hello", "integrations/i1", "AWS_IAM"}).value()});
  all.push_back(
      {"apigatewayv2", "delete_route", R"({"ApiId":"a1","RouteId":"r1"})", api::delete_http_route("a1", "r1")});
  all.push_back({"apigatewayv2", "get_stages", R"({"ApiId":"a1",)" + page, api::list_http_stages("a1", "t")});
  all.push_back({"apigatewayv2", "create_stage", R"({"ApiId":"a1","StageName":"$default","AutoDeploy":true})",
                 api::create_http_stage("a1", "$default").value()});
}

void add_schedules(std::vector<GoldenRequest>& all) {
  const schedule::TimedCall timed{"hello.nightly", kCron, "Europe/Berlin", kArn, kRole, "{}", false};
  const std::string said =
      R"({"Name":"hello.nightly","ScheduleExpression":")" + kCron +
      R"(",)"
      R"("ScheduleExpressionTimezone":"Europe/Berlin","State":"DISABLED","FlexibleTimeWindow":{"Mode":"OFF"},)"
      R"("Target":{"Arn":")" +
      kArn + R"(","RoleArn":")" + kRole + R"(","Input":"{}"}})";
  all.push_back({"scheduler", "create_schedule", said, schedule::create_schedule(timed).value()});
  all.push_back({"scheduler", "update_schedule", said, schedule::update_schedule(timed).value()});
  all.push_back({"scheduler", "get_schedule", R"({"Name":"hello.nightly"})", schedule::get_schedule("hello.nightly")});
  all.push_back(
      {"scheduler", "delete_schedule", R"({"Name":"hello.nightly"})", schedule::delete_schedule("hello.nightly")});
  all.push_back({"scheduler", "list_schedules",
                 R"({"GroupName":"default","NamePrefix":"hello.","MaxResults":100,"NextToken":"t"})",
                 schedule::list_schedules("hello.", "t")});
  all.push_back({"events", "put_rule",
                 R"({"Name":"hello.nightly","State":"ENABLED","ScheduleExpression":")" + kCron + R"("})",
                 schedule::put_rule("hello.nightly", kCron, true).value()});
  all.push_back({"events", "put_targets",
                 R"({"Rule":"hello.nightly","Targets":[{"Id":"cloudkit","Arn":")" + kArn + R"(","Input":"{}"}]})",
                 schedule::put_target("hello.nightly", kArn, "{}").value()});
  all.push_back({"events", "list_rules", R"({"NamePrefix":"hello.","NextToken":"t"})",
                 schedule::list_rules("hello.", "t").value()});
  all.push_back({"events", "list_targets_by_rule", R"({"Rule":"hello.nightly"})",
                 schedule::list_targets("hello.nightly").value()});
  all.push_back({"events", "remove_targets", R"({"Rule":"hello.nightly","Ids":["cloudkit"]})",
                 schedule::remove_target("hello.nightly").value()});
  all.push_back(
      {"events", "delete_rule", R"({"Name":"hello.nightly"})", schedule::delete_rule("hello.nightly").value()});
}

void add_logs(std::vector<GoldenRequest>& all) {
  all.push_back({"logs", "filter_log_events", R"({"logGroupName":"/aws/lambda/hello","startTime":5,"nextToken":"t"})",
                 logs::filter_log_events(logs::group_of("hello"), {.since = 5, .service_token = "t"}).value()});
  all.push_back({"logs", "delete_log_group", R"({"logGroupName":"/aws/lambda/hello"})",
                 logs::delete_log_group(logs::group_of("hello")).value()});
}

}  // namespace

std::vector<GoldenRequest> golden_requests() {
  std::vector<GoldenRequest> all;
  add_functions(all);
  add_invocations(all);
  add_roles(all);
  add_rest_apis(all);
  add_http_apis(all);
  add_schedules(all);
  add_logs(all);
  return all;
}
