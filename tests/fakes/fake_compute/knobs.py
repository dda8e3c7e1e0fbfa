"""How long what is eventually true takes, and what an account may have. Tests turn them while the fake runs: control.py.

What takes time takes looks: each request that names a thing, or lists it, is a look at it, refused ones too.
"""

from dataclasses import dataclass


@dataclass
class Knobs:
    # Looks at a new thing that do not find it: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
    late_looks: int = 0
    flickers: int = 0          # After it was found once, it is not found every other time, so often.
    # Looks until a machine has got where it is going: pending, stopping, shutting-down; and until a terminated one,
    # "visible in the console for a short time", is gone.
    pending_looks: int = 1
    stop_looks: int = 1
    terminate_looks: int = 1
    gone_looks: int = 1000
    step_ms: int = 0           # Each such step takes at least so long, however often one looks.
    failing_boots: int = 0     # So many new machines end while they are pending: troubleshooting-launch.html
    status_looks: int = 1      # Looks by DescribeInstanceStatus until the checks have passed.
    console_looks: int = 1     # Looks until there is console output.
    volume_looks: int = 1      # Looks until a volume is created, attached or detached.
    group_busy_looks: int = 1  # Removals of a group that are refused after the last machine in it is terminated.
    agent_looks: int = 1       # Looks until the agent of a machine is online, again after each boot.
    invocation_looks: int = 1  # GetCommandInvocation of a new command that do not find it.
    command_looks: int = 1     # The same that find it in progress, however fast it was.
    role_attempts: int = 0     # Uses of a new role or instance profile that are refused, as if it had not propagated.
    empty_pages: int = 0       # 1: between two pages of a list there is an empty one.
    throttle: int = 0          # So many of the next requests are refused: RequestLimitExceeded, ThrottlingException.
    no_default_vpc: int = 0    # 1: the account has none.
    max_instances: int = 20    # InstanceLimitExceeded
    max_vcpus: int = 64        # VcpuLimitExceeded
    full_zones: str = ""       # "us-west-2a,us-west-2b": where there is InsufficientInstanceCapacity.
