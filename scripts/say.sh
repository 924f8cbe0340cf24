# shellcheck shell=sh
# Sourced by the other scripts: say RUSSIAN ENGLISH prints to stderr the one that suits the locale.

say() {
	case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
	ru*) printf '%s\n' "$1" >&2 ;;
	*) printf '%s\n' "$2" >&2 ;;
	esac
}
