//! BLAKE2b as Argon2 uses it: the initial digest and the hash of variable length.

use core::hint::black_box;

use blake2::Blake2bVarCore;
use blake2::digest::block_api::{UpdateCore as _, VariableOutputCore as _};
use blake2::digest::block_buffer::LazyBuffer;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Input, Params};

/// Bytes of H0.
pub(crate) const INITIAL: usize = 64;
/// Section 3.1.
const VERSION: u32 = 0x13;

/// Lengths were checked.
#[allow(clippy::cast_possible_truncation, reason = "lengths were checked")]
fn le(length: usize) -> [u8; 4] {
    (length as u32).to_le_bytes()
}

/// H0, the initial digest (section 3.2, step 1), of an output of `length` bytes. Whoever has it can guess passwords without
/// the work that Argon2 is for: it is written to where it stays, since what is moved leaves a copy behind.
pub(crate) fn initial(params: Params, input: &Input<'_>, length: usize, h0: &mut [u8]) {
    let Params { variant, memory, passes, lanes } = params;
    let mut head = [0; 24];
    let length = u32::from_le_bytes(le(length));
    let numbers = [lanes, length, memory, passes, VERSION, variant as u32];
    for (bytes, number) in head.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
        *bytes = number.to_le_bytes();
    }
    let Input { password, salt, secret, data } = *input;
    let lengths = [password, salt, secret, data].map(|part| le(part.len()));
    let [of_password, of_salt, of_secret, of_data] = &lengths;
    short(&head, &[of_password, password, of_salt, salt, of_secret, secret, of_data, data], h0);
}

/// H', the hash of variable length (section 3.3), of `parts` one behind another.
pub(crate) fn variable(parts: &[&[u8]], output: &mut [u8]) {
    let length = le(output.len());
    if output.len() <= INITIAL {
        return short(&length, parts, output);
    }
    let mut last = Zeroizing::new([0; INITIAL]);
    let mut before = Zeroizing::new([0; INITIAL]);
    short(&length, parts, last.as_mut_slice());
    let mut rest = output;
    while rest.len() > INITIAL {
        let (half, more) = rest.split_at_mut(INITIAL / 2);
        half.copy_from_slice(&last[..INITIAL / 2]);
        rest = more;
        before.copy_from_slice(last.as_slice());
        short(before.as_slice(), &[], &mut last[..rest.len().min(INITIAL)]);
    }
    rest.copy_from_slice(&last[..rest.len()]);
}

/// Overwrites what the digests left on the stack: their last blocks are copied there when they are padded, and nobody
/// wipes those. To be called where they were called from.
#[inline(never)]
pub(crate) fn wipe_stack() {
    black_box(&mut [0_u64; 512]);
}

/// BLAKE2b of `first` and `parts`, with an output of 1 to 64 bytes. A frame of its own, for [`wipe_stack`].
#[inline(never)]
fn short(first: &[u8], parts: &[&[u8]], output: &mut [u8]) {
    // It fails for other lengths alone.
    let Ok(mut hash) = Blake2bVarCore::new(output.len()) else { return };
    let mut buffer = LazyBuffer::new(&[]);
    for part in core::iter::once(&first).chain(parts) {
        buffer.digest_blocks(part, |blocks| hash.update_blocks(blocks));
    }
    let mut full = Default::default();
    hash.finalize_variable_core(&mut buffer, &mut full);
    output.copy_from_slice(&full[..output.len()]);
    full.as_mut_slice().zeroize();
}
