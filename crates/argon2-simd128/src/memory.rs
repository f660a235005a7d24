//! The memory, and a hash on the way.

use alloc::{vec, vec::Vec};
use core::hint::black_box;
use core::mem::take;
use zeroize::Zeroizing;

use crate::block::Block;
use crate::digest::{INITIAL, initial, wipe_stack};
use crate::fill::{Place, SLICES, Shape, begin, fill, finish};
use crate::{Error, Input, MAX_LANES, MIN_MEMORY_PER_LANE, MIN_OUTPUT, MIN_SALT, Params};

/// The working memory, kept from hash to hash: touching fresh memory costs more than half of what the hashing does. It
/// grows with the first hash and stays at the largest size asked for.
///
/// INVARIANT: it holds zeros only. While a hash is computed the blocks are in its [`Work`].
#[derive(Default)]
pub struct Memory {
    blocks: Vec<Block>,
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
        let mut work = self.begin(params, input, output.len())?;
        while !work.step(usize::MAX) {}
        work.finish(self, output)
    }

    /// Begins a hash that is computed in steps, for threads that have more to do. `output` is the length of the tag. The
    /// input is not needed any further.
    ///
    /// # Errors
    /// As [`Memory::hash_into`].
    pub fn begin(&mut self, params: Params, input: &Input<'_>, output: usize) -> Result<Work, Error> {
        check(params, input, output)?;
        let segment = params.memory as usize / (SLICES * params.lanes as usize);
        let shape = Shape { params, lane: SLICES * segment, segment };
        let count = shape.lane * params.lanes as usize;
        let missing = count.saturating_sub(self.blocks.len());
        self.blocks.try_reserve_exact(missing).map_err(|_| Error::Memory)?;
        let mut h0 = Zeroizing::new(vec![0; INITIAL]);
        initial(params, input, output, &mut h0);
        wipe_stack();
        let place = Place { pass: 0, slice: 0, lane: 0 };
        Ok(Work { blocks: take(&mut self.blocks), count, shape, h0: Some(h0), output, place, index: 0 })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        debug_assert!(self.is_wiped());
    }
}

/// A hash on the way. Wiped when it is dropped.
pub struct Work {
    blocks: Vec<Block>,
    /// Blocks that are used; more may be kept.
    count: usize,
    shape: Shape,
    /// Until the first blocks are there.
    h0: Option<Zeroizing<Vec<u8>>>,
    output: usize,
    /// What comes next.
    place: Place,
    index: usize,
}

impl Work {
    /// Computes up to `most` blocks of 1 KiB more. Is it done?
    pub fn step(&mut self, most: usize) -> bool {
        let mut left = most.max(1);
        // Fresh memory is slow to touch; that counts as well.
        if let Some(missing) = self.count.checked_sub(self.blocks.len()).filter(|missing| *missing > 0) {
            let more = missing.min(left);
            self.blocks.resize(self.blocks.len() + more, Block::ZERO);
            left -= more;
            if more < missing {
                return false;
            }
        }
        let blocks = &mut self.blocks[..self.count];
        if let Some(h0) = self.h0.take() {
            begin(blocks, self.shape, &h0);
        }
        let Params { passes, lanes, .. } = self.shape.params;
        while self.place.pass < passes as usize && left > 0 {
            let end = self.shape.segment.min(self.index.saturating_add(left));
            fill(blocks, self.shape, self.place, self.index..end);
            left -= end - self.index;
            self.index = end;
            if end == self.shape.segment {
                self.index = 0;
                self.place.next(lanes as usize);
            }
        }
        self.place.pass == passes as usize
    }

    /// Computes the tag into `output`, and gives the memory back.
    ///
    /// # Errors
    /// [`Error::Output`]: it is not done, or `output` is not as long as was said at the beginning.
    pub fn finish(mut self, memory: &mut Memory, output: &mut [u8]) -> Result<(), Error> {
        if self.place.pass < self.shape.params.passes as usize || output.len() != self.output {
            return Err(Error::Output);
        }
        finish(&self.blocks[..self.count], self.shape, output);
        self.wipe();
        let blocks = take(&mut self.blocks);
        // Another hash may have been computed meanwhile, in memory of its own.
        if blocks.len() > memory.blocks.len() {
            memory.blocks = blocks;
        }
        Ok(())
    }

    fn wipe(&mut self) {
        let used = self.count.min(self.blocks.len());
        let blocks = &mut self.blocks[..used];
        blocks.fill(Block::ZERO);
        // The blocks may be looked at from here on, for all the compiler knows: they have to be zeros.
        black_box(blocks);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.blocks.is_empty() {
            self.wipe();
        }
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
