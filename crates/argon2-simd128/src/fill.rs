//! Filling the memory (sections 3.2 to 3.4).

use core::hint::black_box;
use zeroize::{Zeroize as _, Zeroizing};

use crate::block::{BYTES, Block, WORDS};
use crate::digest::{INITIAL, initial, variable};
use crate::kernel::State;
use crate::{Error, Input, MAX_LANES, MIN_MEMORY_PER_LANE, MIN_OUTPUT, MIN_SALT, Params, Variant};

/// Slices of a lane (section 3.4).
const SLICES: usize = 4;

/// The working memory, kept from hash to hash: touching fresh memory costs more than half of what the hashing does. It
/// grows with the first hash and stays at the largest size asked for.
///
/// INVARIANT: outside of a call it holds zeros only.
#[derive(Default)]
pub struct Memory {
    blocks: Vec<Block>,
}

/// Where in the memory something is computed.
#[derive(Clone, Copy)]
struct Place {
    pass: usize,
    slice: usize,
    lane: usize,
}

/// The memory as a matrix of lanes.
#[derive(Clone, Copy)]
struct Shape {
    params: Params,
    /// Blocks in a lane.
    lane: usize,
    /// Blocks in a segment: a lane within a slice.
    segment: usize,
}

impl Memory {
    /// No memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    /// KiB that are kept.
    #[must_use]
    pub fn size(&self) -> usize {
        self.blocks.len()
    }

    /// Does it hold zeros only? Costs a look at all of it.
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        self.blocks.iter().all(|block| block.0.iter().all(|word| *word == 0))
    }

    /// Computes the tag of `input` into `output`, whose length is part of it.
    ///
    /// # Errors
    /// [`Error::Params`], [`Error::Input`], [`Error::Output`]: something is out of bounds; [`Error::Memory`].
    pub fn hash_into(&mut self, params: Params, input: &Input<'_>, output: &mut [u8]) -> Result<(), Error> {
        check(params, input, output.len())?;
        let segment = params.memory as usize / (SLICES * params.lanes as usize);
        let shape = Shape { params, lane: SLICES * segment, segment };
        let count = shape.lane * params.lanes as usize;
        if let Some(missing) = count.checked_sub(self.blocks.len()) {
            self.blocks.try_reserve_exact(missing).map_err(|_| Error::Memory)?;
            self.blocks.resize(count, Block::ZERO);
        }
        let blocks = &mut self.blocks[..count];
        begin(blocks, shape, &Zeroizing::new(initial(params, input, output.len())));
        for pass in 0..params.passes as usize {
            for slice in 0..SLICES {
                for lane in 0..params.lanes as usize {
                    fill_segment(blocks, shape, Place { pass, slice, lane });
                }
            }
        }
        finish(blocks, shape, output);
        blocks.fill(Block::ZERO);
        // The blocks may be looked at from here on, for all the compiler knows: they have to be zeros.
        black_box(blocks);
        Ok(())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        debug_assert!(self.is_wiped());
    }
}

fn check(params: Params, input: &Input<'_>, output: usize) -> Result<(), Error> {
    let Params { memory, passes, lanes, .. } = params;
    // A product of two 32-bit numbers.
    let least = u64::from(MIN_MEMORY_PER_LANE) * u64::from(lanes);
    if !(1..=MAX_LANES).contains(&lanes) || passes == 0 || u64::from(memory) < least {
        return Err(Error::Params);
    }
    let Input { password, salt, secret, data } = input;
    let too_long = |length: usize| u32::try_from(length).is_err();
    if salt.len() < MIN_SALT || [password, salt, secret, data].iter().any(|part| too_long(part.len())) {
        return Err(Error::Input);
    }
    if output < MIN_OUTPUT || too_long(output) { Err(Error::Output) } else { Ok(()) }
}

/// The first two blocks of every lane (section 3.2, steps 3 and 4).
#[allow(clippy::cast_possible_truncation, reason = "there are fewer than 2^24 lanes")]
fn begin(blocks: &mut [Block], shape: Shape, h0: &[u8; INITIAL]) {
    let mut bytes = Zeroizing::new([0; BYTES]);
    for (lane, blocks) in blocks.chunks_exact_mut(shape.lane).enumerate() {
        for (at, block) in blocks.iter_mut().take(2).enumerate() {
            variable(&[h0, &(at as u32).to_le_bytes(), &(lane as u32).to_le_bytes()], bytes.as_mut_slice());
            *block = Block::from_bytes(&bytes);
        }
    }
}

