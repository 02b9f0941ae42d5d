//! The same products, 32 numbers at a time, on a machine with AVX2.
//!
//! Left to itself the compiler widens each number to 32 bits or takes 8 at a time, which is a third as fast.

use pulp::x86::V3;

use super::{Products, product};

/// So many numbers are in one of the machine's registers, widened to 16 bits.
const WIDTH: usize = 16;

pub(super) struct Wide<'a> {
    pub(super) machine: V3,
    pub(super) products: Products<'a>,
}

impl pulp::NullaryFnOnce for Wide<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "what is not inlined is compiled for the narrowest machine")]
    #[expect(clippy::cast_precision_loss, reason = "rounding in the eighth digit says nothing about steps")]
    #[inline(always)]
    fn call(self) {
        let (avx, Products { rows, question, cosines }) = (self.machine.avx2, self.products);
        let (parts, rest) = question.as_chunks::<WIDTH>();
        let widened: Vec<_> = parts.iter().map(|part| avx._mm256_cvtepi8_epi16(pulp::cast(*part))).collect();
        for (at, cosine) in cosines.iter_mut().enumerate() {
            let row = &rows[at * question.len()..(at + 1) * question.len()];
            let (parts, rest_of_row) = row.as_chunks::<WIDTH>();
            let mut sums = self.machine.avx._mm256_setzero_si256();
            for at in 0..widened.len() {
                let part = avx._mm256_cvtepi8_epi16(pulp::cast(parts[at]));
                sums = avx._mm256_add_epi32(sums, avx._mm256_madd_epi16(part, widened[at]));
            }
            let sums: [i32; 8] = pulp::cast(sums);
            *cosine *= sums.iter().sum::<i32>() as f32 + product(rest_of_row, rest);
        }
    }
}
