"""What EC2 refuses with. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""

from fake_functions.errors import ServiceError

# What tests can ask for: "server error codes", and those that depend on the account.
FAULTS = {
    "InsufficientInstanceCapacity": (500, "There is not enough capacity to fulfill your request."),
    "InstanceLimitExceeded": (400, "Your quota allows for 0 more running instance(s). You requested at least 1."),
    "InternalError": (500, "An internal error has occurred"),
    "OptInRequired": (401, "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."),
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "ThrottlingException": (400, "Rate exceeded"),
    "Unavailable": (503, "The server is overloaded and can't handle the request."),
    "UnauthorizedOperation": (403, "You are not authorized to perform this operation."),
    "Unsupported": (400, "The requested configuration is currently not supported. Please check the documentation for "
                         "supported configurations."),
    "VcpuLimitExceeded": (400, "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the "
                               "instance bucket that the specified instance type belongs to."),
}


def refuse(code, message, status=400):
    return ServiceError(status, code, message)


def injected(code):
    return ServiceError(*_with_code(code))


def _with_code(code):
    status, message = FAULTS.get(code, (400, "A test asked for this error."))
    return status, code, message


def invalid_value(name, value, why=""):
    """`name` as EC2 has it in messages: with a small letter at the beginning."""
    return refuse("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. {why}".strip())


def missing(name):
    return refuse("MissingParameter", f"The request must contain the parameter {name}")


def bad_combination(message):
    return refuse("InvalidParameterCombination", message)


def wrong_state(message):
    return refuse("IncorrectInstanceState", message)