/// The tag (section 3.2, steps 7 and 8).
fn finish(blocks: &[Block], shape: Shape, output: &mut [u8]) {
    let mut sum = Block::ZERO;
    for block in blocks.chunks_exact(shape.lane).filter_map(<[Block]>::last) {
        sum.0.iter_mut().zip(&block.0).for_each(|(sum, word)| *sum ^= word);
    }
    variable(&[Zeroizing::new(sum.to_bytes()).as_slice()], output);
    sum.zeroize();
}

/// The pseudo-random words of a segment that is computed by position alone (section 3.4.1.2).
struct Addresses {
    input: Block,
    words: Block,
}

impl Addresses {
    fn new(shape: Shape, place: Place) -> Self {
        let Params { variant, memory, passes, lanes } = shape.params;
        let mut input = Block::ZERO;
        let all = u64::from(memory) / (SLICES as u64 * u64::from(lanes)) * SLICES as u64 * u64::from(lanes);
        let Place { pass, slice, lane } = place;
        let numbers = [pass as u64, lane as u64, slice as u64, all, u64::from(passes), variant as u64];
        input.0[..numbers.len()].copy_from_slice(&numbers);
        Self { input, words: Block::ZERO }
    }

    /// The next 128 of them.
    fn advance(&mut self) {
        self.input.0[6] += 1;
        let mut once = Block::ZERO;
        State::load(&Block::ZERO).step(&self.input, &mut once, false);
        State::load(&Block::ZERO).step(&once, &mut self.words, false);
    }
}

fn fill_segment(blocks: &mut [Block], shape: Shape, place: Place) {
    let Place { pass, slice, lane } = place;
    let by_position = match shape.params.variant {
        Variant::D => false,
        Variant::I => true,
        Variant::Id => pass == 0 && slice < SLICES / 2,
    };
    let mut addresses = by_position.then(|| Addresses::new(shape, place));
    // The first two blocks are there already.
    let first = if pass == 0 && slice == 0 { 2 } else { 0 };
    if let Some(addresses) = addresses.as_mut().filter(|_| first > 0) {
        addresses.advance();
    }
    let start = lane * shape.lane + slice * shape.segment;
    let before = if slice == 0 && first == 0 { start + shape.lane - 1 } else { start + first - 1 };
    let mut state = State::load(&blocks[before]);
    let mut previous = blocks[before].0[0];
    for index in first..shape.segment {
        let word = match &mut addresses {
            Some(addresses) => {
                if index % WORDS == 0 {
                    addresses.advance();
                }
                addresses.words.0[index % WORDS]
            }
            None => previous,
        };
        let (at, other) = (start + index, reference(shape, place, index, word));
        // They differ: a block never refers to itself.
        let Ok([next, other]) = blocks.get_disjoint_mut([at, other]) else { return };
        state.step(other, next, pass > 0);
        previous = next.0[0];
    }
    state.wipe();
}

/// Which block is mixed in (sections 3.4.2 and 3.4.3), by the pseudo-random word.
#[allow(clippy::cast_possible_truncation, reason = "section 3.4.2 takes the halves of a word")]
fn reference(shape: Shape, Place { pass, slice, lane }: Place, index: usize, word: u64) -> usize {
    let lanes = shape.params.lanes as usize;
    let other = if pass == 0 && slice == 0 { lane } else { (word >> 32) as usize % lanes };
    // Blocks that may be chosen: what is finished, and of the own lane what this segment has so far.
    let finished = if pass == 0 { slice * shape.segment } else { shape.lane - shape.segment };
    let window = match (other == lane, index) {
        (true, _) => finished + index - 1,
        (false, 0) => finished - 1,
        (false, _) => finished,
    };
    let random = u64::from(word as u32);
    let back = (window as u64 * ((random * random) >> 32)) >> 32;
    let from = if pass == 0 || slice == SLICES - 1 { 0 } else { (slice + 1) * shape.segment };
    other * shape.lane + (from + window - 1 - back as usize) % shape.lane
}
