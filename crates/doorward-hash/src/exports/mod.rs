//! What the modules export. A refusal is answered as its code.
// wasm-bindgen exports public functions only, by unsafe code.
#![allow(unreachable_pub, unsafe_code)]

#[cfg(feature = "argon2id")]
mod argon2id;
#[cfg(feature = "imported")]
mod imported;

/// Smaller than the allocator of the standard library, which is not there.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A trap; JavaScript sees a `RuntimeError` and drops the instance.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
