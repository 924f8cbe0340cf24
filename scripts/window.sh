# The real window on a screen of its own, for scripts that drive it by keys as a person would, and look at what is on the disk.
# To be sourced with the arguments [PROGRAM [FOLDER FOR SCREENSHOTS [THEME]]]; leaves a screen, folders of its own and the functions below.
# shellcheck shell=sh
# shellcheck source=scripts/say.sh
. scripts/say.sh

program=$(realpath "${1:-bin/zachin}")
shots=${2:-}
theme=${3:-light}
[ -z "$shots" ] || mkdir -p "$shots"
work=$(mktemp -d)
window='' screen=''
trap 'kill -KILL $window $screen 2>/dev/null || :; wait; rm -rf "$work"' EXIT

fail() {
	shot failed
	say "Окно: $1" "Window: $1"
	cat "$work/log" >&2
	exit 1
}

# eventually COMMAND…: waits until it succeeds; the window must live meanwhile. Three minutes are far more than anything takes.
eventually() {
	give_up=$(($(date +%s) + 180))
	until "$@"; do
		kill -0 "$window" 2>/dev/null || fail "ended while waiting for: $*"
		[ "$(date +%s)" -lt "$give_up" ] || fail "waited in vain for: $*"
		sleep 0.1
	done
}

# What another process sees in the database of documents: the document that was opened last.
documents=$work/data/zachin/documents.db
query() { sqlite3 -batch -noheader "$documents" "$1" 2>/dev/null; }
ask() { query "SELECT $1 FROM texts JOIN documents ON id = document ORDER BY opened DESC LIMIT 1"; }
# keep puts the text into $kept, with the line feeds at its end, which $(…) alone would drop.
keep() {
	kept=$(ask "text || '.'")
	kept=${kept%.}
}
text_is() { keep && [ "$kept" = "$1" ]; }
text_begins() { keep && case "$kept" in "$1"*) ;; *) false ;; esac }
text_ends() { keep && case "$kept" in *"$1") ;; *) false ;; esac }
longer_than() { [ "$(ask 'length(text)')" -gt "$(printf %s "$1" | wc -m)" ]; }
marked() { case "$(ask spans)" in *'"from"'*) ;; *) false ;; esac }
unmarked() { ! marked; }
# shot NAME: what is seen, a moment after what is on the disk, in few colours.
shot() {
	[ -z "$shots" ] && return
	sleep 1
	import -window root -depth 8 +dither -colors 96 "png8:$shots/$1-$theme.png"
}
key() { xdotool key --delay 60 "$@"; }
write() { xdotool type --delay 60 "$1"; }

# The list of documents is folded, or not: what F8 changes, and is kept.
settings=$work/config/zachin/settings.json
folded() { grep -qF '"folded_list": true' "$settings"; }
unfolded() { ! folded; }
# answers KEY COMMAND: presses a key, and waits a while until a command succeeds.
answers() {
	key "$1"
	for _ in 1 2 3 4 5; do
		if "$2"; then return 0; fi
		sleep 1
	done
	return 1
}

# start opens the window and waits until it answers keys.
start() {
	"$program" >"$work/log" 2>&1 &
	window=$!
	eventually xdotool search --onlyvisible --name 'Зачин' >/dev/null
	xdotool search --onlyvisible --name 'Зачин' windowfocus
	eventually answers F8 folded
	eventually answers F8 unfolded
}

# stop SIGNAL ends the program and waits for it.
stop() {
	kill "-$1" "$window"
	wait "$window" 2>/dev/null || [ "$1" = KILL ] || fail "did not close well: status $?"
}

# set_before DEVICE TOKENS: what a person may have set before.
set_before() {
	printf '{"language": "ru", "theme": "%s", "no_offer": true, "device": "%s", "params": {"max_new_tokens": %d}}\n' "$theme" "$1" "$2" >"$settings"
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
