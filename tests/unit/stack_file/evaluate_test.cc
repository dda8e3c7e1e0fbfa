#include "unit/stack_file/stack_file_parse.h"

#include "support/contains.h"
#include "support/temporary_directory.h"

#include <cstdlib>
#include <fstream>

using namespace cloudkit;
using ::test::contains;

namespace {

// A bucket's name, and what else the file needs for it.
std::string named(const std::string& name, const std::string& more) {
  return R"({"resource": {"aws_s3_bucket": {"it": {"bucket": ")" + name + R"("}}})" + (more.empty() ? "" : ", ") +
         more + "}";
}
std::string bucket_name(const std::string& name, const std::string& more,
                        const StackFileOptions& options = ::test::file_options()) {
  return std::get<BucketSpec>(::test::parse(named(name, more), options).stack.resources().at(0).spec).name;
}
StackFileOptions with(const std::string& name, const std::string& value) {
  StackFileOptions options = ::test::file_options();
  options.variables = {{name, value}};
  return options;
}

}  // namespace

TEST_CASE("a variable's value is what is said, else the environment's, else its default") {
  const std::string variable = R"("variable": {"env": {"type": "string", "default": "dev", "description": "x"}})";
  CHECK(bucket_name("logs-${var.env}", variable) == "logs-dev");
  CHECK(bucket_name("logs-${var.env}", variable, with("env", "prod")) == "logs-prod");
  REQUIRE(::setenv("TF_VAR_env", "test", 1) == 0);
  StackFileOptions options = ::test::file_options();
  options.read_environment = true;
  CHECK(bucket_name("logs-${var.env}", variable, options) == "logs-test");
  options.variables = {{"env", "prod"}};
  CHECK(bucket_name("logs-${var.env}", variable, options) == "logs-prod");
  ::unsetenv("TF_VAR_env");
}

TEST_CASE("variables have types") {
  const auto rules = [](const std::string& variable, const StackFileOptions& options = ::test::file_options()) {
    const auto file =
        ::test::parse(R"({"variable": {"v": )" + variable + R"(}, "resource": {"aws_security_group": {"it": {
      "name": "a", "ingress": {"from_port": 1, "to_port": 2, "protocol": "tcp", "cidr_blocks": "${var.v}"}}}}})",
                      options);
    return std::get<FirewallSpec>(file.stack.resources().at(0).spec).rules.at(0).cidrs;
  };
  CHECK(rules(R"j({"type": "list(string)", "default": ["10.0.0.0/8", "10.1.0.0/16"]})j").size() == 2);
  CHECK(rules(R"j({"type": "list(string)"})j", with("v", R"(["10.0.0.0/8"])")) ==
        std::vector<std::string>{"10.0.0.0/8"});
  CHECK(bucket_name("a-${var.n}-${var.b}", R"("variable": {"n": {"type": "number"}, "b": {"default": true}})",
                    with("n", "3")) == "a-3-true");
  CHECK(bucket_name("${var.t}", R"("variable": {"t": {"default": "${var.x}"}})") == "${var.x}");
}

TEST_CASE("local values are made of variables and of each other") {
  CHECK(bucket_name("${local.c}", R"("locals": {"a": "x", "b": "${local.a}y", "c": "${local.b}-${local.a}"})") ==
        "xy-x");
  const auto problem = ::test::problem_of(named("${local.a}", R"("locals": {"a": "${local.b}", "b": "-${local.a}"})"));
  CHECK(contains(problem, "/locals/"));
  CHECK(contains(problem, "local values are made of each other without an end"));
}

TEST_CASE("few lines cannot ask for all memory") {
  std::string locals = R"("a0": "0123456789abcdef")";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${local.a" + std::to_string(i - 1) + "}";
    locals += ", \"a" + std::to_string(i) + "\": \"" + before + before + "\"";
  }
  CHECK(contains(::test::problem_of(named("${local.a39}", "\"locals\": {" + locals + "}")), "takes more than 16 MiB"));
  locals = R"("a0": ["x"])";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "\"${local.a" + std::to_string(i - 1) + "}\"";
    locals += ", \"a" + std::to_string(i) + "\": [" + before + ", " + before + "]";
  }
  CHECK(contains(::test::problem_of(named("${local.a39}", "\"locals\": {" + locals + "}")), "takes more than 16 MiB"));
}

