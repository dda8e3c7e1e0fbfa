"""Buckets themselves. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""

import re

from . import attributes, checksums
from .errors import S3Error, not_implemented
from .exchange import Response, iso_date
from .listing import decode_token, encode_token
from .routing import operation
from .xmltext import document, parse

_HOME = "us-east-1"  # The region that a LocationConstraint does not name.
_MAX_BUCKETS = 10_000  # API_ListBuckets.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_bucket_name(name):
    return bool(_NAME.fullmatch(name) and ".." not in name and not _ADDRESS.fullmatch(name)
                and not name.startswith(_PREFIXES) and not name.endswith(_SUFFIXES))


def _wanted_region(service, request):
    constraint = None
    if request.body:
        root = parse(request.body, "CreateBucketConfiguration")
        if unknown := [child.name for child in root.children if child.name != "LocationConstraint"]:
            raise not_implemented("Element", ", ".join(unknown))
        constraint = root.get("LocationConstraint") or None
    constraint = "eu-west-1" if constraint == "EU" else constraint
    if constraint == _HOME or (constraint and constraint not in service.regions):
        raise S3Error("InvalidLocationConstraint", None, LocationConstraint=constraint)
    # Only the endpoint of us-east-1 makes buckets elsewhere.
    if request.region != _HOME and constraint != request.region:
        raise S3Error("IllegalLocationConstraintException",
                      f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific "
                      "endpoint this request was sent to.")
    return constraint or _HOME


@operation("PUT", "bucket", headers=checksums.HEADERS | {"x-amz-acl", "x-amz-object-ownership"}, body="xml")
def create_bucket(service, request):
    if not is_bucket_name(request.bucket):
        raise S3Error("InvalidBucketName", None, BucketName=request.bucket)
    if request.header("x-amz-object-ownership") not in ("", "BucketOwnerEnforced"):
        raise not_implemented("Header", "x-amz-object-ownership")
    attributes.check_acl(request)
    region = _wanted_region(service, request)
    if service.store.create(request.bucket, region) is None:
        # "…returns 200 OK" where S3 began, for the sake of old programs, and an error elsewhere.
        if not region == service.store.get(request.bucket).region == _HOME:
            raise S3Error("BucketAlreadyOwnedByYou", None, BucketName=request.bucket)
    return Response(headers={"Location": f"/{request.bucket}"})


@operation("HEAD", "bucket")
def head_bucket(service, request):
    bucket = service.bucket_of(request)
    return Response(headers={"x-amz-bucket-region": bucket.region, "x-amz-access-point-alias": "false"})


@operation("DELETE", "bucket")
def delete_bucket(service, request):
    service.store.delete(service.bucket_of(request))
    return Response(204)


@operation("GET", "bucket", needs={"location"})
def get_bucket_location(service, request):
    region = service.bucket_of(request).region
    return Response.xml(document("LocationConstraint", "" if region == _HOME else region))


@operation("GET", "service", query={"max-buckets", "continuation-token", "prefix", "bucket-region"})
def list_buckets(service, request):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""
    most = request.number("max-buckets", _MAX_BUCKETS, 1, _MAX_BUCKETS)
    prefix, region = request.query.get("prefix", ""), request.query.get("bucket-region", "")
    token = request.query.get("continuation-token")
    after = decode_token(token) if token else ""
    fitting = [bucket for bucket in service.store.all()
               if bucket.name > after and bucket.name.startswith(prefix) and region in ("", bucket.region)]
    page = fitting[:most]
    entries = [("Bucket", [("Name", bucket.name), ("CreationDate", iso_date(bucket.created)),
                           ("BucketRegion", bucket.region)]) for bucket in page]
    result = [("Owner", service.owner()), ("Buckets", entries),
              ("ContinuationToken", encode_token(page[-1].name) if len(fitting) > len(page) else None),
              ("Prefix", prefix or None)]
    return Response.xml(document("ListAllMyBucketsResult", result))
