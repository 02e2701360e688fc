#!/bin/sh
# Installs dialogs into a virtual environment of the job, and names its command in the step's outputs.
# Without ACTION_VERSION it is the one that this action was checked out with, in the versions of its lock.
set -eu
action=$(cd "$(dirname "$0")/.." && pwd)
venv=$RUNNER_TEMP/dialogs-venv

stop() {
	printf '::error title=dialogs::%s\n' "$1"
	exit 2
}

is_words() { # only what may stand in a requirement; anything else would be one more flag or address
	case $1 in *[!A-Za-z0-9.,_+-]*) return 1 ;; esac
}

install_version() {
	"$ACTION_PYTHON" -m venv "$venv" || stop "$ACTION_PYTHON could not make a virtual environment: see above."
	"$venv/bin/python" -m pip --disable-pip-version-check install --quiet "dialogs-cli${extras}==$ACTION_VERSION" ||
		stop "dialogs-cli${extras}==$ACTION_VERSION could not be installed: pip's message is above."
}

install_checkout() {
	cd "$action"
	PYTHON=$ACTION_PYTHON sh .ci/venv "$venv" requirements/run.txt || stop "dialogs could not be installed: see above."
	if [ -n "$extras" ]; then
		"$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-build-isolation --editable ".$extras" ||
			stop "The extras $ACTION_EXTRAS could not be installed: pip's message is above."
	fi
}

if [ "${RUNNER_OS:-}" = Windows ]; then
	stop "runs-on: dialogs does not run on Windows; wanted a runner with Linux or macOS, as ubuntu-latest"
fi
is_words "$ACTION_VERSION" || stop "version: $ACTION_VERSION is no version of dialogs-cli; wanted one like 0.1.0"
is_words "$ACTION_EXTRAS" || stop "extras: $ACTION_EXTRAS are no extras of dialogs-cli; wanted words parted by commas, as azure,prices"
extras=${ACTION_EXTRAS:+[$ACTION_EXTRAS]}

if [ -n "$ACTION_COMMAND" ]; then
	command=$ACTION_COMMAND
elif [ -n "$ACTION_VERSION" ]; then
	install_version
	command=$venv/bin/dialogs
else
	install_checkout
	command=$venv/bin/dialogs
fi
"$command" --version || stop "command: $command cannot be run"
printf 'command=%s\n' "$command" >>"$GITHUB_OUTPUT"
