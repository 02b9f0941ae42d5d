#!/bin/sh
# What a server of Annals takes and gives, with curl alone. Give its address in ANNALS_SERVER (http://127.0.0.1:8420 unless said) and, where it asks for one, a token in ANNALS_TOKEN.
set -eu

server=${ANNALS_SERVER:-http://127.0.0.1:8420}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The token goes by a file, so that it stands in no list of processes.
: > "$work/headers"
chmod 600 "$work/headers"
if [ -n "${ANNALS_TOKEN:-}" ]; then
    printf 'Authorization: Bearer %s\n' "$ANNALS_TOKEN" > "$work/headers"
fi
ask() {
    path=$1
    shift
    curl --silent --show-error --fail-with-body --header "@$work/headers" "$@" "$server$path"
}
# The text of one member of a flat JSON object; a program would parse it.
member() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# One event, durable when it is answered. With a key it may be sent again when the answer is lost.
key=example-$$-$(date +%s)
event='{"event_type":"tool.invoked","tool":"write_file","resource":"src/cart.rs","session_id":"example"}'
once() {
    ask "/v1/events?wait=durable" --header 'Content-Type: application/json' --header "Idempotency-Key: $key" --data "$event"
}
first=$(once | member id)
again=$(once | member id)
test "$first" = "$again"
echo "recorded once: $first"

# Many events as lines, from a pipe of any length.
for n in 1 2 3; do
    printf '{"event_type":"tool.completed","tool":"write_file","session_id":"example","duration_ms":%s}\n' "$n"
done | ask "/v1/events?wait=sealed" --header 'Content-Type: application/x-ndjson' --upload-file - --request POST > "$work/taken"
echo "$(member n_accepted < "$work/taken") lines taken, the last one is event $(member last_seq < "$work/taken")"

# One page of what was asked, then all of it as lines.
ask "/v1/events?session=example&type=tool.*&limit=2" > "$work/page"
ask "/v1/events?session=example&order=oldest" --header 'Accept: application/x-ndjson' > "$work/all"
echo "$(wc -l < "$work/all" | tr -d ' ') events in the session"
ask "/v1/events/$first" | grep -q '"resource":"src/cart.rs"'
echo "the event is shown"

# A proof can be checked by anybody, without the log and without Annals.
ask "/v1/events/$first/proof?disclose=details" > "$work/event.tlog-proof"
grep -q '^c2sp.org/tlog-proof' "$work/event.tlog-proof"
ask /log/checkpoint > "$work/checkpoint"
echo "the proof holds against $(sed -n 1p "$work/checkpoint")"

# Events as they come; here those of the log's beginning, and no longer than a moment.
ask "/v1/events/stream?from=0&session=example" --no-buffer --max-time 2 > "$work/stream" 2> /dev/null || true
grep -q '^event: event' "$work/stream"
echo "followed: $(grep -c '^data: ' "$work/stream") events"
