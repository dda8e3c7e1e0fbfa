#include "tools/doctor.h"

using namespace test;

// Who the program is, and how it is configured: each case is a home as people have them.
namespace {

const std::string kIdentity = faults::reply(
    200,
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
    "<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>");

std::string sts_error(int status, const std::string& code, const std::string& message) {
  return faults::reply(status, "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
                                   "</Message></Error><RequestId>r</RequestId></ErrorResponse>");
}

}  // namespace

TEST_CASE_FIXTURE(DoctorsHome, "a home without credentials: each place that was looked at") {
  const auto outcome = examine(bucket());
  CHECK(contains(of("credentials"), "fail unauthenticated: no credentials found. Environment: AWS_ACCESS_KEY_ID and "));
  CHECK(contains(of("credentials"), "there is no profile \"default\" in " + home() + "/.aws/config"));
  CHECK(contains(of("credentials"), "\nset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`"));
  CHECK(of("access") == "unknown not tried, as it needs what failed");
  CHECK(findings["verdict"] == "fail");
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(DoctorsHome, "a home without credentials for a public bucket") {
  examine(bucket("&anonymous=true"));
  CHECK(of("credentials") == "ok none: requests are anonymous, as was asked for");
  CHECK(contains(of("access"), "ok the bucket \"reports\" is there (asked in "));
}

TEST_CASE_FIXTURE(DoctorsHome, "keys in the environment, and all is well") {
  keys();
  set("AWS_REGION=eu-west-1");
  set("AWS_ENDPOINT_URL_S3=" + endpoint());
  sts_replies(kIdentity);
  const auto outcome = examine("s3://reports?server=ceph");
  CHECK(of("credentials") == "ok AKIDTOOL of the environment");
  CHECK(of("identity") == "ok arn:aws:iam::123456789012:user/ada, account 123456789012");
  CHECK(of("region") == "ok eu-west-1, from AWS_REGION");
  CHECK(of("endpoint") == "ok " + endpoint() + ", from AWS_ENDPOINT_URL_S3");
  CHECK(of("server") == "ok ceph");
  CHECK(of("certificates") == "ok not needed for plain http");
  CHECK(of("proxy") == "");
  CHECK(contains(of("connection"), "ok answers in "));
  CHECK(of("clock") == "ok in step with the service's");
  CHECK(contains(of("access"), "ok the bucket \"reports\" is there (asked in "));
  CHECK(of("put if absent") == "ok yes");
  CHECK(of("copy if absent") ==
        "warn no: such a call is refused as unsupported\na copy may replace an object; `cloudkit cp` gets and puts "
        "instead");
  CHECK(outcome.exit_code == 0);
}

TEST_CASE_FIXTURE(DoctorsHome, "the same for people: verdict, topic and text in columns") {
  keys();
  const auto outcome = run({"doctor", bucket("&server=ceph")});
  CHECK(outcome.out.rfind("ok       credentials      AKIDTOOL of the environment\n"
                          "unknown  identity         not asked for: the endpoint is not AWS's\n"
                          "ok       region           us-east-1, as none is configured\n",
                          0) == 0);
  CHECK(contains(outcome.out,
                 "\nwarn     remove if match  no: such a call is refused as unsupported\n"
                 "                          hint: a removal may hit a newer object\n"));
  CHECK(outcome.exit_code == 0);
}

TEST_CASE_FIXTURE(DoctorsHome, "only half of the keys") {
  set("AWS_ACCESS_KEY_ID=AKIDTOOL");
  CHECK(examine(bucket()).exit_code == 1);
  CHECK(of("credentials") ==
        "fail unauthenticated: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\n"
        "set both, or neither to use the profile files");
}

TEST_CASE_FIXTURE(DoctorsHome, "a profile with keys, region and endpoint") {
  write(".aws/credentials",
        "[dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = " + std::string(kSecret) + "\n");
  write(".aws/config", "[profile dev]\nregion = eu-central-1\nendpoint_url = " + endpoint() + "\n");
  set("AWS_PROFILE=dev");
  sts.always(kIdentity);
  examine("s3://reports");
  CHECK(of("credentials") == "ok AKIDDEV of profile \"dev\"");
  CHECK(of("region") == "ok eu-central-1, from profile \"dev\"");
  CHECK(of("endpoint") == "ok " + endpoint() + ", from profile \"dev\"");
}

TEST_CASE_FIXTURE(DoctorsHome, "a profile that is not there") {
  keys();
  write(".aws/config", "[profile dev]\nregion = eu-central-1\n");
  set("AWS_PROFILE=prod");
  CHECK(examine("s3://reports").exit_code == 1);
  CHECK(of("configuration") == "fail invalid_argument: the profile \"prod\", asked for by AWS_PROFILE, is not in " +
                                   home() + "/.aws/config or " + home() +
                                   "/.aws/credentials\nlist the profiles there are with `aws configure list-profiles`");
  CHECK(of("access") == "unknown not tried, as it needs what failed");
}

TEST_CASE_FIXTURE(DoctorsHome, "a broken line in a profile file: its place") {
  write(".aws/config", "[default]\nregion = eu-central-1\nthis is no line\n");
  CHECK(examine("s3://reports").exit_code == 1);
  CHECK(of("configuration") ==
        "fail invalid_argument: " + home() + "/.aws/config:3: Expected an '=' sign defining a property");
}

TEST_CASE_FIXTURE(DoctorsHome, "an endpoint that nobody could mean, and where it stands") {
  keys();
  set("AWS_ENDPOINT_URL_S3=localhost:9000");
  CHECK(examine("s3://reports").exit_code == 1);
  CHECK(contains(of("configuration"), "fail invalid_argument: "));
  CHECK(contains(of("configuration"), "(configured in AWS_ENDPOINT_URL_S3)"));
}

TEST_CASE_FIXTURE(DoctorsHome, "an SSO login that has ended") {
  write(".aws/config",
        "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\nregion = eu-west-1\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n");
  CHECK(examine(bucket("&profile=dev")).exit_code == 1);
  CHECK(contains(of("credentials"), "fail unauthenticated: "));
  CHECK(contains(of("credentials"), "aws sso login --profile dev"));
}

TEST_CASE_FIXTURE(DoctorsHome, "keys that STS does not know") {
  keys();
  sts_replies(sts_error(403, "InvalidClientTokenId", "The security token included in the request is invalid."));
  CHECK(examine(bucket()).exit_code == 1);
  CHECK(contains(of("identity"), "fail InvalidClientTokenId (403) after 1 attempt"));
  CHECK(of("access") == "unknown not tried, as it needs what failed");
}

TEST_CASE_FIXTURE(DoctorsHome, "STS that is out of reach says nothing of the store") {
  keys();
  set("AWS_ENDPOINT_URL_STS=http://127.0.0.1:1");
  CHECK(examine(bucket()).exit_code == 0);
  CHECK(contains(of("identity"), "unknown unavailable after 4 attempts"));
  CHECK(contains(of("access"), "ok the bucket \"reports\" is there"));
}

TEST_CASE_FIXTURE(DoctorsHome, "keys that the store does not know") {
  keys();
  // HEAD has no body: the reason comes with a GET.
  s3.then(faults::reply(403));
  s3.then(faults::reply(403));
  for (int i = 0; i < 2; ++i) {
    s3.then(faults::reply(403));
    s3.then(
        error_reply(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."));
  }
  CHECK(examine(bucket()).exit_code == 1);
  CHECK(contains(of("access"), "fail InvalidAccessKeyId (403) after 1 attempt, " + s3.host()));
  CHECK(contains(of("access"), "\nthe service does not know this access key: "));
}

TEST_CASE_FIXTURE(DoctorsHome, "a bucket in another region") {
  keys();
  s3.then(faults::reply(403));
  s3.then(faults::reply(403));
  s3.then(faults::reply(400, {}, "x-amz-bucket-region: eu-central-1\r\n"));
  CHECK(examine(bucket("&region=us-west-2&server=aws")).exit_code == 0);
  CHECK(of("region") ==
        "warn us-west-2, from the URL or the program; but the bucket is in eu-central-1\n"
        "set the region to eu-central-1: each program that starts asks in vain first");
  CHECK(contains(of("access"), "ok the bucket \"reports\" is there"));
  CHECK(contains(s3.requests().back(), "/eu-central-1/s3/aws4_request"));
}

TEST_CASE_FIXTURE(DoctorsHome, "a bucket that is not there") {
  keys();
  s3.then(faults::reply(200));
  s3.then(faults::reply(200));
  s3.always(faults::reply(404));
  CHECK(examine(bucket()).exit_code == 1);
  CHECK(of("access") ==
        "fail there is no bucket \"reports\"\ncheck its name and the endpoint, or make it: cloudkit mb");
}

TEST_CASE_FIXTURE(DoctorsHome, "the whole store: listing buckets may be forbidden where a bucket is not") {
  keys();
  s3.then(faults::reply(200));
  s3.then(faults::reply(200));
  s3.always(error_reply(403, "AccessDenied", "Access Denied"));
  CHECK(examine("s3://?endpoint=" + endpoint()).exit_code == 0);
  CHECK(contains(of("access"), "warn AccessDenied (403)"));
}

TEST_CASE_FIXTURE(DoctorsHome, "stores on this machine have nothing but access and promises") {
  write("bucket/a", "");
  CHECK(examine(url("bucket")).exit_code == 0);
  CHECK(contains(of("access"), "ok the bucket \"bucket\" is there"));
  CHECK(contains(of("presigned URLs"), "warn no: "));
  CHECK(examine("mem://nothing").exit_code == 1);
  CHECK(contains(of("access"), "fail there is no bucket \"nothing\""));
  CHECK(run({"doctor", path("bucket")}).exit_code == 0);
}

TEST_CASE_FIXTURE(DoctorsHome, "a directory that is missing is no bucket, and nothing is written above it") {
  write("bucket/a", "");
  for (const std::string& missing : {url("bucket/missing"), url("bucket/missing/deeper"), path("bucket/missing")}) {
    CAPTURE(missing);
    CHECK(examine(missing, {"--write"}).exit_code == 1);
    CHECK(contains(of("access"), "fail there is no bucket \"" + missing.substr(missing.rfind('/') + 1) + '"'));
  }
  CHECK(tree("bucket") == "a\n");
}

TEST_CASE_FIXTURE(DoctorsHome, "URLs and times that cannot be right are usage errors") {
  CHECK(examine("s3://reports?regio=x").exit_code == 2);
  CHECK(examine("ftp://reports").exit_code == 2);
  CHECK(examine("s3://reports", {"--timeout", "soon"}).exit_code == 2);
}
