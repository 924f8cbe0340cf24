#!/bin/sh
# Drives the real window by keys on a screen of its own, as a person would, and looks at what is on the disk: type,
# continue, stop, edit, undo, close, open again, be killed, compute by OpenGL.
# window-test.sh [PROGRAM [FOLDER FOR SCREENSHOTS]]
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/say.sh
. scripts/say.sh

program=$(realpath "${1:-bin/zachin}")
shots=${2:-}
work=$(mktemp -d)
window='' screen=''
trap 'kill -KILL $window $screen 2>/dev/null || :; wait; rm -rf "$work"' EXIT

fail() {
	say "Окно: $1" "Window: $1"
	cat "$work/log" >&2
	exit 1
}

# eventually COMMAND…: waits until it succeeds; the window must live meanwhile. A minute is far more than anything takes.
eventually() {
	turns=600
	until "$@"; do
		kill -0 "$window" 2>/dev/null || fail "ended while waiting for: $*"
		[ $((turns -= 1)) -gt 0 ] || fail "waited in vain for: $*"
		sleep 0.1
	done
}

# What another process sees in the database of documents: the document that was opened last.
documents=$work/data/zachin/documents.db
ask() { sqlite3 -batch -noheader "$documents" "SELECT $1 FROM texts JOIN documents ON id = document ORDER BY opened DESC LIMIT 1" 2>/dev/null; }
text() { ask text; }
text_is() { [ "$(text)" = "$1" ]; }
text_ends() { case "$(text)" in *"$1") ;; *) false ;; esac }
longer_than() { [ "$(text | wc -m)" -gt "$1" ]; }
marked() { case "$(ask spans)" in *'"from"'*) ;; *) false ;; esac }
unmarked() { ! marked; }
shot() { [ -z "$shots" ] || import -window root "$shots/$1.png"; }
key() { xdotool key --delay 60 "$@"; }
write() { xdotool type --delay 60 "$1"; }

# start opens the window and waits for it; the first word that arrives on disk tells that it listens.
start() {
	"$program" >"$work/log" 2>&1 &
	window=$!
	eventually xdotool search --onlyvisible --name 'Зачин' >/dev/null
	xdotool search --onlyvisible --name 'Зачин' windowfocus
	sleep 1
}

# stop SIGNAL ends the program and waits for it.
stop() {
	kill "-$1" "$window"
	wait "$window" 2>/dev/null || [ "$1" = KILL ] || fail "did not close well: status $?"
}

mkfifo "$work/number"
Xvfb -displayfd 3 -noreset -screen 0 1280x800x24 3>"$work/number" 2>/dev/null &
screen=$!
read -r number <"$work/number"
# xdotool and wc need a locale of UTF-8; this one is everywhere.
export DISPLAY=":$number" LC_ALL=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1
export XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data"
unset WAYLAND_DISPLAY
# Both alphabets on one keyboard: for a letter that it lacks xdotool would change the layout, which takes effect late.
setxkbmap us,ru
mkdir -p "$work/config/zachin" "$work/data"
# settings DEVICE TOKENS: what a person may have set before.
settings() {
	printf '{"language": "ru", "theme": "light", "device": "%s", "params": {"max_new_tokens": %d}}\n' "$1" "$2" \
		>"$work/config/zachin/settings.json"
}
settings auto 2048 # as many new tokens as the context holds: there must be something to stop

prompt='Ёж шёл домой,'
start
shot first
key ctrl+a
write "$prompt"
eventually text_is "$prompt"

key ctrl+Return
eventually marked
shot writing
key Escape
sleep 1 # the last words are on their way to the disk
case "$(text)" in "$prompt"?*) ;; *) fail "the continuation does not follow the prompt: $(text)" ;; esac
written=$(text)
sleep 1
text_is "$written" || fail 'the model writes on after Esc'
shot stopped

write 'Конец'
eventually text_is "${written}Конец"
key ctrl+z
eventually text_is "$written"
key ctrl+z
eventually text_is "$prompt"
eventually unmarked
key ctrl+shift+z
eventually text_is "$written"

stop TERM
text_is "$written" || fail 'closing has changed the text'
start
key ctrl+Return
eventually longer_than "$(printf %s "$written" | wc -m)"
key Escape
write 'Ёж'
eventually text_ends 'Ёж'
stop KILL
text_ends 'Ёж' || fail 'what was on the disk is gone'
start
shot again
key ctrl+z
eventually text_ends 'Ёж' # the history is not kept, the text is
key ctrl+3 # to the models, where letters go nowhere, and back
write 'нет'
shot models
key ctrl+1
write 'Да'
eventually text_ends 'ЁжДа'
stop INT

# The model's OpenGL beside the window's own: with this setting no other device steps in.
settings gl 12
start
key ctrl+a
write "$prompt"
eventually text_is "$prompt"
key ctrl+Return
eventually marked
shot opengl
stop TERM
grep -q '"device": "gl"' "$work/config/zachin/settings.json" || fail 'the device is forgotten'
say 'Окно: всё прошло.' 'Window: all went well.'
