//! Evaluates flags where there is no standard library.
//!
//! This program brings a panic handler of its own. If flags-core, or anything below it, linked the standard library,
//! there would be two of them, and the build would stop with E0152. So building it is the proof, for every crate in the
//! graph, on any machine and without another toolchain. Running it shows that the answers are the same as elsewhere and
//! that a small heap is enough: it ends with 0, or with the number of the first expectation that does not hold.
//!
//! The `unsafe` here stands in for what the standard library does at start-up. None of it is in the library itself.

#![no_std]
#![no_main]

extern crate alloc;

mod expectations;

use core::{cell::UnsafeCell, ffi::c_int, panic::PanicInfo};

use linked_list_allocator::LockedHeap;

/// What a small microcontroller can spare. The tables of the `matches` operator need more.
const HEAP_BYTES: usize = if cfg!(feature = "regex") { 512 * 1024 } else { 32 * 1024 };

/// The memory the heap hands out.
#[repr(align(16))]
struct Memory(UnsafeCell<[u8; HEAP_BYTES]>);

// SAFETY: nobody but the heap, which has a lock, reads or writes it.
unsafe impl Sync for Memory {}

static MEMORY: Memory = Memory(UnsafeCell::new([0; HEAP_BYTES]));

#[global_allocator]
static HEAP: LockedHeap = LockedHeap::empty();

#[cfg_attr(target_vendor = "apple", link(name = "System"))]
#[cfg_attr(not(target_vendor = "apple"), link(name = "c"), link(name = "gcc_s"))]
unsafe extern "C" {
    /// Ends the program at once.
    safe fn abort() -> !;
}

/// Where the C runtime enters.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    // SAFETY: this is the first statement of the program, so the heap has handed out nothing yet, and it is given the
    // whole of a static that nobody else touches.
    unsafe { HEAP.lock().init(MEMORY.0.get().cast(), HEAP_BYTES) };
    match expectations::check() {
        Ok(()) => 0,
        Err(number) => number,
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    abort()
}

/// The libraries that come compiled with the toolchain were built to unwind and name this; with `panic = "abort"` it is
/// never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
