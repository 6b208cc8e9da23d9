#!/usr/bin/env bash
# A machine that boots systemd as its process 1, in the network namespace that this runs in: everything else is its own, and its files
# are this machine's below a layer in memory.
#
#   machine.sh boot DIRECTORY NAME     becomes the machine, which ends with this process; NAME is its cgroup
#   machine.sh remove DIRECTORY NAME   removes the cgroup, which is all that outlives it
#
# With FASTFLANNEL_MACHINE_WEIGHT (100 is usual) the machine is one group to the scheduler, as a service is that has a CPUWeight=.
set -euo pipefail
step=$1 directory=$2 name=$3

# Where the machine's own cgroups are mounted differs from host to host, so that this has a mount of its own.
with_cgroups() { exec unshare --mount --propagation private "$0" "$1" "$directory" "$name"; }

# Does something with the cgroup that the scheduler goes by, if that is wanted: of version 2, or of version 1 where it has the controller.
with_weight() {
    [ -n "${FASTFLANNEL_MACHINE_WEIGHT-}" ] || return 0
    if ! grep -qw cpu "$directory/cgroups/cgroup.controllers"; then
        umount "$directory/cgroups"
        mount -t cgroup -o cpu cgroup "$directory/cgroups"
    fi
    "$@"
}

join() {
    mkdir -p "$directory/cgroups/$name"
    if [ -e "$directory/cgroups/$name/cpu.shares" ]; then
        echo $((FASTFLANNEL_MACHINE_WEIGHT * 1024 / 100)) >"$directory/cgroups/$name/cpu.shares"
    else
        echo "$FASTFLANNEL_MACHINE_WEIGHT" >"$directory/cgroups/$name/cpu.weight"
    fi
    echo $$ >"$directory/cgroups/$name/cgroup.procs"
}

leave() {
    # The kernel takes a moment to see that a killed process has left its cgroup.
    for _ in $(seq 100); do
        find "$directory/cgroups/$name" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [ -d "$directory/cgroups/$name" ] || return 0
        sleep 0.1
    done
    echo "machine.sh: something is still in the cgroup $name" >&2
    exit 1
}

case $step in
boot)
    mkdir "$directory/files" "$directory/root" "$directory/cgroups"
    with_cgroups enter
    ;;
enter)
    mount -t cgroup2 cgroup2 "$directory/cgroups"
    mkdir "$directory/cgroups/$name"
    echo $$ >"$directory/cgroups/$name/cgroup.procs"
    with_weight join
    exec unshare --cgroup --pid --ipc --uts --fork --kill-child "$0" start "$directory" "$name"
    ;;
start)
    mount -t tmpfs tmpfs "$directory/files"
    mkdir "$directory/files/upper" "$directory/files/work"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/files/upper,workdir=$directory/files/work" "$directory/root"
    cd "$directory/root"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    for place in dev run tmp; do mount -t tmpfs tmpfs $place; done
    mkdir dev/net dev/pts dev/shm
    for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 console:5:1 net/tun:10:200; do
        IFS=: read -r file major minor <<<"$node"
        mknod -m 666 "dev/$file" c "$major" "$minor"
    done

    # Nothing of this machine's runs there but what systemd itself needs.
    rm -rf etc/systemd/system etc/machine-id
    mkdir etc/systemd/system
    ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
    for unit in systemd-networkd systemd-networkd-wait-online systemd-resolved systemd-timesyncd systemd-udevd systemd-logind getty@tty1; do
        ln -s /dev/null "etc/systemd/system/$unit.service"
    done
    echo uninitialized >etc/machine-id

    mkdir mnt/before
    pivot_root . mnt/before
    umount -l /mnt/before
    exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=journal --show-status=no
    ;;
remove)
    with_cgroups clear
    ;;
clear)
    mount -t cgroup2 cgroup2 "$directory/cgroups"
    leave
    with_weight leave
    ;;
esac
