#!/bin/sh
# Drives the local API with OpenAI's official clients, which it installs from PyPI and npm into a folder of its own:
# clients.sh PROGRAM. Needs the network, python3 with venv, node and npm, and so is no part of the tests.
set -eu
program=$(realpath "$1")
here=$(realpath "$(dirname "$0")/clients")
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet openai==3.54.0
cp "$here/node.mjs" "$work"
(cd "$work" && npm install --silent --no-save openai@6.49.0)

mkfifo "$work/line"
"$program" serve --device cpu >"$work/line" &
server=$!
read -r line <"$work/line"
url=$(printf '%s' "$line" | python3 -c 'import json, sys; print(json.load(sys.stdin)["url"])')
token=$(printf '%s' "$line" | python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])')

"$work/venv/bin/python" "$here/python.py" "$url" "$token"
node "$work/node.mjs" "$url" "$token"
