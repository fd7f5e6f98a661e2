"""Tests of what the benchmarks report; their figures are not tested, being measured."""
