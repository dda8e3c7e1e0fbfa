#include "unit/stack_file/stack_file_parse.h"

#include "support/contains.h"

using namespace cloudkit;
using ::test::contains;

TEST_CASE("the survey's configuration is a firewall and a machine behind it") {
  const auto file = ::test::parse(R"({
    "provider": {"aws": {"region": "us-west-2"}},
    "resource": {
      "aws_security_group": {"example": {
        "name": "example", "description": "ssh in, all out",
        "ingress": {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]},
        "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}},
      "aws_instance": {"example": {
        "ami": "ami-0c55b159cbfafe1f0", "instance_type": "t2.micro",
        "security_groups": ["${aws_security_group.example.name}"], "tags": {"Name": "example-instance", "env": "dev"}}}
    },
    "output": {"address": {"value": "ssh ${aws_instance.example.public_ip}"}}
  })");
  CHECK(file.region == "us-west-2");
  CHECK(file.stack.name() == "example");
  REQUIRE(file.stack.resources().size() == 2);
  CHECK(file.stack.resources()[0].address() == "instance.example");
  const auto& machine = std::get<InstanceSpec>(file.stack.resources()[0].spec);
  CHECK(machine.name == "example-instance");
  CHECK(machine.image == "ami-0c55b159cbfafe1f0");
  CHECK(machine.type == "t2.micro");
  // By its id, which means the same in every network.
  CHECK(machine.firewalls == std::vector<std::string>{"{{firewall.example.id}}"});
  CHECK(machine.tags == std::map<std::string, std::string>{{"env", "dev"}});
  CHECK(file.stack.resources()[1].address() == "firewall.example");
  FirewallSpec firewall;
  firewall.name = "example";
  firewall.description = "ssh in, all out";
  firewall.rules = {{.from = 22, .to = 22, .cidrs = {"0.0.0.0/0"}}};
  CHECK(std::get<FirewallSpec>(file.stack.resources()[1].spec) == firewall);
  CHECK(file.stack.outputs().at("address") == "ssh {{instance.example.public_ip}}");
}

TEST_CASE("a firewall says who may come in and what gets out") {
  const auto spec = ::test::spec_of<FirewallSpec>("aws_security_group", R"("name": "web", "vpc_id": "vpc-1",
    "tags": {"env": "dev", "n": 1}, "ingress": [
      {"from_port": "80", "to_port": 443, "protocol": "6", "cidr_blocks": ["10.0.0.0/8"],
       "ipv6_cidr_blocks": ["2001:db8::/32"], "description": "web", "self": false, "prefix_list_ids": [],
       "security_groups": []},
      {"from_port": -1, "to_port": -1, "protocol": "icmp", "security_groups": ["sg-1"]}],
    "egress": {"from_port": 53, "to_port": 53, "protocol": "udp", "cidr_blocks": ["10.0.0.2/32"]})");
  CHECK(spec.description == "Managed by Terraform");
  CHECK(spec.network == "vpc-1");
  CHECK(spec.tags == std::map<std::string, std::string>{{"env", "dev"}, {"n", "1"}});
  CHECK_FALSE(spec.allow_all_outbound);
  REQUIRE(spec.rules.size() == 3);
  CHECK(spec.rules[0] ==
        FirewallRule{.from = 80, .to = 443, .cidrs = {"10.0.0.0/8", "2001:db8::/32"}, .description = "web"});
  CHECK(spec.rules[1] == FirewallRule{.protocol = Protocol::icmp, .peer_firewall = "sg-1"});
  CHECK(
      spec.rules[2] ==
      FirewallRule{
          .direction = Direction::outbound, .protocol = Protocol::udp, .from = 53, .to = 53, .cidrs = {"10.0.0.2/32"}});
}

TEST_CASE("a machine's attributes all have their place") {
  const auto spec = ::test::spec_of<InstanceSpec>("aws_instance", R"("ami": "al2023", "instance_type": "t3.micro",
    "key_name": "ada", "vpc_security_group_ids": ["sg-1"], "subnet_id": "subnet-1", "availability_zone": "us-west-2a",
    "iam_instance_profile": "web", "user_data": "#!/bin/sh\necho $${HOME} {{instance.it.id}}",
    "user_data_replace_on_change": true, "associate_public_ip_address": true, "root_block_device": {"volume_size": 20},
    "metadata_options": [{"http_tokens": "optional"}])");
  InstanceSpec expected;
  expected.name = "it";
  expected.image = "al2023";
  expected.type = "t3.micro";
  expected.key = "ada";
  expected.firewalls = {"sg-1"};
  expected.subnet = "subnet-1";
  expected.zone = "us-west-2a";
  expected.identity = "web";
  expected.user_data = "#!/bin/sh\necho ${HOME} {{{{instance.it.id}}";
  expected.public_ip = true;
  expected.disk_gib = 20;
  expected.metadata_v2_only = false;
  CHECK(spec == expected);
}

