"""Which seats somebody can have: pure functions over plain values."""