TEST_CASE("files are read from the directory of the file") {
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("boot.sh")) << "#!/bin/sh\necho ${HOME} {{a.b.c}}\n";
  std::ofstream(directory.file("main.tf.json")) << ::test::resource(
      "aws_instance", R"("ami": "a", "instance_type": "t", "user_data": "${file(\"${path.module}/boot.sh\")}",
      "tags": {"again": "${file(\"boot.sh\")}"})");
  const auto file = read_stack_file(directory.file("main.tf.json"), {.name = "x"});
  REQUIRE_MESSAGE(file.has_value(), file.error().to_string());
  const auto& machine = std::get<InstanceSpec>(file->stack.resources().at(0).spec);
  CHECK(machine.user_data == "#!/bin/sh\necho ${HOME} {{{{a.b.c}}\n");
  CHECK(machine.tags.at("again") == machine.user_data);
  CHECK(contains(::test::problem_of(named("${file(\\\"nothing\\\")}", "")),
                 "there is no file \"/configuration/nothing\""));
  CHECK(contains(::test::problem_of(named("${file(\\\"/\\\")}", "")), "read /: Is a directory"));
}

TEST_CASE("a stack is called as the directory is, and a file that is not there is named") {
  const ::test::TemporaryDirectory directory;
  const auto missing = read_stack_file(directory.file("main.tf.json"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(contains(missing.error().message, "main.tf.json"));
  std::ofstream(directory.file("main.tf.json")) << "{}";
  const auto file = read_stack_file(directory.file("main.tf.json"), {.name = "web"});
  REQUIRE(file);
  CHECK(file->stack.name() == "web");
  CHECK(file->stack.resources().empty());
}

TEST_CASE("what is made of a sensitive variable is a secret, and no output") {
  const auto file = ::test::parse(R"({"variable": {"v": {"default": "cktest-stackfile-1", "sensitive": true}},
    "locals": {"l": "x-${var.v}"}, "resource": {"aws_instance": {"it": {"ami": "a", "instance_type": "t",
    "tags": {"a": "${local.l}"}, "subnet_id": "${var.v}"}}}})");
  CHECK(file.stack.resources().at(0).options.secrets == std::vector<std::string>{"subnet", "tags"});
  const auto problem = ::test::problem_of(R"({"variable": {"v": {"default": "cktest-stackfile-2", "sensitive": true}},
    "output": {"o": {"value": "${var.v}"}}})");
  CHECK(contains(problem,
                 "/output/o/value: outputs are kept with the state as they are; this one is made of a sensitive"));
  CHECK_FALSE(contains(problem, "cktest"));
}

TEST_CASE("each attribute that is made of a sensitive variable is a secret by the stack's own name, or refused") {
  const auto secrets = [](const std::string& type, const std::string& attributes, const std::string& value) {
    const std::string text = R"({"variable": {"v": {"default": )" + value + R"(, "sensitive": true}}, )";
    const auto file = ::test::parse(text + ::test::resource(type, attributes).substr(1));
    return file.stack.resources().at(0).options.secrets;
  };
  using Names = std::vector<std::string>;
  const std::string machine = R"("ami": "a", "instance_type": "t", )";
  CHECK(secrets("aws_instance", machine + R"("root_block_device": {"volume_size": "${var.v}"})", "77") ==
        Names{"disk_gib"});
  CHECK(secrets("aws_instance", machine + R"("metadata_options": {"http_tokens": "${var.v}"})", R"("required")") ==
        Names{"metadata_v2_only"});
  CHECK(secrets("aws_instance", machine + R"("key_name": "${var.v}")", R"("k")") == Names{"key"});
  CHECK(secrets("aws_instance", machine + R"("tags": {"Name": "web", "a": "${var.v}"})", R"("k")") == Names{"tags"});
  const std::string function = R"("function_name": "f", "role": "r", "handler": "h", "runtime": "python3.12", )";
  const std::string zip = function + R"("filename": "f.zip", )";
  CHECK(secrets("aws_lambda_function", zip + R"("memory_size": "${var.v}")", "256") == Names{"memory_mib"});
  CHECK(secrets("aws_lambda_function", zip + R"("ephemeral_storage": {"size": "${var.v}"})", "777") ==
        Names{"scratch_mib"});
  CHECK(secrets("aws_lambda_function", zip + R"("reserved_concurrent_executions": "${var.v}")", "7") ==
        Names{"max_concurrency"});
  CHECK(secrets("aws_lambda_function", function + R"("filename": "${var.v}")", R"("x.zip")") == Names{"code"});

  const std::string sensitive = R"({"variable": {"v": {"default": "cktest-stackfile-7", "sensitive": true}}, )";
  const std::string named =
      ::test::problem_of(sensitive + ::test::resource("aws_s3_bucket", R"("bucket": "${var.v}")").substr(1));
  CHECK(contains(named, "/bucket: bucket cannot be kept secret, and this is made of a sensitive variable"));
  CHECK_FALSE(contains(named, "cktest"));
  const std::string tagged = ::test::problem_of(
      sensitive + ::test::resource("aws_instance", machine + R"("tags": {"Name": "${var.v}"})").substr(1));
  CHECK(contains(tagged, "the tag Name, a machine's name, cannot be kept secret"));
  CHECK_FALSE(contains(tagged, "cktest"));
}

TEST_CASE("an attribute that outputs tell, or that a thing is found by, is not made of a sensitive variable") {
  const auto problem = [](const std::string& type, const std::string& attributes, const std::string& value) {
    const std::string text = R"({"variable": {"v": {"default": )" + value + R"(, "sensitive": true}}, )";
    return ::test::problem_of(text + ::test::resource(type, attributes).substr(1));
  };
  const std::string image =
      problem("aws_instance", R"("instance_type": "t", "ami": "${var.v}")", R"("cktest-stackfile-8")");
  CHECK(image ==
        "main.tf.json:1:134: /resource/aws_instance/it/ami: ami cannot be kept secret, and this is made of a sensitive "
        "variable\noutputs tell it as it is, or the thing is found by it: make it of another variable");
  struct {
    const char* type;
    const char* attributes;
    const char* name;
  } const cases[] = {
      {"aws_instance", R"("ami": "a", "instance_type": "t", "availability_zone": "${var.v}")", "availability_zone"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "associate_public_ip_address": "${var.v}")",
       "associate_public_ip_address"},
      {"aws_security_group", R"("name": "a", "vpc_id": "${var.v}")", "vpc_id"},
      {"aws_key_pair", R"("key_name": "${var.v}", "public_key": "k")", "key_name"},
      {"aws_lambda_function_url", R"("function_name": "${var.v}", "authorization_type": "NONE")", "function_name"},
      {"aws_s3_bucket", R"("bucket": "b", "force_destroy": "${var.v}")", "force_destroy"},
  };
  for (const auto& one : cases) {
    const std::string name = one.name;
    const std::string found = problem(one.type, one.attributes, "true");
    CHECK_MESSAGE(found.starts_with("main.tf.json:1:"), found);
    CHECK_MESSAGE(contains(found, "/it/" + name + ": " + name + " cannot be kept secret"), found);
  }
}

