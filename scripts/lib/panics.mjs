// What a panic says. Nobody hears it: without an output of its own a module can only trap, which is what the page gets to
// know. But the standard library formats it all the same, and that is code. So the functions that a panic begins with trap
// at once; what only they needed, wasm-opt takes away.

import { parse, withFunctions } from './module.mjs';

/** `unreachable`, without locals. */
const trap = Buffer.from([0, 0, 11]);

/** Functions of the library that never come back, and the pieces of a panic's message that it holds by address. */
const panics =
  /^<?(core::panicking::|core::(option|result)::(unwrap|expect)_failed|core::cell::panic_|core::slice::index::slice_index_fail|core::slice::copy_from_slice_impl::len_mismatch_fail|core::str::slice_error_fail|alloc::raw_vec::(handle_error|capacity_overflow)|alloc::alloc::handle_alloc_error|<?alloc::vec::Vec<.*>::\w+::assert_failed|__rustc::rust_begin_unwind|std::panicking::)/;

/** The module without what is said by its panics. It has to have names. */
export function trapAtOnce(bytes) {
  const { imported, functions, names, code } = parse(bytes);
  // Names carry the mark of the crate's version: `core[1234…]::panicking`.
  const panicking = (at) => panics.test((names.get(imported + at) ?? '').replaceAll(/\[[0-9a-f]+\]/g, ''));
  return withFunctions(
    bytes,
    code,
    functions.map((body, at) => (panicking(at) ? trap : body)),
  );
}
