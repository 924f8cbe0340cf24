#!/bin/sh
# Drives the real window through a session of writing: a new document, the dialogue's template, three variants, one of them taken, edited,
# undone, closed, opened again, gone on with. What each step comes to is read from the disk.
# session-test.sh [PROGRAM [FOLDER FOR SCREENSHOTS [THEME]]]
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/window.sh
. scripts/window.sh

palette() {
	key ctrl+k
	write "$1"
	key Return
}
# The composer's form, and what was chosen in the window.
composed() { grep -qF "$1" "$work/data/zachin/composer.json" 2>/dev/null; }
set_to() { grep -qF "$1" "$settings"; }
# fill TEXT: types over what stands in the field after this one.
fill() {
	key Tab ctrl+a
	write "$1"
}
documents() { query 'SELECT count(*) FROM documents'; }
# What the model has written into the present document: its runs in their order.
runs="FROM nodes WHERE card <> '' AND running = 0 AND document = (SELECT id FROM documents ORDER BY opened DESC LIMIT 1)"
written() { [ "$(query "SELECT count(*) $runs")" -ge "$1" ]; }

set_before auto 60
start
before=$(documents)
new_document() { [ "$(documents)" -gt "$before" ]; }
key ctrl+n
eventually new_document

palette 'шаблон диалог'
eventually composed '"template": "Диалог"'
fill 'Кот'
fill 'Гость'
fill 'Кто там?'
eventually composed '"реплика": "Кто там?"'
key ctrl+z
eventually composed '"реплика": "Кто "'
key ctrl+shift+z
eventually composed '"реплика": "Кто там?"'
composed '"роль модели": "Кот"' || fail 'the form has lost a field'
shot composer
stop KILL # what was typed into the form is on the disk
start
palette 'варианты 3'
eventually set_to '"variants": 3'

key ctrl+t
key ctrl+Return
prompt='Читатель пришёл в городскую библиотеку и говорит с библиотекарем.

Кот: Здравствуйте! Чем могу помочь?
Гость: Кто там?
Кот:'
eventually text_is "$prompt"
eventually written 3
[ "$(documents)" -eq $((before + 1)) ] || fail 'the empty document was left'
shot variants
number=$(query "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY id) AS n, middle $runs) WHERE middle <> ''")
picked=$(query "SELECT middle || '.' $runs ORDER BY id LIMIT 1 OFFSET $((number - 1))")
picked=${picked%.}
write "$number"
eventually text_is "$prompt$picked"
eventually marked
case "$picked" in *'
Гость:'*) fail 'the model goes on for its partner' ;; esac

write 'Мяу'
eventually text_is "$prompt${picked}Мяу"
key ctrl+z
eventually text_is "$prompt$picked"
key Return
write 'Гость: А ты?'
key Return
write 'Кот:'
said="$prompt$picked
Гость: А ты?
Кот:"
eventually text_is "$said"
shot picked

stop TERM
start
text_is "$said" || fail 'closing has changed the text'
case "$(ask settings)" in *'\nГость:'*) ;; *) fail 'where to stop is forgotten' ;; esac
palette 'варианты 1'
eventually set_to '"variants": 1'
# A dialogue may be over at once: then it is gone on with again, with another seed.
gone_on() { longer_than "$said"; }
eventually answers ctrl+Return gone_on
text_begins "$said" || fail 'going on has changed the text'
shot again
if [ -n "$shots" ]; then
	palette 'шаблон тема'
	eventually composed '"template": "Тема текста"'
	xdotool mousemove 519 79 click 1 # the part with the examples
	eventually composed '"part": "examples"'
	xdotool mousemove 400 226 click 1 mousemove 600 360 # the second of them
	sleep 1
	shot examples
fi
stop TERM
say 'Сеанс: всё прошло.' 'Session: all went well.'