TEST_CASE("values that do not fit are refused, and not shown") {
  struct {
    const char* variable;
    const char* value;
    const char* problem;
  } const cases[] = {
      {R"({"type": "number"})", "cktest-stackfile-3", "/variable/v: a number was expected, and its value is none"},
      {R"j({"type": "list(string)"})j", "{}", "/variable/v: a list was expected, and its value is none"},
      {R"({"type": "bool"})", "1", "true or false was expected, and its value is none"},
      {R"j({"type": "map(string)"})j", "cktest-stackfile-4", "an object was expected, and its value is none"},
      {R"({"type": "string"})", "\xFF", "its value is not UTF-8"},
      {R"j({"type": "object({})"})j", "x", "/variable/v/type: \"object({})\" is not taken\ntypes are: any, bool"},
      {R"({"type": "number", "default": "1"})", nullptr,
       "/variable/v/default: a number was expected, and this is a text"},
      {R"({})", nullptr,
       "/variable/v: the variable has no value\ngive it one: --var v=VALUE, TF_VAR_v, or \"default\""},
      {R"({"validation": {}})", nullptr, "/variable/v/validation: \"validation\" is not taken"},
      {R"({"sensitive": "yes"})", nullptr, "/variable/v/sensitive: true or false was expected"},
  };
  for (const auto& one : cases) {
    const std::string text = R"({"variable": {"v": )" + std::string(one.variable) + "}}";
    const auto problem =
        one.value == nullptr ? ::test::problem_of(text) : ::test::problem_of(text, with("v", one.value));
    CHECK_MESSAGE(contains(problem, one.problem), problem);
    CHECK_FALSE(contains(problem, "cktest"));
  }
  CHECK(::test::problem_of(R"({"variable": {"a": {"default": 1}}})", with("b", "x")) ==
        "there is no variable \"b\"\nthe file declares: a");
  CHECK(contains(::test::problem_of(named("${var.x}", "")), "/it/bucket: there is no variable \"x\""));
  CHECK(contains(::test::problem_of(named("${local.x}", "")), "/it/bucket: there is no local value \"x\""));
  CHECK(contains(::test::problem_of(named("a${local.x}", R"("locals": {"x": []})")), "cannot stand within a text"));
}
