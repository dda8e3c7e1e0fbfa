"""Public images and machine types of a region, and the parameters that name the newest images."""

import hashlib
from dataclasses import dataclass, field

from .finding import check_id, matching, not_found, page
from .query import FILTERS, PAGES, items, operation
from .refusals import refuse
from .tags import tag_set

# The owner's alias and account, the image's name, its architecture, and what Systems Manager calls the newest.
_AMAZON, _UBUNTU, _DEBIAN = ("amazon", "137112412989"), (None, "099720109477"), (None, "136693071363")
_AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-"
_CATALOGUE = (
    (_AMAZON, "al2023-ami-2023.9.20260110.0-kernel-6.1-{}", "x86_64",
     (_AL2023 + "default-x86_64", _AL2023 + "6.1-x86_64")),
    (_AMAZON, "al2023-ami-2023.9.20260110.0-kernel-6.1-{}", "arm64", (_AL2023 + "default-arm64", _AL2023 + "6.1-arm64")),
    (_AMAZON, "amzn2-ami-hvm-2.0.20260105.0-{}-gp2", "x86_64",
     ("/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",)),
    *((_UBUNTU, f"ubuntu/images/hvm-ssd-gp3/ubuntu-{name}-{version}-{machine}-server-20260112", architecture,
       (f"/aws/service/canonical/ubuntu/server/{version}/stable/current/{machine}/hvm/ebs-{disk}/ami-id",))
      for name, version, disk in (("jammy", "22.04", "gp2"), ("noble", "24.04", "gp3"))
      for machine, architecture in (("amd64", "x86_64"), ("arm64", "arm64"))),
    *((_DEBIAN, f"debian-{version}-{machine}-20260108-1970", architecture,
       (f"/aws/service/debian/release/{version}/latest/{machine}",))
      for version in ("12", "13") for machine, architecture in (("amd64", "x86_64"), ("arm64", "arm64"))),
)
# Virtual CPUs, MiB, architecture, whether it is Nitro's: https://docs.aws.amazon.com/ec2/latest/instancetypes/
TYPES = {
    "t2.nano": (1, 512, "x86_64", False), "t2.micro": (1, 1024, "x86_64", False),
    "t2.small": (1, 2048, "x86_64", False), "t2.medium": (2, 4096, "x86_64", False),
    "t3.nano": (2, 512, "x86_64", True), "t3.micro": (2, 1024, "x86_64", True),
    "t3.small": (2, 2048, "x86_64", True), "t3.medium": (2, 4096, "x86_64", True),
    "m5.large": (2, 8192, "x86_64", True), "m5.24xlarge": (96, 393216, "x86_64", True),
    "t4g.micro": (2, 1024, "arm64", True), "t4g.small": (2, 2048, "arm64", True), "m7g.large": (2, 8192, "arm64", True),
}
# "T2 instances are not available" in the newer regions.
_WITHOUT_T2 = ("eu-north-1", "me-south-1", "ap-east-1", "af-south-1", "eu-south-1")
MIN_ROOT_GIB = 8


@dataclass
class Image:
    id: str
    name: str
    owner: tuple
    architecture: str
    created: str
    born: int
    parameters: tuple = ()
    tags: dict = field(default_factory=dict)

    @property
    def root_device(self):
        """Not the same for all: a disk of another name would be one more."""
        return "/dev/sda1" if self.owner == _UBUNTU else "/dev/xvda"

    def is_seen(self):
        return True


def images_of(region):
    """By id: "An AMI is specific to an AWS Region", so that another region has others."""
    found = {}
    for i, (owner, template, architecture, parameters) in enumerate(_CATALOGUE):
        name = template.format(architecture)
        older = name.replace("2026", "2025")
        for born, (text, created) in enumerate(((older, "2025-01-20T10:00:00.000Z"), (name, "2026-01-20T10:00:00.000Z"))):
            identity = "ami-0" + hashlib.sha256(f"{region} {text}".encode()).hexdigest()[:16]
            found[identity] = Image(identity, text, owner, architecture, created, 2 * i + born + 1,
                                    parameters if born else ())
    return found


def image(region, identity):
    check_id("image", identity)
    found = images_of(region).get(identity)
    if found is None:
        raise not_found("image", [identity])
    return found


def parameter(region, name):
    """The id that a public parameter of Systems Manager has, or None."""
    return next((one.id for one in images_of(region).values() if name in one.parameters), None)


def check_type(region, name):
    """The type's row of TYPES."""
    if name not in TYPES:
        raise refuse("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    if name.startswith("t2.") and region in _WITHOUT_T2:
        raise refuse("Unsupported", "The requested configuration is currently not supported. Please check the "
                     "documentation for supported configurations.")
    return TYPES[name]


_VALUES = {
    "name": lambda one: [one.name], "image-id": lambda one: [one.id], "state": lambda one: ["available"],
    "architecture": lambda one: [one.architecture], "owner-id": lambda one: [one.owner[1]],
    "owner-alias": lambda one: [one.owner[0]] if one.owner[0] else [], "root-device-type": lambda one: ["ebs"],
    "virtualization-type": lambda one: ["hvm"], "is-public": lambda one: ["true"], "image-type": lambda one: ["machine"],
    "creation-date": lambda one: [one.created],
}


@operation("DescribeImages", "ImageId.n", "Owner.n", "ExecutableBy.n", "IncludeDeprecated", *FILTERS, *PAGES)
def describe_images(call):
    images = images_of(call.region.name)
    given = call.list("ImageId")
    shown = [image(call.region.name, identity) for identity in given] if given else list(images.values())
    if owners := call.list("Owner"):
        shown = [one for one in shown if set(owners) & set(one.owner)]
    shown, following = page(call, matching(call, shown, _VALUES), "imagesSet" if given else None, low=1)
    return [items("imagesSet", [_describe(one) for one in shown]), *following]


def _describe(one):
    return [("imageId", one.id), ("imageLocation", f"{one.owner[0] or one.owner[1]}/{one.name}"),
            ("imageState", "available"), ("imageOwnerId", one.owner[1]), ("creationDate", one.created),
            ("isPublic", True), ("architecture", one.architecture), ("imageType", "machine"),
            ("imageOwnerAlias", one.owner[0]), ("name", one.name), ("rootDeviceType", "ebs"),
            ("rootDeviceName", one.root_device),
            items("blockDeviceMapping", [[("deviceName", one.root_device), ("ebs", [
                ("snapshotId", f"snap-{one.id[4:]}"), ("volumeSize", MIN_ROOT_GIB), ("volumeType", "gp3"),
                ("deleteOnTermination", True), ("encrypted", False)])]]), tag_set(one), ("virtualizationType", "hvm"), ("hypervisor", "xen")]


@operation("DescribeInstanceTypes", "InstanceType.n")
def describe_instance_types(call):
    names = call.list("InstanceType") or [name for name in TYPES if not (
        name.startswith("t2.") and call.region.name in _WITHOUT_T2)]
    content = []
    for name in names:
        cpus, memory, architecture, is_nitro = check_type(call.region.name, name)
        content.append([("instanceType", name), ("currentGeneration", True), ("hypervisor", "nitro" if is_nitro else "xen"),
                        ("processorInfo", [items("supportedArchitectures", [architecture])]),
                        ("vCpuInfo", [("defaultVCpus", cpus)]), ("memoryInfo", [("sizeInMiB", memory)])])
    return [items("instanceTypeSet", content)]
