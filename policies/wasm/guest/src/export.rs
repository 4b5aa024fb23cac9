//! The macros that make a module of a policy.

/// Makes a module of a [`Balance`](crate::Balance) policy. What it wants to be told besides is named:
/// `export_balance!(Mine, served, feedback, membership)`.
#[macro_export]
macro_rules! export_balance {
    ($policy:ty $(, $told:ident)* $(,)?) => {
        $crate::__module!($policy);
        $crate::__asked!(clearpool_pick pick);
        $($crate::__told!($told);)*
    };
}

/// Makes a module of an [`Acquire`](crate::Acquire) policy.
#[macro_export]
macro_rules! export_acquire {
    ($policy:ty $(,)?) => {
        $crate::__module!($policy);
        $crate::__asked!(clearpool_choose choose);
    };
}

/// Makes a module of a [`Release`](crate::Release) policy.
#[macro_export]
macro_rules! export_release {
    ($policy:ty $(,)?) => {
        $crate::__module!($policy);
        $crate::__asked!(clearpool_settle settle);
    };
}

/// Makes a module of an [`Evict`](crate::Evict) policy. One that names a victim says so:
/// `export_evict!(Mine, victim)`.
#[macro_export]
macro_rules! export_evict {
    ($policy:ty $(, $told:ident)? $(,)?) => {
        $crate::__module!($policy);
        $crate::__asked!(clearpool_expires expires);
        $($crate::__told!($told);)?
    };
}

/// What every module has: `clearpool_abi`, `clearpool_buffer`, `clearpool_reasons`, `clearpool_init`, and a function
/// `clearpool::log` for the policy. A panic is logged before it traps.
#[doc(hidden)]
#[macro_export]
macro_rules! __module {
    ($policy:ty) => {
        /// What this module has from its host.
        #[allow(dead_code, unused_imports, reason = "not every policy logs, and elsewhere nothing is exported")]
        mod clearpool {
            use super::*;

            ::std::thread_local! {
                static STATE: ::core::cell::RefCell<$crate::State<$policy>> =
                    const { ::core::cell::RefCell::new($crate::State::new()) };
            }

            pub(super) fn with<R>(call: impl FnOnce(&mut $crate::State<$policy>) -> R) -> R {
                STATE.with_borrow_mut(call)
            }

            /// Writes a line to the host's log: at most 256 bytes, a few a second.
            pub(super) fn log(line: &str) {
                #[cfg(target_arch = "wasm32")]
                {
                    #[link(wasm_import_module = "clearpool")]
                    unsafe extern "C" {
                        #[link_name = "log"]
                        safe fn host_log(at: i32, length: i32);
                    }
                    host_log(line.as_ptr() as i32, line.len() as i32);
                }
                #[cfg(not(target_arch = "wasm32"))]
                let _ = line;
            }

            #[cfg(target_arch = "wasm32")]
            #[unsafe(no_mangle)]
            extern "C" fn clearpool_abi() -> i32 {
                $crate::ABI
            }

            #[cfg(target_arch = "wasm32")]
            #[unsafe(no_mangle)]
            extern "C" fn clearpool_buffer(length: i32) -> i32 {
                with(|state| state.buffer(length))
            }

            #[cfg(target_arch = "wasm32")]
            #[unsafe(no_mangle)]
            extern "C" fn clearpool_reasons(_: i32, _: i32) -> i64 {
                with(|state| state.reasons())
            }

            #[cfg(target_arch = "wasm32")]
            #[unsafe(no_mangle)]
            extern "C" fn clearpool_init(_: i32, length: i32) -> i64 {
                ::std::panic::set_hook(::std::boxed::Box::new(|panic| log(&::std::string::ToString::to_string(panic))));
                with(|state| state.init(length))
            }
        }
    };
}

/// An export that is asked with a message.
#[doc(hidden)]
#[macro_export]
macro_rules! __asked {
    ($name:ident $ask:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[unsafe(no_mangle)]
            extern "C" fn $name(_: i32, count: i32) -> i64 {
                clearpool::with(|state| $crate::$ask(state, count))
            }
        };
    };
}

/// What a policy need not have.
#[doc(hidden)]
#[macro_export]
macro_rules! __told {
    (served) => {
        $crate::__asked!(clearpool_served served);
    };
    (feedback) => {
        $crate::__asked!(clearpool_feedback feedback);
    };
    (membership) => {
        $crate::__asked!(clearpool_membership membership);
    };
    (victim) => {
        $crate::__asked!(clearpool_victim victim);
    };
}
