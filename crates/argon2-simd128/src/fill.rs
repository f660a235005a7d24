//! Filling the memory (sections 3.2 to 3.4).

use core::ops::Range;
use zeroize::{Zeroize as _, Zeroizing};

use crate::block::{BYTES, Block, WORDS};
use crate::digest::{variable, wipe_stack};
use crate::kernel::State;
use crate::{Params, Variant};

/// Slices of a lane (section 3.4).
pub(crate) const SLICES: usize = 4;

/// Where in the memory something is computed.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) pass: usize,
    pub(crate) slice: usize,
    pub(crate) lane: usize,
}

/// The memory as a matrix of lanes.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) params: Params,
    /// Blocks in a lane.
    pub(crate) lane: usize,
    /// Blocks in a segment: a lane within a slice.
    pub(crate) segment: usize,
}

impl Place {
    /// The segment behind this one: lanes within a slice, slices within a pass.
    pub(crate) fn next(&mut self, lanes: usize) {
        self.lane += 1;
        if self.lane == lanes {
            self.lane = 0;
            self.slice += 1;
        }
        if self.slice == SLICES {
            self.slice = 0;
            self.pass += 1;
        }
    }
}

/// The first two blocks of every lane (section 3.2, steps 3 and 4).
#[allow(clippy::cast_possible_truncation, reason = "there are fewer than 2^24 lanes")]
pub(crate) fn begin(blocks: &mut [Block], shape: Shape, h0: &[u8]) {
    let mut bytes = Zeroizing::new([0; BYTES]);
    for (lane, blocks) in blocks.chunks_exact_mut(shape.lane).enumerate() {
        for (at, block) in blocks.iter_mut().take(2).enumerate() {
            variable(&[h0, &(at as u32).to_le_bytes(), &(lane as u32).to_le_bytes()], bytes.as_mut_slice());
            *block = Block::from_bytes(&bytes);
        }
    }
    wipe_stack();
}

/// The tag (section 3.2, steps 7 and 8).
pub(crate) fn finish(blocks: &[Block], shape: Shape, output: &mut [u8]) {
    let mut sum = Block::ZERO;
    for block in blocks.chunks_exact(shape.lane).filter_map(<[Block]>::last) {
        sum.0.iter_mut().zip(&block.0).for_each(|(sum, word)| *sum ^= word);
    }
    variable(&[Zeroizing::new(sum.to_bytes()).as_slice()], output);
    sum.zeroize();
    wipe_stack();
}

/// The pseudo-random words of a segment that is computed by position alone (section 3.4.1.2).
struct Addresses {
    input: Block,
    words: Block,
}

impl Addresses {
    /// Those from word `first` on.
    fn new(shape: Shape, place: Place, first: usize) -> Self {
        let Params { variant, memory, passes, lanes } = shape.params;
        let mut input = Block::ZERO;
        let all = u64::from(memory) / (SLICES as u64 * u64::from(lanes)) * SLICES as u64 * u64::from(lanes);
        let Place { pass, slice, lane } = place;
        let numbers = [pass as u64, lane as u64, slice as u64, all, u64::from(passes), variant as u64];
        input.0[..numbers.len()].copy_from_slice(&numbers);
        input.0[6] = (first / WORDS) as u64;
        let mut made = Self { input, words: Block::ZERO };
        if !first.is_multiple_of(WORDS) {
            made.advance();
        }
        made
    }

    /// The next 128 of them.
    fn advance(&mut self) {
        self.input.0[6] += 1;
        let mut once = Block::ZERO;
        let mut state = State::new();
        state.step(&Block::ZERO, &self.input, &mut once, false);
        state.step(&Block::ZERO, &once, &mut self.words, false);
    }
}

/// Computes the blocks `part` of a segment, of which those before are there.
pub(crate) fn fill(blocks: &mut [Block], shape: Shape, place: Place, part: Range<usize>) {
    let Place { pass, slice, lane } = place;
    let by_position = match shape.params.variant {
        Variant::D => false,
        Variant::I => true,
        Variant::Id => pass == 0 && slice < SLICES / 2,
    };
    // The first two blocks are there already.
    let first = if pass == 0 && slice == 0 { part.start.max(2) } else { part.start };
    let mut addresses = by_position.then(|| Addresses::new(shape, place, first));
    let start = lane * shape.lane + slice * shape.segment;
    let before = if slice == 0 && first == 0 { start + shape.lane - 1 } else { start + first - 1 };
    let mut state = State::new();
    let mut previous = before;
    for index in first..part.end {
        let word = match &mut addresses {
            Some(addresses) => {
                if index % WORDS == 0 {
                    addresses.advance();
                }
                addresses.words.0[index % WORDS]
            }
            None => blocks[previous].0[0],
        };
        let (at, other) = (start + index, reference(shape, place, index, word));
        // They differ: a block refers neither to itself nor, of its own choice, to the one before.
        let Ok([next, last, other]) = blocks.get_disjoint_mut([at, previous, other]) else { return };
        state.step(last, other, next, pass > 0);
        previous = at;
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