TEST_CASE("keys and buckets") {
  CHECK(::test::spec_of<KeySpec>("aws_key_pair", R"("key_name": "ada", "public_key": "ssh-ed25519 AAAA ada\n")") ==
        KeySpec{"ada", "ssh-ed25519 AAAA ada"});
  CHECK(::test::spec_of<BucketSpec>("aws_s3_bucket", R"("bucket": "logs-1", "force_destroy": true)") ==
        BucketSpec{"logs-1", false, true});
}

TEST_CASE("a function, with what Terraform means by nothing") {
  FunctionSpec least;
  least.name = "hello";
  least.code = FunctionCode::zip(File{"/configuration/build/hello.zip"});
  least.runtime = "python3.12";
  least.handler = "app.handler";
  least.timeout = std::chrono::seconds(3);
  least.memory_mib = 128;
  least.architecture = Architecture::x86_64;
  CHECK(::test::spec_of<FunctionSpec>("aws_lambda_function", R"("function_name": "hello", "handler": "app.handler",
    "runtime": "python3.12", "filename": "./build/hello.zip")") == least);

  const auto whole = ::test::spec_of<FunctionSpec>("aws_lambda_function", R"("function_name": "hello",
    "handler": "bootstrap", "runtime": "provided.al2023", "s3_bucket": "code", "s3_key": "a b.zip",
    "s3_object_version": "7", "role": "arn:aws:iam::1:role/x", "timeout": 60, "memory_size": 512, "package_type": "Zip",
    "ephemeral_storage": {"size": 1024}, "architectures": ["arm64"], "reserved_concurrent_executions": 5,
    "environment": {"variables": {"A": "1"}}, "tags": {"t": "1"}, "description": "says hello")");
  CHECK(whole.code == FunctionCode::object("s3://code/a%20b.zip?versionId=7"));
  CHECK(whole.runtime == "native");
  CHECK(whole.handler == "");
  CHECK(whole.identity == "arn:aws:iam::1:role/x");
  CHECK(whole.timeout == std::chrono::seconds(60));
  CHECK(whole.memory_mib == 512);
  CHECK(whole.scratch_mib == 1024);
  CHECK(whole.architecture == Architecture::arm64);
  CHECK(whole.max_concurrency == 5);
  CHECK(whole.environment == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(whole.tags == std::map<std::string, std::string>{{"t", "1"}});
  CHECK(::test::spec_of<FunctionSpec>("aws_lambda_function", R"("function_name": "hello", "package_type": "Image",
    "image_uri": "1.dkr/x:1")")
            .code == FunctionCode::image("1.dkr/x:1"));
  const auto url = ::test::spec_of<StackEndpoint>("aws_lambda_function_url", R"("function_name": "hello",
    "authorization_type": "NONE")");
  CHECK(url.function == "hello");
  CHECK(url.spec.kind == EndpointKind::url);
  CHECK(url.spec.is_public);
}

TEST_CASE("order and protection beside attributes") {
  const auto file = ::test::parse(R"({"resource": {
    "aws_s3_bucket": {"a": {"bucket": "a-1", "depends_on": ["aws_s3_bucket.b"], "lifecycle": {"prevent_destroy": true}},
                      "b": {"bucket": "b-1", "//": "ignored"}}}})");
  REQUIRE(file.stack.resources().size() == 2);
  CHECK(file.stack.resources()[0].options.protect);
  CHECK(file.stack.resources()[0].options.depends_on == std::vector<std::string>{"bucket.b"});
  CHECK_FALSE(file.stack.resources()[1].options.protect);
}

