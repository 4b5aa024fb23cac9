//! Names of the things in a pool: small, cheap to copy, never reused for another thing.

use std::fmt;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $letter:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub(crate) index: u32,
            pub(crate) generation: u32,
        }

        impl $name {
            /// An id from its parts. Only whoever keeps the table knows whether it names anything.
            pub const fn from_parts(index: u32, generation: u32) -> Self {
                $name { index, generation }
            }

            /// The place in the table, dense from zero; a place is used again by a later generation.
            pub const fn index(self) -> usize {
                self.index as usize
            }

            /// How often the place was used before.
            pub const fn generation(self) -> u32 {
                self.generation
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}.{}"), self.index, self.generation)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    };
}

id!(
    /// One connection of a pool, from its dial to its close.
    EntryId, "c"
);
id!(
    /// One endpoint of a pool, as long as discovery names it.
    EndpointId, "e"
);
id!(
    /// One caller that waits for a connection.
    WaiterId, "w"
);
