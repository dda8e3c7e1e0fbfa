"""An sshd of this user's own: other host keys and another port than the machine's, and only this user may come in."""

import getpass
import os
import pathlib
import shutil
import socket
import time

from processes import StartFailed, free_port, run, spawn

# Where an ordinary user's PATH does not lead.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
# As root it wants this directory, empty, for the part that knows no secret.
PRIVILEGE_SEPARATION = pathlib.Path("/run/sshd")


def missing():
    """Why it cannot run here, or None."""
    lacking = [program for program in ("sshd", "ssh", "ssh-keygen") if not shutil.which(program, path=PATH)]
    return f"not installed: {', '.join(lacking)} (scripts/setup servers)" if lacking else None


def start(directory):
    """Returns the variables that lead tests to it. DIRECTORY has its log, and keys that it does and does not know."""
    port = free_port()
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    for key in ("host", "other_host", "user", "counted", "stranger"):
        run(directory, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"cloudkit test {key}", "-f", directory / key])
    # With the second one a test finds its own connections in the log.
    (directory / "authorized_keys").write_text("".join((directory / f"{key}.pub").read_text() for key in ("user", "counted")))
    for name, key in (("known_hosts", "host"), ("changed_known_hosts", "other_host")):
        public = (directory / f"{key}.pub").read_text()
        (directory / name).write_text(f"# keys of test servers\n[127.0.0.1]:{port} {public}")
    config = directory / "sshd_config"
    config.write_text(f"""\
ListenAddress 127.0.0.1
Port {port}
HostKey {directory}/host
PidFile {directory}/sshd.pid
AuthorizedKeysFile {directory}/authorized_keys
AllowUsers {getpass.getuser()}
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PrintMotd no
MaxStartups 100
LogLevel VERBOSE
""")
    # It starts itself again for each connection, for which it needs its whole path.
    server = spawn(directory, "sshd", [shutil.which("sshd", path=PATH), "-D", "-e", "-f", str(config)])
    wait_for_banner(port, server, 30)
    return {"URL": f"ssh://{getpass.getuser()}@127.0.0.1:{port}", "KEY": directory / "user", "DIRECTORY": directory}


def wait_for_banner(port, server, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise StartFailed(f"sshd ended with status {server.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise StartFailed(f"sshd said nothing within {seconds} s")