TEST_CASE("attributes that are not taken are refused by name and place") {
  struct {
    const char* type;
    const char* attributes;
    const char* problem;
  } const cases[] = {
      {"aws_vpc", "",
       "main.tf.json:1:27: /resource/aws_vpc/it: the type \"aws_vpc\" is not taken\ntaken are: aws_inst"},
      {"aws_lambda_permission", "", "leave it out"},
      {"aws_cloudwatch_event_rule", "", "declare the schedule in C++"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "ebs_optimized": true)",
       "main.tf.json:1:73: /resource/aws_instance/it/ebs_optimized: \"ebs_optimized\" is not taken\ntaken are: ami, "},
      {"aws_instance", R"("ami": "a")", "/resource/aws_instance/it: instance_type is missing"},
      {"aws_instance", R"("ami": "", "instance_type": "t")", "/it/ami: ami is empty"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "count": 2)",
       "/it/count: \"count\" is not taken\nwrite each"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "tags": {"Name": "My Machine"})",
       "/it/tags: \"My Machine\", the tag Name, is no name of a machine"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "user_data_replace_on_change": false)", "another machine"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "metadata_options": {"http_tokens": "no"})",
       "http_tokens: req"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "associate_public_ip_address": "yes")",
       "true or false was"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "root_block_device": {"volume_size": "big"})",
       "/it/root_block_device/volume_size: a whole number was expected"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "root_block_device": [{}, {}])", "one object was expected"},
      {"aws_instance", R"("ami": ["a"], "instance_type": "t")", "/it/ami: a text was expected, and this is a list"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "tags": [])", "/it/tags: an object of texts was expected"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "vpc_security_group_ids": "sg-1")", "a list of texts"},
      {"aws_instance", R"("ami": "${aws_instance.it.arn}", "instance_type": "t")",
       "of \"aws_instance\" no \"arn\" can be"},
      {"aws_instance", R"("ami": "${aws_ami.x.id}", "instance_type": "t")", "the type \"aws_ami\" is not taken"},
      {"aws_instance", R"("ami": "${aws_instance.b.id}", "instance_type": "t")",
       "main.tf.json:1:39: /resource/aws_instance/it/ami: there is no aws_instance.b\nthe file has aws_instance.it"},
      {"aws_instance", R"("ami": "${aws_instance.it.id}", "instance_type": "t")",
       "main.tf.json:1:32: /resource/aws_instance/it: resources need each other: aws_instance.it -> aws_instance.it\n"
       "one of these must do without the other's attributes"},
      {"aws_instance", R"("ami": "a", "instance_type": "t", "depends_on": ["aws_s3_bucket.logs"])",
       "/resource/aws_instance/it/depends_on: there is no aws_s3_bucket.logs\nthe file has no aws_s3_bucket"},
      {"aws_security_group", R"("name": "a", "ingress": {"from_port": 1, "to_port": 1, "protocol": "gre"})",
       "/it/ingress/protocol: \"gre\" is not taken\nprotocols are tcp"},
      {"aws_security_group", R"("name": "a", "ingress": {"from_port": 1, "to_port": 1})",
       "/it/ingress: protocol is missing"},
      {"aws_security_group", R"("name": "a", "ingress": [{"from_port": 1, "protocol": "tcp"}])",
       "/it/ingress/0: to_port is missing"},
      {"aws_security_group", R"("name": "a", "ingress": {"from_port": 8, "to_port": 0, "protocol": "icmp"})",
       "are -1: all"},
      {"aws_security_group", R"("name": "a", "egress": {"from_port": 1, "to_port": 2, "protocol": "-1"})",
       "are 0: all"},
      {"aws_security_group",
       R"("name": "a", "ingress": {"from_port": 1, "to_port": 2, "protocol": "tcp", "self": true})",
       "/it/ingress/self: self is not taken"},
      {"aws_security_group", R"("name": "a", "ingress": {"from_port": 1, "to_port": 2, "protocol": "tcp", "x": 1})",
       "/it/ingress/x: \"x\" is not taken"},
      {"aws_security_group", R"("name": "a", "name_prefix": "b")", "/it/name_prefix: \"name_prefix\" is not taken"},
      {"aws_s3_bucket", R"("bucket": "a", "acl": "private")", "/it/acl: \"acl\" is not taken"},
      {"aws_s3_bucket", R"("bucket": "a", "depends_on": ["aws_vpc.x"])", "/it/depends_on: \"aws_vpc.x\" is not taken"},
      {"aws_lambda_function", R"("function_name": "a")", "one of filename, s3_bucket with s3_key, and image_uri"},
      {"aws_lambda_function", R"("function_name": "a", "s3_bucket": "b")", "s3_bucket and s3_key belong together"},
      {"aws_lambda_function", R"("function_name": "a", "filename": "${aws_lambda_function.it.function_name}")",
       "before anything is made"},
      {"aws_lambda_function", R"("function_name": "a", "filename": "a.zip", "architectures": ["mips"])",
       "[\"x86_64\"] or"},
      {"aws_lambda_function", R"("function_name": "a", "filename": "a.zip", "source_code_hash": "x")", "leave it out"},
      {"aws_lambda_function", R"("function_name": "a", "filename": "a.zip", "package_type": "Image")",
       "\"Zip\" was exp"},
      {"aws_lambda_function_url", R"("function_name": "a")", "authorization_type is \"NONE\""},
  };
  for (const auto& one : cases) {
    const std::string problem = ::test::problem_of(::test::resource(one.type, one.attributes));
    CAPTURE(one.problem);
    CHECK_MESSAGE(contains(problem, one.problem), problem);
    CHECK_MESSAGE(problem.starts_with("main.tf.json:"), problem);
  }
}
