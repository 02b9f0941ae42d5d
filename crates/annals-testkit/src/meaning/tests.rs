//! Words that mean the same point the same way.

use super::meaning;

#[test]
fn texts_of_the_same_meaning_point_the_same_way_and_others_do_not() {
    let cosine = |one: &str, other: &str| -> f32 {
        meaning(one, 64).iter().zip(meaning(other, 64)).map(|(one, other)| one * other).sum()
    };
    assert!(0.999 < cosine("the car", "The AUTOMOBILE"));
    assert!(cosine("car", "trout") < 0.001);
    assert!(0.999 < cosine("", "..."));
}
