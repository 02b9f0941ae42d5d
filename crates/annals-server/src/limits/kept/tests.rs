//! Pieces of any length come out as they went in.

use super::*;

fn kept(pieces: &[usize], most: usize) {
    let all: Vec<u8> = (0..pieces.iter().sum::<usize>()).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let (first, mut rest) = all.split_at(pieces[0]);
    let mut kept = Kept::new(Bytes::copy_from_slice(first), most);
    for length in &pieces[1..] {
        let (piece, after) = rest.split_at(*length);
        kept.extend(piece).unwrap();
        rest = after;
    }
    assert_eq!(kept.len(), all.len());
    assert!(kept.as_ref() == all, "{pieces:?} within {most}");
}

#[test]
fn pieces_come_out_as_they_went_in() {
    kept(&[5, 0, 7], 12);
    kept(&[SMALL_BYTES, 1], SMALL_BYTES + 1);
    kept(&[1, SMALL_BYTES - 1, 1, 1, 0, 300_000], 4 << 20);
    kept(&[8 << 10; 40], 320 << 10);
}

#[test]
fn more_than_was_announced_has_room_too() {
    kept(&[10, 70_000, 70_000, 1], 70_011);
}
