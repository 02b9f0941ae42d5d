# Runs a server for as long as anybody has a shared lock on the file `users`: `guardian.sh RUN SERVER [ARGUMENT]...`
#
# The system gives back the locks of whoever ends, however that happens, so nothing is left behind after a run that was killed. Should this script itself be killed, the server is
# told by the system, and whoever starts the next one clears its folder away.
run=$1
shift
"$@" &
server=$!
exec 9<"$run/users"
flock --exclusive 9
rm -f "$run/address"
# Its data is nobody's any more, so it need not be written out.
kill -QUIT "$server"
wait "$server"
rm -rf "$run/server"
