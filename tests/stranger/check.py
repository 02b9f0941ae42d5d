#!/usr/bin/env python3
"""Checks what a log gives away, from the published formats alone: RFC 6962, c2sp.org/{signed-note,tlog-checkpoint,tlog-tiles,tlog-proof}.
    check.py checkpoint FILE VKEY      check.py proof FILE VKEY      check.py bundle FOLDER VKEY [FIRST LAST]
"""
import base64, hashlib, json, pathlib, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sha = lambda data: hashlib.sha256(data).digest()
leaf_hash = lambda entry: sha(b"\0" + entry)
node_hash = lambda left, right: sha(b"\1" + left + right)
split = lambda size: 1 << (size - 1).bit_length() - 1
read = lambda path: pathlib.Path(path).read_bytes()
def need(holds, what):
    if not holds:
        raise ValueError(what)
def b64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 in another than its one form")
    return data
def number(text):
    need(text.isascii() and text.isdigit() and str(int(text)) == text, f"{text!r} is no number")
    return int(text)
def parse(text):
    def unique(pairs):
        need(len(dict(pairs)) == len(pairs), "a name that stands twice in an object")
        return dict(pairs)
    return json.loads(text, object_pairs_hook=unique)

# c2sp.org/signed-note, c2sp.org/tlog-checkpoint
def open_checkpoint(note, vkey):
    name, key_id, key = vkey.split("+", 2)
    key = b64(key)
    need(len(key) == 33 and key[0] == 1 and sha(name.encode() + b"\n" + key)[:4].hex() == key_id, "no Ed25519 key")
    text, signatures = note.rsplit("\n\n", 1)
    signed = need(signatures.endswith("\n"), "a note that is cut") or 0
    for line in signatures[:-1].split("\n"):
        need(line.startswith("\u2014 ") and line.count(" ") == 2, "no signature line")
        signer, signature = line[2:].split(" ")
        if signer == name and b64(signature)[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(b64(signature)[4:], (text + "\n").encode())
            signed += 1
    origin, size, root = text.split("\n")[:3]
    need(signed and origin == name and len(b64(root)) == 32, "no checkpoint of this log's that the key has signed")
    return number(size), b64(root)

# RFC 6962, section 2.1
def root_of_path(leaf, index, size, path):
    need(0 <= index < size and (size == 1) == (not path), "a path of the wrong length")
    if size == 1:
        return leaf
    k = split(size)
    if index < k:
        return node_hash(root_of_path(leaf, index, k, path[:-1]), path[-1])
    return node_hash(path[-1], root_of_path(leaf, index - k, size - k, path[:-1]))
def fold(nodes):
    half = len(nodes) // 2
    return node_hash(fold(nodes[:half]), fold(nodes[half:])) if half else nodes[0]

# What the log says of its leaves: an object of texts, in which who, context and details are SHA-256(key || bytes).
def open_groups(shown):
    entry, groups = parse(shown["entry"]), shown["disclosed"]
    need(entry["v"] == "1" and all(isinstance(value, str) for value in entry.values()), "no entry of version 1")
    for name, group in groups.items():
        need(name in ("who", "context", "details") and set(group) == {"key", "bytes"}, "no such group")
        key = bytes.fromhex(group["key"])
        opens = len(key) == 32 and key.hex() == group["key"] and sha(key + group["bytes"].encode()).hex() == entry[name]
        need(opens, f"{name} opens nothing")
    return entry, {name: group["bytes"] for name, group in groups.items()}

# c2sp.org/tlog-proof
def check_proof(text, vkey):
    head, note = text.split("\n\n", 1)
    header, extra, index, *path = head.split("\n")
    need(header == "c2sp.org/tlog-proof@v1" and extra[:6] == "extra " and index[:6] == "index ", "no proof")
    shown, index = parse(b64(extra[6:])), number(index[6:])
    size, root = open_checkpoint(note, vkey)
    found = root_of_path(leaf_hash(shown["entry"].encode()), index, size, [b64(line) for line in path])
    need(found == root and set(shown) == {"entry", "disclosed"}, "the path leads to another root")
    return index, *open_groups(shown)

# c2sp.org/tlog-tiles
def path_of(level, index, count):
    width, name = min(256, count - 256 * index), f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03d}/{name}"
    return f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}"), width

