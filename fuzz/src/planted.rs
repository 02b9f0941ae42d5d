//! The planted bug: a panic behind five bytes, each of which is a branch.
//!
//! Bytes drawn at random find it once in 2^40 tries, which is months; a fuzzer that sees which branches an input reaches finds it in less than a second.

/// What breaks it.
const MAGIC: &[u8; 5] = b"crash";

pub(crate) fn run(bytes: &[u8]) {
    let mut n_right = 0;
    for (byte, magic) in bytes.iter().zip(MAGIC) {
        if byte != magic {
            return;
        }
        n_right += 1;
        assert_ne!(n_right, MAGIC.len(), "the planted bug");
    }
}
