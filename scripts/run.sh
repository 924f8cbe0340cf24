#!/bin/sh
# Starts bin/zachin: its window, or where no display can be seen, one continuation in the terminal.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/say.sh
. scripts/say.sh

if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
	say 'Дисплея нет, поэтому вместо окна — продолжение в терминале:' 'There is no display, so instead of the window, a continuation in the terminal:'
	prompt='Однажды вечером, когда я возвращался домой,'
	set -- --sample --temperature 0.8 --top-p 0.9 --repetition-penalty 1.1 --max-new-tokens 80
	printf "  bin/zachin generate --prompt '%s' %s\n\n" "$prompt" "$*" >&2
	exec bin/zachin generate --prompt "$prompt" "$@"
fi
exec bin/zachin
