#!/bin/bash
# Proves the README's two commands on a machine that has nothing of ours: bare-root.sh bookworm|trixie [--warm]
# makes an empty Debian in a folder (as root), with git, make and a Go alone, clones this checkout's HEAD into it, and
# runs `make run` and `make test` there. --warm lends it this machine's Go caches: quick, but it proves the set-up alone.
# Environment: ROOTS (where the roots stand, default /tmp/roots), MIRROR (default http://deb.debian.org/debian).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suite=${1:?bookworm or trixie}
warm=${2:-}
roots=${ROOTS:-/tmp/roots}
root=$roots/$suite
mirror=${MIRROR:-http://deb.debian.org/debian}

mkdir -p "$roots"
if [ ! -e "$roots/$suite.tar" ]; then
	debootstrap --variant=minbase --include=git,make,ca-certificates "$suite" "$root.new" "$mirror"
	tar -C "$root.new" -cf "$roots/$suite.tar" .
	rm -rf "$root.new"
fi

unmount() {
	# Innermost first; a root that is not mounted on any more can be removed safely.
	awk -v root="$root/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount
}
trap unmount EXIT
unmount
rm -rf --one-file-system "$root"
mkdir "$root"
tar -C "$root" -xf "$roots/$suite.tar"

# How this machine reaches the network, and nothing else of it.
cp /etc/resolv.conf "$root/etc/resolv.conf"
find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$root/usr/local/share/ca-certificates" {} +
grep -lsE '^ *Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d"
mount -t proc proc "$root/proc"
chroot "$root" update-ca-certificates >/dev/null 2>&1
passed=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY GOPROXY GOSUMDB GONOSUMDB; do
	[ -z "${!name:-}" ] || passed+=("$name=${!name}")
done
inside() {
	chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		"${passed[@]}" /bin/sh -ec "cd /root/zachin && $1"
}

git bundle create -q "$root/root/zachin.bundle" HEAD
chroot "$root" git -c init.defaultBranch=main -c advice.detachedHead=false clone -q /root/zachin.bundle /root/zachin

step() { printf '\n== %s: %s\n' "$suite" "$1"; }

step 'without Go: one sentence, and no success'
if inside 'make run'; then
	echo 'make run succeeded without Go' >&2
	exit 1
fi

case "$suite" in
bookworm)
	step 'Go from an archive in /usr/local/go'
	mkdir -p "$root/usr/local/go"
	tar -C "$(go env GOROOT)" -cf - . | tar -C "$root/usr/local/go" -xf -
	;;
*)
	step "Go from $suite's own packages"
	inside 'apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends golang-go >/dev/null && cd / && go version'
	;;
esac
if [ "$warm" = --warm ]; then
	mkdir -p "$root/root/.cache/go-build" "$root/root/go/pkg/mod"
	mount --bind "$(go env GOCACHE)" "$root/root/.cache/go-build"
	mount --bind "$(go env GOMODCACHE)" "$root/root/go/pkg/mod"
fi

for target in run test; do
	step "make $target"
	SECONDS=0
	inside "make $target"
	printf '== %s: make %s took %d s\n' "$suite" "$target" "$SECONDS"
done

step 'again: nothing to install, so no apt'
if [ -n "$(inside 'PATH=/usr/bin:/bin; scripts/setup.sh build; scripts/setup.sh test' 2>&1)" ]; then
	echo 'setup.sh still finds something to do' >&2
	exit 1
fi
step 'both commands work'
