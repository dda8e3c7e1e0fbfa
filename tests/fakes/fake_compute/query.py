"""EC2's Query API: a form in, XML out. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html

An operation names each parameter that it takes, with `n` for a number: Filter.n.Value.n. All others are refused, since a
misspelt one would otherwise do nothing.
"""

import re
import urllib.parse
from dataclasses import dataclass, field

from fake_s3.exchange import Response
from fake_s3.xmltext import document

from .refusals import bad_combination, invalid_value, missing, refuse

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
FILTERS = ("Filter.n.Name", "Filter.n.Value.n")
PAGES = ("MaxResults", "NextToken")
TAGS = ("TagSpecification.n.ResourceType", "TagSpecification.n.Tag.n.Key", "TagSpecification.n.Tag.n.Value")
RETURN = [("return", True)]
_OPERATIONS = {}


@dataclass
class Call:
    """What an operation is given."""
    account: object
    region: object
    name: str
    parameters: dict = field(default_factory=dict)

    def get(self, *path, default=None):
        """The text, or list, or dictionary there."""
        value = self.parameters
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return default if value is None else value

    def list(self, name):
        return self.parameters.get(name, [])

    def boolean(self, *path, default=False):
        return boolean(self.get(*path), ".".join(path), default)

    def number(self, *path, low, high, default=None):
        return number(self.get(*path), ".".join(path), low, high, default)

    def proceed(self):
        """Called when all is checked, before anything is changed."""
        if self.boolean("DryRun"):
            raise refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def boolean(text, name, default=False):
    if text is None:
        return default
    if text not in ("true", "false"):
        raise invalid_value(name, text, "Expecting true or false.")
    return text == "true"


def number(text, name, low, high, default=None):
    if text is None:
        return default
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise invalid_value(name, text, "Expecting a number.")
    if int(text) < low:
        raise invalid_value(name, text, f"Expecting a value greater than {low}.")
    if int(text) > high:
        raise invalid_value(name, text, f"Expecting a value less than {high}.")
    return int(text)


def operation(name, *parameters):
    """Decorates a handler, which returns what is in the reply. Parameters with '!' at the end are required."""
    def register(handler):
        known = {parameter.rstrip("!") for parameter in parameters} | {"DryRun"}
        _OPERATIONS[name] = (known, [parameter[:-1] for parameter in parameters if parameter.endswith("!")], handler)
        return handler
    return register


def action_of(request):
    """The operation's name and its form."""
    if request.method != "POST" or not request.header("content-type").startswith("application/x-www-form-urlencoded"):
        raise refuse("InvalidQueryParameter", "The fake takes forms only, by POST")
    if request.raw_path != "/" or request.raw_query:
        raise refuse("InvalidQueryParameter", "The fake takes no parameters in the URL")
    try:
        pairs = urllib.parse.parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True,
                                       errors="strict")
    except ValueError as error:
        raise refuse("MalformedQueryString", "The query string contains a syntax error.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise refuse("InvalidQueryParameter", "A parameter is given twice")
    action, version = form.pop("Action", None), form.pop("Version", None)
    if action is None:
        raise refuse("MissingAction", "The request must contain the parameter Action")
    if action not in _OPERATIONS:
        raise refuse("InvalidAction", f"The action {action} is not valid for this web service.")
    if version != "2016-11-15":
        raise refuse("NoSuchVersion", f"The requested version ({version}) of service AmazonEC2 does not exist")
    return action, form


def run(call, form, request_id):
    """The Response of the operation."""
    known, required, handler = _OPERATIONS[call.name]
    call.parameters = _tree(form, known)
    for name in required:
        top = name.partition(".")[0]
        if top not in call.parameters:
            raise missing(top)
    if call.name.startswith("Describe"):
        call.proceed()
    content = [("requestId", request_id), *handler(call)]
    return Response(200, document(f"{call.name}Response", content, NAMESPACE), {"Content-Type": "text/xml;charset=UTF-8"})


def _tree(form, known):
    """{"Filter": [{"Name": …, "Value": […]}]} of Filter.1.Name, Filter.1.Value.1."""
    root = {}
    for name, value in form.items():
        if re.sub(r"\.\d+(?=\.|$)", ".n", name) not in known:
            raise refuse("UnknownParameter", f"The parameter {name} is not recognized")
        parts = [int(part) if part.isdigit() else part for part in name.split(".")]
        node = root
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise bad_combination(f"The parameter {name} is given in two forms")
        node[parts[-1]] = value
    return _lists(root)


def _lists(node):
    if not isinstance(node, dict):
        return node
    if any(isinstance(key, int) for key in node):
        if 0 in node:
            raise refuse("InvalidQueryParameter", "Lists begin at 1")
        return [_lists(node[key]) for key in sorted(node)]
    return {key: _lists(value) for key, value in node.items()}


def items(name, contents):
    """A set of EC2's: <name><item>…</item></name>"""
    return (name, [("item", content) for content in contents])
