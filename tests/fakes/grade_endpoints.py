"""boto3 grades the fake of API Gateway and of functions' URLs, whose endpoints are asked as anybody would."""

import base64
import http.client
import json

from fake_functions.knobs import Knobs
from function_clients import PYTHON, WithFunctions, zip_of


class Endpoints(WithFunctions):
    knobs = Knobs(pending_polls=0, update_polls=0, role_attempts=0)

    def ask(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.addCleanup(connection.close)
        connection.request(method, target, body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.read(), dict(reply.getheaders())

    def build(self, function, path=("hello",), method="GET", api=None, integration="POST"):
        """An API with one route, not deployed; its id and the resource's."""
        api = api or self.apigateway.create_rest_api(name="hello", endpointConfiguration={"types": ["REGIONAL"]},
                                                     tags={"owner": "hello"})
        parent = api["rootResourceId"]
        for part in path:
            parent = self.apigateway.create_resource(restApiId=api["id"], parentId=parent, pathPart=part)["id"]
        where = {"restApiId": api["id"], "resourceId": parent, "httpMethod": method}
        self.apigateway.put_method(**where, authorizationType="NONE")
        self.apigateway.put_integration(
            **where, type="AWS_PROXY", integrationHttpMethod=integration,
            uri=f"arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/{function}/invocations")
        return api["id"], parent

    def permit(self, api, method="GET", path="/hello", sid="api"):
        self.lambdas.add_permission(FunctionName="hello", StatementId=sid, Action="lambda:InvokeFunction",
                                    Principal="apigateway.amazonaws.com",
                                    SourceArn=f"arn:aws:execute-api:us-west-2:123456789012:{api}/*/{method}{path}")

    def deploy(self, api):
        self.apigateway.create_deployment(restApiId=api, stageName="dev")

    def test_from_nothing_to_200(self):
        function = self.active(Handler="app.handler", Runtime="python3.12", Code={"ZipFile": zip_of({"app.py": PYTHON})})
        api, _ = self.build(function)
        target = f"/_aws/execute-api/{api}/dev/hello"
        self.assertEqual(self.ask("GET", target)[0], 403)  # Not deployed.
        self.deploy(api)
        self.permit(api)
        self.assertEqual([self.ask("GET", target)[0] for _ in range(3)], [403, 403, 200])  # Known everywhere at last.
        status, body, headers = self.ask("GET", target)
        self.assertEqual((status, body, headers["content-type"]), (200, b"hello GET", "text/plain"))
        host = {"Host": f"{api}.execute-api.us-west-2.amazonaws.com"}
        self.assertEqual(self.ask("GET", "/dev/hello", headers=host)[1], b"hello GET")
        self.assertEqual(self.ask("POST", target)[0], 403)
        self.assertEqual(self.ask("GET", target + "/more")[0], 403)
        self.apigateway.delete_rest_api(restApiId=api)
        self.assertEqual(self.ask("GET", target)[0], 403)
        self.refused("NotFoundException", self.apigateway.delete_rest_api, restApiId=api)

    def ready(self, handler="behaviour.http", **more):
        """A deployed API, past its first seconds."""
        api, resource = self.build(self.active(Handler=handler), **more)
        self.deploy(api)
        self.server.service.account.apis["us-west-2", api].stages["dev"].waits = 0
        return api, resource

    def test_without_permission_it_fails_when_it_is_called(self):
        api, _ = self.ready()
        target = f"/_aws/execute-api/{api}/dev/hello"
        self.assertEqual(self.ask("GET", target)[:2], (500, b'{"message": "Internal server error"}'))
        self.permit(api, "POST", sid="other")
        self.assertEqual(self.ask("GET", target)[0], 500)
        self.permit(api)
        self.assertEqual(self.ask("GET", target)[0], 200)

    def test_the_integration_must_post(self):
        api, _ = self.ready(integration="GET")
        self.permit(api)
        self.assertEqual(self.ask("GET", f"/_aws/execute-api/{api}/dev/hello")[0], 500)

    def test_a_malformed_reply_is_502(self):
        api, _ = self.ready("behaviour.malformed")
        self.permit(api)
        self.assertEqual(self.ask("GET", f"/_aws/execute-api/{api}/dev/hello")[0], 502)

    def test_a_deployment_is_a_snapshot(self):
        api, _ = self.ready()
        described = {"id": api, "rootResourceId": self.apigateway.get_rest_api(restApiId=api)["rootResourceId"]}
        self.permit(api, "*", "/*")
        self.build(self.lambdas.get_function(FunctionName="hello")["Configuration"]["FunctionArn"], ("later",), "ANY",
                   described)
        target = f"/_aws/execute-api/{api}/dev/later"
        self.assertEqual(self.ask("PUT", target)[0], 403)
        self.apigateway.create_deployment(restApiId=api, stageName="dev", variables={"print": "1"})
        self.assertEqual(json.loads(self.ask("PUT", target)[1])["stageVariables"], {"print": "1"})
        self.deploy(api)
        self.assertEqual(self.apigateway.get_stage(restApiId=api, stageName="dev")["variables"], {"print": "1"})

    def test_events(self):
        api, _ = self.ready(path=("a", "{id}", "{rest+}"), method="ANY")
        self.permit(api, "*", "/*")
        status, body, _ = self.ask("POST", f"/_aws/execute-api/{api}/dev/a/x%20y/b/c?q=1&q=2", b"\xff\x00", {"X-One": "1"})
        event = json.loads(body)
        self.assertEqual(status, 200)
        self.assertEqual(event["pathParameters"], {"id": "x%20y", "rest": "b/c"})
        self.assertEqual(event["multiValueQueryStringParameters"], {"q": ["1", "2"]})
        self.assertEqual((event["body"], event["isBase64Encoded"]), (base64.b64encode(b"\xff\x00").decode(), True))
        self.assertEqual((event["requestContext"]["stage"], event["headers"]["x-one"]), ("dev", "1"))

    def test_all_media_types_being_binary_each_body_is_encoded(self):
        api = self.apigateway.create_rest_api(name="hello", endpointConfiguration={"types": ["REGIONAL"]},
                                              binaryMediaTypes=["*/*"])
        self.build(self.active(Handler="behaviour.http"), method="POST", api=api)
        self.permit(api["id"], "POST")
        self.deploy(api["id"])
        answers = [self.ask("POST", f"/_aws/execute-api/{api['id']}/dev/hello", b"{}", {"Content-Type": "application/json"})
                   for _ in range(3)]
        event = json.loads(answers[-1][1])
        self.assertEqual((event["body"], event["isBase64Encoded"]), ("e30=", True))

    def test_what_breaks_a_rule_is_refused(self):
        api = self.apigateway.create_rest_api(name="empty")
        self.refused("BadRequestException", self.apigateway.create_deployment, restApiId=api["id"], stageName="dev")
        root = {"restApiId": api["id"], "parentId": api["rootResourceId"]}
        self.apigateway.create_resource(**root, pathPart="x")
        self.refused("ConflictException", self.apigateway.create_resource, **root, pathPart="x")
        self.refused("BadRequestException", self.apigateway.create_resource, **root, pathPart="a b")
        self.apigateway.put_method(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET",
                                   authorizationType="NONE")
        self.refused("ConflictException", self.apigateway.put_method, restApiId=api["id"],
                     resourceId=api["rootResourceId"], httpMethod="GET", authorizationType="NONE")
        self.refused("BadRequestException", self.apigateway.create_deployment, restApiId=api["id"], stageName="dev")
        self.refused("NotFoundException", self.apigateway.get_stage, restApiId=api["id"], stageName="dev")

    def test_apis_are_found_by_tag_on_any_page(self):
        for number in range(30):
            self.apigateway.create_rest_api(name="same", tags={"number": str(number)})
        pages = list(self.apigateway.get_paginator("get_rest_apis").paginate())
        found = [api["tags"]["number"] for page in pages for api in page["items"]]
        self.assertEqual((len(pages), found), (2, [str(number) for number in range(30)]))

    def test_http_apis(self):
        apis = self.client("apigatewayv2")
        function = self.active(Handler="behaviour.http")
        api = apis.create_api(Name="hello", ProtocolType="HTTP", Tags={"a": "b"})
        route = {"ApiId": api["ApiId"], "RouteKey": "GET /hello/{id}"}
        self.refused("BadRequestException", apis.create_route, **route, Target="integrations/none")
        integration = apis.create_integration(ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=function,
                                              PayloadFormatVersion="2.0")["IntegrationId"]
        route["Target"] = f"integrations/{integration}"
        apis.create_route(**route)
        self.refused("ConflictException", apis.create_route, **route)
        apis.create_stage(ApiId=api["ApiId"], StageName="dev", AutoDeploy=True)
        target = api["ApiEndpoint"].removeprefix(self.server.url) + "/dev/hello/x%20y?q=1&q=2"
        self.assertEqual([self.ask("GET", target)[0] for _ in range(3)], [404, 404, 500])  # Without permission.
        self.permit(api["ApiId"], "*", "/hello/*")
        status, body, _ = self.ask("GET", target)
        event = json.loads(body)
        self.assertEqual((status, event["version"], event["routeKey"]), (200, "2.0", "GET /hello/{id}"))
        self.assertEqual((event["pathParameters"], event["queryStringParameters"]), ({"id": "x y"}, {"q": "1,2"}))
        self.assertEqual((event["requestContext"]["stage"], event["rawPath"]), ("dev", "/dev/hello/x%20y"))
        self.assertEqual(self.ask("POST", target)[0], 404)
        self.assertEqual(len(apis.get_routes(ApiId=api["ApiId"])["Items"]), 1)
        apis.delete_api(ApiId=api["ApiId"])
        self.refused("NotFoundException", apis.get_api, ApiId=api["ApiId"])

    def test_quick_created_http_apis_have_one_stage(self):
        apis = self.client("apigatewayv2")
        api = apis.create_api(Name="quick", ProtocolType="HTTP", Target=self.active(Handler="behaviour.http"),
                              RouteKey="ANY /a")
        self.permit(api["ApiId"], "*", "/a")
        target = api["ApiEndpoint"].removeprefix(self.server.url) + "/a"
        self.assertEqual([self.ask("PUT", target)[0] for _ in range(3)], [404, 404, 200])

    def test_urls_need_two_permissions(self):
        self.active(Handler="behaviour.http")
        url = self.lambdas.create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"]
        self.refused("ResourceConflictException", self.lambdas.create_function_url_config, FunctionName="hello",
                     AuthType="NONE")
        target = url.removeprefix(self.server.url) + "a/b?c=1"
        self.assertEqual(self.ask("GET", target)[0], 403)
        self.lambdas.add_permission(FunctionName="hello", StatementId="one", Action="lambda:InvokeFunctionUrl",
                                    Principal="*", FunctionUrlAuthType="NONE")
        self.assertEqual(self.ask("GET", target)[0], 403)
        self.lambdas.add_permission(FunctionName="hello", StatementId="two", Action="lambda:InvokeFunction",
                                    Principal="*", InvokedViaFunctionUrl=True)
        status, body, _ = self.ask("GET", target, headers={"Cookie": "a=1; b=2"})
        event = json.loads(body)
        self.assertEqual((status, event["version"], event["rawPath"], event["cookies"]), (200, "2.0", "/a/b", ["a=1", "b=2"]))
        for kind, body in (("application/json", "{}"), ("text/csv", "{}"), ("application/octet-stream", "e30=")):
            event = json.loads(self.ask("POST", target, b"{}", {"Content-Type": kind})[1])
            self.assertEqual((event["body"], event["isBase64Encoded"]), (body, body != "{}"))
        self.lambdas.delete_function_url_config(FunctionName="hello")
        self.assertEqual(self.ask("GET", target)[0], 404)
