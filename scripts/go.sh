#!/bin/sh
# Runs the go command with the given arguments: the first Go on this machine that is new enough, wherever it was
# installed. Go 1.21 introduced fetching the toolchain that go.mod names, so any Go from there on will do.
set -u
# shellcheck source=scripts/say.sh
. "$(dirname "$0")/say.sh"

wanted=$(awk '$1 == "go" { print $2; exit }' "$(dirname "$0")/../go.mod")

# at_least VERSION MINIMUM compares major.minor, as in 1.26.8 and 1.21.
at_least() {
	awk -v have="$1" -v need="$2" 'BEGIN {
		split(have, h, "."); split(need, n, ".")
		exit !(h[1] + 0 > n[1] + 0 || (h[1] + 0 == n[1] + 0 && h[2] + 0 >= n[2] + 0))
	}'
}

found=
too_old=
pinned=
for go in "$(command -v go)" /usr/local/go/bin/go "${HOME:-/root}"/go/bin/go "${HOME:-/root}"/sdk/go*/bin/go \
	/usr/lib/go/bin/go /usr/lib/go-*/bin/go /snap/bin/go; do
	[ -x "$go" ] || continue
	# GOTOOLCHAIN=local: ask this very binary, before it fetches another.
	version=$(GOTOOLCHAIN=local "$go" version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p')
	[ -n "$version" ] || continue
	if ! at_least "$version" 1.21; then
		too_old=${too_old:-$version}
		continue
	fi
	# Asked from /, where no go.mod makes it fetch a toolchain only to answer.
	if ! at_least "$version" "$wanted" && [ "$(cd / && "$go" env GOTOOLCHAIN)" = local ]; then
		pinned=${pinned:-$version}
		continue
	fi
	found=$go
	break
done
[ -z "$found" ] || exec "$found" "$@"

get_ru='его даёт «apt install golang-go» (Debian 13, Ubuntu 24.04 и новее), «apt install -t bookworm-backports golang-go» (Debian 12) или https://go.dev/dl/.'
get_en='get it with "apt install golang-go" (Debian 13, Ubuntu 24.04 and later), "apt install -t bookworm-backports golang-go" (Debian 12), or from https://go.dev/dl/.'
if [ -n "$pinned" ]; then
	say "Найден Go $pinned, а нужен $wanted, и GOTOOLCHAIN=local не даёт ему скачать нужный: снимите запрет командой «go env -u GOTOOLCHAIN» или переменной GOTOOLCHAIN=auto." \
		"Found Go $pinned, but $wanted is needed and GOTOOLCHAIN=local keeps it from fetching that: lift this with 'go env -u GOTOOLCHAIN' or the variable GOTOOLCHAIN=auto."
elif [ -n "$too_old" ]; then
	say "Найден Go $too_old, а нужен 1.21 или новее: $get_ru" "Found Go $too_old, but 1.21 or later is needed: $get_en"
else
	say "Не найден Go 1.21 или новее: $get_ru" "Go 1.21 or later was not found: $get_en"
fi
exit 1
