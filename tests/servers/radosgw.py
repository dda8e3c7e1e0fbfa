"""Ceph's S3 server on one in-memory OSD, without root, systemd or containers."""

import os
import shutil
import uuid

from processes import free_port, run, spawn, wait_for_http

PROGRAMS = ("monmaptool", "ceph-mon", "ceph-osd", "ceph", "radosgw", "radosgw-admin")
# Not secrets: they open a server that listens on loopback and lives for one test run.
KEY = "CKTESTRADOSGWKEY0001"
SECRET = "cktest-radosgw-secret-6f1d0c9b"

CONFIG = """[global]
fsid={fsid}
mon_initial_members=a
mon_host=v1:127.0.0.1:{port}
auth_cluster_required=none
auth_service_required=none
auth_client_required=none
osd_pool_default_size=1
osd_pool_default_min_size=1
osd_pool_default_pg_num=1
osd_pool_default_pg_autoscale_mode=off
osd_crush_chooseleaf_type=0
mon_allow_pool_size_one=true
osd_objectstore=memstore
memstore_device_bytes=4294967296
ms_bind_msgr2=false
mon_data={directory}/mon
osd_data={directory}/osd
run_dir={directory}/run
admin_socket={directory}/run/$name.asok
pid_file={directory}/run/$name.pid
log_file={directory}/run/$name.log
osd_class_update_on_start=false
osd_crush_update_on_start=false
"""


def missing():
    """Why it cannot run here, or None."""
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    return f"not installed: {' '.join(absent)}" if absent else None


def start(directory):
    """Returns the variables that lead tests to it."""
    for name in ("mon", "osd", "run"):
        (directory / name).mkdir()
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    monitor = f"[v1:127.0.0.1:{(port := free_port())}]"
    config = directory / "ceph.conf"
    config.write_text(CONFIG.format(fsid=fsid, port=port, directory=directory))
    options = {"env": {**os.environ, "CEPH_CONF": str(config)}}

    run(directory, ["monmaptool", "--create", "--addv", "a", monitor, "--fsid", fsid, "monmap"], **options)
    run(directory, ["ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap"], **options)
    spawn(directory, "mon", ["ceph-mon", "-f", "-i", "a"], **options)
    run(directory, ["ceph", "osd", "new", osd], **options)
    # By itself, the OSD enters the map before it has learned which cluster it is in, and one
    # time in three ends with "wrong fsid".
    run(directory, ["ceph", "osd", "crush", "add", "osd.0", "1", "root=default", "host=a"], **options)
    run(directory, ["ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd], **options)
    device = spawn(directory, "osd", ["ceph-osd", "-f", "-i", "0"], **options)

    url = f"http://127.0.0.1:{(http := free_port())}"
    # Else each small reply waits 40 ms for an acknowledgement: headers and body go out apart.
    frontend = f"beast endpoint=127.0.0.1:{http} tcp_nodelay=1"
    gateway = spawn(directory, "radosgw", ["radosgw", "-f", "-n", "client.rgw", "--rgw-frontends", frontend],
                    **options)
    wait_for_http(url, [gateway, device], 60)
    run(directory, ["radosgw-admin", "user", "create", "--uid=cloudkit", "--display-name=cloudkit",
                    f"--access-key={KEY}", f"--secret-key={SECRET}"], **options)
    return {"URL": url, "KEY": KEY, "SECRET": SECRET}