def check_bundle(folder, vkey, first=None, last=None):
    def lines(name):
        text = read(folder / name).decode()
        return need(not text or text.endswith("\n"), f"{name} is cut") or text.split("\n")[:-1]
    def hashes(level, index):
        path, width = path_of(level, index, size >> 8 * level)
        data = read(folder / path)
        need(len(data) == 32 * width, f"{path} has another width")
        return [data[at:at + 32] for at in range(0, len(data), 32)]
    def root_of(start, end):
        height = (end - start).bit_length() - 1
        level, at, is_whole = height // 8, start >> height // 8 * 8, end - start == 1 << height
        if start in known and end == start + 1:
            return known[start]
        if is_whole and (end <= low or high <= start):
            return fold(hashes(level, at // 256)[at % 256:at % 256 + (1 << height % 8)])
        made = node_hash(root_of(start, start + split(end - start)), root_of(start + split(end - start), end))
        if is_whole and height % 8 == 0 and (folder / path_of(level, at // 256, size >> height)[0]).exists():
            need(hashes(level, at // 256)[at % 256] == made, "a tile that is not what is below it")
        return made
    need(read(folder / "key").decode() == vkey + "\n", "another key")
    size, root = open_checkpoint(read(folder / "checkpoint").decode(), vkey)
    declared, pruned, leaves, known = {}, [], {}, {}
    for line in map(parse, lines("declared.ndjson")):
        index, entry, groups = check_proof(line["proof"], vkey)
        need(line == {"seq": index, "event_type": entry["event_type"], "proof": line["proof"]}, "another event")
        declared[index], details = entry["event_type"], parse(groups.get("details", "{}"))
        if entry["event_type"] == "audit.pruned" and details.get("rows") is True:
            pruned.append((details["first"], details["last"]))
    shown = [parse(line) for line in lines("disclosures.ndjson")]
    first, last = (number(first), number(last)) if last else (shown[0]["seq"], shown[-1]["seq"])
    need(0 <= first <= last < size, "a range that the log does not have")
    for index in range(first // 256, last // 256 + 1):
        path, width = path_of("entries", index, size)
        data, at = read(folder / path), 0
        for seq, stored in zip(range(256 * index, 256 * index + width), hashes(0, index), strict=True):
            end = at + 2 + int.from_bytes(data[at:at + 2], "big")
            leaves[seq], at = data[at + 2:end], end
            is_pruned = not leaves[seq] and (not first <= seq <= last or any(a <= seq <= b for a, b in pruned))
            known[seq] = stored if is_pruned else leaf_hash(leaves[seq])
            need(known[seq] == stored and at <= len(data), f"leaf {seq} is missing or another")
        need(at == len(data), f"{path} has more leaves than it should")
    low, high = min(known), max(known) + 1
    need(root_of(0, size) == root, "the leaves lead to another root")
    for line, text in zip(shown, lines("events.ndjson"), strict=True):
        (entry, groups), event, seq = open_groups(line), parse(text), line["seq"]
        need(first <= seq <= last and leaves[seq] == line["entry"].encode() and len(line) == 3, "another leaf")
        erased_by, hidden = event.pop("erased_by", None), {"who", "context", "details"} & set(entry) - set(groups)
        need((not hidden and erased_by is None) or declared[erased_by] in ("audit.erased", "audit.pruned"), "a hidden group")
        need(f',"details":{groups["details"]}' in text if "details" in groups else "details" not in event, "other details")
        says = {name: text for name, text in entry.items() if name not in ("v", "who", "context", "details")}
        says |= {"seq": str(seq)} | parse(groups.get("who", "{}")) | parse(groups.get("context", "{}"))
        need({k: str(v) for k, v in event.items() if k != "details"} == says, "the event is not what its leaf says")
    return f"{len(shown)} events of the {last - first + 1} from {first} to {last}, in a log of {size}"

if __name__ == "__main__":
    try:
        what, path, vkey, *span = sys.argv[1:]
        path = pathlib.Path(path) if what == "bundle" else read(path).decode()
        print("good:", {"checkpoint": open_checkpoint, "proof": check_proof, "bundle": check_bundle}[what](path, vkey, *span))
    except Exception as error:
        sys.exit(f"bad: {type(error).__name__} {error}")
