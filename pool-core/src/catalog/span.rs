//! Spans: what is told of one lease, wait, dial, eviction and close.

use super::Attribute;

macro_rules! spans {
    ($($(#[doc = $meaning:literal])+ $name:ident = $full:literal {
        when: $when:literal, parent: $parent:literal, links: $links:literal,
        attributes: [$($attribute:ident),*], events: [$($event:ident),*]
    })*) => {
        /// Everything that is told as a span.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Span {
            $($(#[doc = $meaning])+ $name,)*
        }

        impl Span {
            /// Every span.
            pub const ALL: &'static [Span] = &[$(Span::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Span::$name => $full,)* }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Span::$name => concat!($($meaning),+).trim_ascii(),)* }
            }

            /// When it is sent.
            pub const fn when(self) -> &'static str {
                match self { $(Span::$name => $when,)* }
            }

            /// What it is a child of.
            pub const fn parent(self) -> &'static str {
                match self { $(Span::$name => $parent,)* }
            }

            /// What it is linked to.
            pub const fn links(self) -> &'static str {
                match self { $(Span::$name => $links,)* }
            }

            /// The attributes that it can have.
            pub const fn attributes(self) -> &'static [Attribute] {
                match self { $(Span::$name => &[$(Attribute::$attribute),*],)* }
            }

            /// The events that it can have.
            pub const fn events(self) -> &'static [SpanEvent] {
                match self { $(Span::$name => &[$(SpanEvent::$event),*],)* }
            }
        }
    };
}

spans! {
    /// One lease, from the call of acquire to its end.
    Lease = "pool.lease" {
        when: "At the end of the lease, if one of the gate's conditions holds: see `pool.sent_because`.",
        parent: "The span of the caller of acquire. If that is not sampled and the lease is an exception (slow, \
                 failed, overstayed, evicted, drawn by the ratio): none, it is a new root, linked to it.",
        links: "The connection's `pool.dial`, if that was sent; the caller's span, if that is not the parent.",
        attributes: [
            Pool, Endpoint, Connection, Outcome, Uses, Age, Waited, HeldFor, AcquireReason, BalanceReason,
            SettleReason, Policy, Reason, SentBecause, Refusal, ConfigGeneration, CodeFile, CodeLine, ServerAddress,
            ServerPort, NetworkProtocol, DbSystem, RpcSystem
        ],
        events: [WaitStarted, Acquired, Released]
    }
    /// The wait of one caller, from the call of acquire to the answer.
    Wait = "pool.wait" {
        when: "With its `pool.lease`, if the caller had to wait; and for every acquire that was refused, by the \
               same gate, as failed.",
        parent: "Its `pool.lease`; of a refused acquire, the span of the caller.",
        links: "Of a refused acquire, the caller's span, if that is not the parent.",
        attributes: [Pool, Endpoint, Refusal, SentBecause, ConfigGeneration],
        events: []
    }
    /// One dial, from its start to its success or failure.
    Dial = "pool.dial" {
        when: "At the end of every dial, unless `spans = \"off\"`.",
        parent: "None: it is a trace of its own, since the pool dials, not the caller.",
        links: "The span of the first caller that waited for it.",
        attributes: [
            Pool, Endpoint, Connection, Attempt, Error, ConfigGeneration, ServerAddress, ServerPort, NetworkProtocol,
            DbSystem, RpcSystem
        ],
        events: []
    }
    /// The moment at which a connection was taken out of service.
    Evict = "pool.evict" {
        when: "At every such decision, unless `spans = \"off\"`.",
        parent: "None.",
        links: "The last `pool.lease` of the connection; where that was not sent, the span of its caller.",
        attributes: [
            Pool, Endpoint, Connection, Policy, Reason, Age, IdleFor, Uses, ConfigGeneration, ServerAddress, ServerPort,
            NetworkProtocol, DbSystem, RpcSystem
        ],
        events: []
    }
    /// The close of one connection, until its place is free.
    Close = "pool.close" {
        when: "At the end of every close, unless `spans = \"off\"`.",
        parent: "Its `pool.evict`.",
        links: "As its `pool.evict`.",
        attributes: [
            Pool, Endpoint, Connection, Policy, Reason, ConfigGeneration, ServerAddress, ServerPort, NetworkProtocol,
            DbSystem, RpcSystem
        ],
        events: []
    }
}

/// A moment within a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SpanEvent {
    /// The caller began to wait.
    WaitStarted,
    /// The lease was granted.
    Acquired,
    /// The lease ended.
    Released,
}

impl SpanEvent {
    /// Every event.
    pub const ALL: &'static [SpanEvent] = &[SpanEvent::WaitStarted, SpanEvent::Acquired, SpanEvent::Released];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            SpanEvent::WaitStarted => "pool.wait_started",
            SpanEvent::Acquired => "pool.acquired",
            SpanEvent::Released => "pool.released",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            SpanEvent::WaitStarted => "The caller began to wait.",
            SpanEvent::Acquired => "The lease was granted.",
            SpanEvent::Released => "The lease ended.",
        }
    }
}
