#!/bin/sh
# Installs the system packages that a task needs and that are missing: setup.sh build|test|lint|arm|windows.
# Debian and its relatives only; elsewhere it says what is missing. Does nothing, and asks for nothing, when all is there.
set -eu
# shellcheck source=scripts/say.sh
. "$(dirname "$0")/say.sh"

# What Fyne and GLFW compile and link against, X11 and Wayland both, and cgo's compiler.
build='gcc libc6-dev pkg-config libgl-dev libegl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev
	libxxf86vm-dev libwayland-dev libxkbcommon-dev'
case "${1:-build}" in
build) packages=$build ;;
# Mesa's llvmpipe stands in for the GPU, Xvfb for the screen, xdotool for the person at the keyboard,
# sqlite3 for another process that reads the documents.
test) packages="$build libegl1 libgl1-mesa-dri xvfb xdotool x11-xkb-utils sqlite3" ;;
lint) packages="$build shellcheck" ;;
arm) packages='qemu-user-static' ;;
windows) packages='gcc-mingw-w64-x86-64' ;;
*)
	say "Задание $1 неизвестно: build, test, lint, arm или windows." "Unknown task $1: build, test, lint, arm or windows."
	exit 2
	;;
esac

# has_libraries asks for the same libraries without a package manager.
has_libraries() {
	command -v gcc >/dev/null && command -v pkg-config >/dev/null &&
		pkg-config --exists gl egl x11 xcursor xrandr xinerama xi xxf86vm \
			wayland-client wayland-cursor wayland-egl xkbcommon
}

if [ "$(uname -s)" != Linux ]; then
	exit 0 # macOS and Windows bring their libraries with the system's compiler
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	if ! has_libraries; then
		say 'Не хватает библиотек для сборки. Установите их и повторите команду.' 'Libraries to build with are missing. Install them and repeat the command.'
		cat >&2 <<-'END'
			Fedora:  dnf install gcc pkgconf-pkg-config mesa-libGL-devel mesa-libEGL-devel mesa-dri-drivers libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel wayland-devel libxkbcommon-devel xorg-x11-server-Xvfb xdotool setxkbmap sqlite ShellCheck mingw64-gcc
			Arch:    pacman -S gcc pkgconf mesa libglvnd libx11 libxcursor libxrandr libxinerama libxi libxxf86vm wayland libxkbcommon xorg-server-xvfb xdotool xorg-setxkbmap sqlite shellcheck mingw-w64-gcc
		END
		exit 1
	fi
	exit 0
fi

missing=
for package in $packages; do
	dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		say "Не хватает пакетов; установите их от имени root:" "Packages are missing; install them as root:"
		printf 'apt-get install%s\n' "$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
say "Устанавливаю недостающие пакеты:$missing" "Installing the missing packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# A repository that cannot be reached need not be the one that is wanted: what counts is the installation.
$as_root apt-get update -q >&2 ||
	say 'Не все списки пакетов удалось обновить; пробую с тем, что есть.' 'Not every package list could be updated; trying with what is there.'
# shellcheck disable=SC2086 # a list of words
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >&2; then
	say "Не удалось установить:$missing. Причина названа выше; исправьте её и повторите команду." \
		"Could not install:$missing. The cause is named above; mend it and repeat the command."
	exit 1
fi
