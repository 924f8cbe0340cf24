#!/bin/sh
# Formatting and static analysis: lint.sh GOFUMPT STATICCHECK, each as package@version.
set -eu
cd "$(dirname "$0")/.."
go=scripts/go.sh

# The analysers must be built by the toolchain whose code they read.
GOTOOLCHAIN=$($go env GOVERSION)
export GOTOOLCHAIN

unformatted=$($go run "$1" -l .)
if [ -n "$unformatted" ]; then
	printf 'gofumpt would change:\n%s\n' "$unformatted" >&2
	exit 1
fi
# Each build tag has files of its own.
for tags in '' gldebug soak; do
	$go vet -tags "$tags" ./...
	$go run "$2" -tags "$tags" ./...
done
# The assembly of the other architecture.
GOARCH=arm64 CGO_ENABLED=0 $go vet ./engine/cpukernel
shellcheck scripts/*.sh .ci/run
