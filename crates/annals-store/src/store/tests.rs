//! A bucket has a width.

use super::BucketWidth;

#[test]
fn a_bucket_is_at_least_a_second_wide() {
    assert_eq!(BucketWidth::from_seconds(0), None);
    assert_eq!(BucketWidth::from_seconds(60), Some(BucketWidth::MINUTE));
    assert_eq!(BucketWidth::DAY.seconds(), 86_400);
}
