#!/bin/sh
# Drives the real window by keys on a screen of its own, as a person would, and looks at what is on the disk: type,
# continue, stop, edit, undo, close, open again, be killed, compute by OpenGL.
# window-test.sh [PROGRAM [FOLDER FOR SCREENSHOTS [THEME]]]
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/window.sh
. scripts/window.sh

set_before auto 2048 # as many new tokens as the context holds: there must be something to stop

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
keep
written=$kept
case "$written" in "$prompt"?*) ;; *) fail "the continuation does not follow the prompt: $written" ;; esac
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
eventually longer_than "$written"
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
set_before gl 12
start
key ctrl+a
write "$prompt"
eventually text_is "$prompt"
key ctrl+Return
eventually marked
shot opengl
stop TERM
grep -q '"device": "gl"' "$settings" || fail 'the device is forgotten'
say 'Окно: всё прошло.' 'Window: all went well.'
