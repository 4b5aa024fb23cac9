//! What a call of this policy costs, with few and with many to choose from.

pool_testkit::bench!(pool_balance_zone_first::PLUGIN);
