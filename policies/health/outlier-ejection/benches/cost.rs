//! What a call of this policy costs, with few and with many to choose from.

pool_testkit::bench!(pool_health_outlier_ejection::PLUGIN);
