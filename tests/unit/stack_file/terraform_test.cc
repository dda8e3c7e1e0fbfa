#include "unit/stack_file/stack_file_parse.h"

#include "support/contains.h"

using namespace cloudkit;
using ::test::contains;

TEST_CASE("what says for whom the file is, is taken") {
  const auto file = ::test::parse(R"({"//": "a comment", "terraform": {"required_version": ">= 1.5",
    "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.0"}}},
    "provider": {"aws": [{"region": "${var.region}", "//": "x"}]}, "variable": {"region": {"default": "eu-west-1"}}})");
  CHECK(file.region == "eu-west-1");
}

TEST_CASE("blocks may be arrays, as Terraform takes them") {
  const auto file = ::test::parse(R"({"resource": [{"aws_s3_bucket": {"a": {"bucket": "a-1"}}},
    {"aws_s3_bucket": [{"b": {"bucket": "b-1"}}, {"c": [{"bucket": "c-1"}]}]}]})");
  CHECK(file.stack.resources().size() == 3);
}

TEST_CASE("sections that are not taken are refused by name and place") {
  struct {
    const char* text;
    const char* problem;
  } const cases[] = {
      {"", "main.tf.json:1:1: the file is empty where JSON was expected"},
      {"provider \"aws\" {\n}",
       "main.tf.json:1:1: not JSON: unexpected text\nthis is Terraform's JSON syntax, *.tf.json; HCL"},
      {"{\"resource\": {\"a\": 1,\n \"a\": 2}}", "main.tf.json:2:2: the name \"a\" is given twice"},
      {"[]", "main.tf.json:1:1: an object was expected"},
      {R"({"data": {}})", "main.tf.json:1:2: /data: \"data\" is not taken\ntaken are: locals, output, provider"},
      {R"({"module": {}})", "/module: \"module\" is not taken"},
      {R"({"terraform": {"backend": {"s3": {}}}})", "/terraform/backend: \"backend\" is not taken\nwhere the state is"},
      {R"({"terraform": {"required_providers": {"google": {}}}})", "the provider \"google\" is not taken"},
      {R"({"provider": {"google": {}}})", "/provider/google: the provider \"google\" is not taken"},
      {R"({"provider": {"aws": [{}, {}]}})", "/provider/aws: one provider was expected"},
      {R"({"provider": {"aws": {"secret_key": "cktest-stackfile-5"}}})",
       "/provider/aws/secret_key: \"secret_key\" is not"},
      {R"({"provider": {"aws": {"profile": "x"}}})", "/provider/aws/profile: \"profile\" is not taken"},
      {R"({"provider": {"aws": {"region": ["x"]}}})", "/provider/aws/region: a text was expected"},
      {R"({"resource": "x"})", "/resource: an object was expected"},
      {R"({"resource": {"aws_s3_bucket": {"a": "x"}}})", "/resource/aws_s3_bucket/a: an object was expected"},
      {R"({"resource": {"aws_s3_bucket": {"a b": {}}}})", "/resource/aws_s3_bucket/a b: \"a b\" is no name"},
      {R"({"resource": {"aws_s3_bucket": {"_a": {"bucket": "x-1"}}}})", "a letter first"},
      {R"({"resource": [{"aws_s3_bucket": {"a": {"bucket": "a"}}}, {"aws_s3_bucket": {"a": {"bucket": "b"}}}]})",
       "main.tf.json:1:77: /resource/1/aws_s3_bucket/a: the resource aws_s3_bucket.a is given twice"},
      {R"({"resource": {"aws_s3_bucket": {"a": [{"bucket": "a"}, {"bucket": "b"}]}}})",
       "the attribute bucket is given twice"},
      {R"({"resource": {"aws_s3_bucket": {"a": {"bucket": "a", "provider": "aws.x"}}}})",
       "/a/provider: \"provider\" is not"},
      {R"({"resource": {"aws_s3_bucket": {"a": {"bucket": "a", "lifecycle": {"ignore_changes": []}}}}})",
       "/a/lifecycle/ignore_changes: \"ignore_changes\" is not taken\ntaken is: prevent_destroy"},
      {R"({"resource": {"aws_s3_bucket": {"a": {"bucket": "a", "depends_on": "x"}}}})",
       "/a/depends_on: a list was expected"},
      {R"({"resource": {"aws_s3_bucket": {"a": {"bucket": "a", "depends_on": ["x"]}}}})",
       "/a/depends_on/0: TYPE.NAME was"},
      {R"({"resource": {"aws_s3_bucket": {"a": {"bucket": "${upper(1)}"}}}})",
       "main.tf.json:1:39: /resource/aws_s3_bucket/a/bucket: the function upper() is not taken here\ntaken are ${TYPE"},
      {R"({"output": {"o": {}}})", "/output/o: \"value\" is missing"},
      {R"({"output": {"o": {"value": "x", "sensitive": true}}})", "so none is sensitive"},
      {R"({"output": {"o": {"value": "x", "precondition": {}}}})",
       "/output/o/precondition: \"precondition\" is not taken"},
      {R"({"output": {"o": {"value": ["x"]}}})", "/output/o/value: a text was expected, and this is a list"},
  };
  for (const auto& one : cases) {
    const std::string problem = ::test::problem_of(one.text);
    CAPTURE(one.problem);
    CHECK_MESSAGE(contains(problem, one.problem), problem);
    CHECK_FALSE(contains(problem, "cktest"));
  }
}
