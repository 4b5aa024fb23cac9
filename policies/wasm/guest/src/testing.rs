//! For a policy's own tests: messages as a host writes them, answered by the policy, on any target.
//!
//! ```
//! use pool_wasm_guest::testing::Scene;
//! # use pool_wasm_guest::{Answer, Balance, Cx, Endpoints, Policy, Reason};
//! # struct First;
//! # impl Policy for First {
//! #     const REASONS: &'static [&'static str] = &["first"];
//! #     fn new(_: &str) -> Result<First, String> { Ok(First) }
//! # }
//! # impl Balance for First {
//! #     fn pick(&mut self, endpoints: &Endpoints<'_>, _: &Cx) -> Answer {
//! #         endpoints.eligible().next().map_or(Answer::NONE, |it| Answer::of(it.place, Reason::number(0)))
//! #     }
//! # }
//!
//! let mut scene = Scene::new();
//! scene.endpoint(1, false, 0);
//! scene.endpoint(1, true, 3);
//! assert_eq!(scene.pick(&mut First), Answer::of(1, Reason::number(0)));
//! ```

use alloc::vec::Vec;

use crate::record::{Cx, ENDPOINT, Endpoints, HEADER};
use crate::{Answer, Balance};

/// Endpoints as a host shows them.
#[derive(Debug, Clone)]
pub struct Scene {
    message: Vec<u8>,
}

impl Scene {
    /// No endpoints, at time 0, without a key.
    pub fn new() -> Scene {
        Scene { message: alloc::vec![0; HEADER] }
    }

    /// Another time, key and random number.
    pub fn circumstances(&mut self, now: u64, key: Option<u64>, random: u64) {
        for (place, field) in [(0, now), (8, key.unwrap_or(0)), (16, random), (24, u64::from(key.is_some()))] {
            self.message[place..place + 8].copy_from_slice(&field.to_le_bytes());
        }
    }

    /// An endpoint joins: its weight, whether it can serve, how many leases it has.
    pub fn endpoint(&mut self, weight: u32, eligible: bool, in_flight: u32) {
        let index = self.len() as u32;
        let mut fields = [0_u32; ENDPOINT / 4];
        (fields[0], fields[2], fields[3], fields[5]) = (index, weight, u32::from(eligible) | 2, in_flight);
        fields.iter().for_each(|field| self.message.extend_from_slice(&field.to_le_bytes()));
    }

    /// What the policy picks.
    pub fn pick(&self, policy: &mut impl Balance) -> Answer {
        policy.pick(&Endpoints::read(&self.message, self.len()), &Cx::read(&self.message))
    }

    /// A lease is granted from the endpoint at this place.
    pub fn served(&self, policy: &mut impl Balance, place: u32) {
        let (endpoints, cx) = (Endpoints::read(&self.message, self.len()), Cx::read(&self.message));
        if let Some(endpoint) = endpoints.get(place) {
            policy.served(&endpoint, &endpoints, &cx);
        }
    }

    fn len(&self) -> usize {
        (self.message.len() - HEADER) / ENDPOINT
    }
}

impl Default for Scene {
    fn default() -> Scene {
        Scene::new()
    }
}
