# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""The soak in short, and whether its judgement sees what it is there for."""

import random

import pytest

import series
import soak

MINUTES = 2
# In so short a time the allocator's fragments have not settled: only what is large can be told from them.
SHORT_ALLOWANCE = 2 * series.KIB * series.KIB


def samples_of(seconds, **columns):
    """Samples once a second; of a quantity without a function of the time the level is 1000000."""
    names = [quantity.name for quantity in series.QUANTITIES]
    flat = lambda _: 1000000.0
    functions = [columns.get(name.replace(" ", "_"), flat) for name in names]
    return [(second, tuple(f(second) for f in functions)) for second in range(seconds)]


def growing(samples):
    return [each.quantity.name for each in series.judge(samples) if each.grows]


def noisy(function, seed=1, share=0.02):
    source = random.Random(seed)
    return lambda second: function(second) * (1 + source.uniform(-share, share))


def test_a_steady_leak_is_seen_through_noise():
    leak = noisy(lambda second: 20e6 + 2000 * second)
    assert growing(samples_of(1800, resident_memory=leak)) == ["resident memory"]


def test_one_descriptor_in_ten_minutes_is_seen():
    leak = lambda second: 20 + second // 300
    assert growing(samples_of(1800, descriptors=leak)) == ["descriptors"]


def test_noise_is_no_growth():
    for seed in range(20):
        level = noisy(lambda second: 20e6, seed, 0.1)
        assert not growing(samples_of(600, resident_memory=level, write_ahead_log=level))


def test_what_fills_in_the_beginning_is_no_growth():
    filling = lambda second: 20e6 - 10e6 * max(0, 1 - second / 500)
    assert not growing(samples_of(1800, resident_memory=filling))


def test_what_shrinks_does_not_grow():
    assert not growing(samples_of(1800, resident_memory=lambda second: 20e6 - 1000 * second))


def test_the_table_names_what_grows():
    leak = samples_of(1800, resident_memory=lambda second: 20e6 + 2000 * second)
    table = series.table(series.judge(leak))
    assert "+7,031.2 ± 0.0 | GROWS |" in table and table.count("GROWS") == 1


@pytest.mark.timeout(MINUTES * 60 + 500)
def test_the_daemon_holds_no_more_after_a_while_of_churn(tmp_path):
    verdicts = soak.soak(tmp_path, MINUTES)
    print(series.table(verdicts))
    assert [
        each.quantity.name
        for each in verdicts
        if each.grows and (each.quantity.unit != "KiB" or each.growth > SHORT_ALLOWANCE)
    ] == []
