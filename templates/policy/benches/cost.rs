//! What a call of this policy costs, with few and with many to choose from.

pool_testkit::bench!(pool_{{role}}_{{crate_name}}::PLUGIN);
