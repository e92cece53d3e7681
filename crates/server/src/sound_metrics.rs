//! How the legs of calls sounded, as Prometheus reads it: histograms of score,
//! loss and jitter for each kind of leg, and counts of what went wrong.

use centre::node::{Histogram, JITTER_BOUNDS, KindSums, LOSS_BOUNDS, MOS_BOUNDS, SoundSums};
use std::fmt::Write;

/// A histogram of the page.
struct Family {
    name: &'static str,
    help: &'static str,
    bounds: &'static [u64; 5],
    /// How many of what is counted make one of what is shown.
    unit: f64,
    of: fn(&KindSums) -> &Histogram,
}

/// A counter of the page.
struct Count {
    name: &'static str,
    help: &'static str,
    of: fn(&KindSums) -> u64,
}

const FAMILIES: [Family; 3] = [
    Family {
        name: "callyard_leg_mos",
        help: "Estimated mean opinion score of a leg over its call, 1 to 4.5.",
        bounds: &MOS_BOUNDS,
        unit: 100.0,
        of: |sums| &sums.mos,
    },
    Family {
        name: "callyard_leg_loss_ratio",
        help: "Share of a leg's packets that were lost, 0 to 1.",
        bounds: &LOSS_BOUNDS,
        unit: 1e6,
        of: |sums| &sums.loss,
    },
    Family {
        name: "callyard_leg_jitter_seconds",
        help: "Interarrival jitter of a leg at its end.",
        bounds: &JITTER_BOUNDS,
        unit: 1e6,
        of: |sums| &sums.jitter,
    },
];

const COUNTS: [Count; 3] = [
    Count {
        name: "callyard_legs_unheard_total",
        help: "Legs of calls from which nothing was ever heard.",
        of: |sums| sums.unheard,
    },
    Count {
        name: "callyard_leg_silences_total",
        help: "Times that nothing was heard from a leg for media.no_sound_seconds.",
        of: |sums| sums.silences,
    },
    Count {
        name: "callyard_legs_dead_total",
        help: "Legs that were given up after media.dead_seconds without sound and reports.",
        of: |sums| sums.dead,
    },
];

/// Writes all of it.
pub fn write(page: &mut String, sums: &SoundSums) {
    let kinds = [("trunk", &sums.trunk), ("phone", &sums.phone), ("browser", &sums.browser)];
    for family in &FAMILIES {
        family.begin(page);
        for (kind, sums) in kinds {
            family.write(page, kind, (family.of)(sums));
        }
    }
    for Count { name, help, of } in &COUNTS {
        line(page, format_args!("# HELP {name} {help}\n# TYPE {name} counter"));
        for (kind, sums) in kinds {
            line(page, format_args!("{name}{{kind=\"{kind}\"}} {}", of(sums)));
        }
    }
}

impl Family {
    fn begin(&self, page: &mut String) {
        let Family { name, help, .. } = self;
        line(page, format_args!("# HELP {name} {help}\n# TYPE {name} histogram"));
    }

    fn write(&self, page: &mut String, kind: &str, histogram: &Histogram) {
        let name = self.name;
        let mut below = 0;
        for (bound, count) in self.bounds.iter().zip(histogram.counts) {
            below += count;
            let bound = *bound as f64 / self.unit;
            line(page, format_args!("{name}_bucket{{kind=\"{kind}\",le=\"{bound}\"}} {below}"));
        }
        let (count, sum) = (histogram.count(), histogram.sum as f64 / self.unit);
        line(page, format_args!("{name}_bucket{{kind=\"{kind}\",le=\"+Inf\"}} {count}"));
        line(page, format_args!("{name}_sum{{kind=\"{kind}\"}} {sum}\n{name}_count{{kind=\"{kind}\"}} {count}"));
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("writing to a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up_as_prometheus_wants_them() {
        let mut sums = SoundSums::default();
        for mos in [250, 360, 441] {
            sums.trunk.mos.add(mos, &MOS_BOUNDS);
        }
        sums.browser.jitter.add(7_500, &JITTER_BOUNDS);
        sums.phone.dead = 2;
        let mut page = String::new();
        write(&mut page, &sums);
        for line in [
            "# TYPE callyard_leg_mos histogram",
            "callyard_leg_mos_bucket{kind=\"trunk\",le=\"2.6\"} 1",
            "callyard_leg_mos_bucket{kind=\"trunk\",le=\"3.6\"} 2",
            "callyard_leg_mos_bucket{kind=\"trunk\",le=\"+Inf\"} 3",
            "callyard_leg_mos_sum{kind=\"trunk\"} 10.51",
            "callyard_leg_mos_count{kind=\"trunk\"} 3",
            "callyard_leg_loss_ratio_bucket{kind=\"phone\",le=\"0.001\"} 0",
            "callyard_leg_jitter_seconds_bucket{kind=\"browser\",le=\"0.005\"} 0",
            "callyard_leg_jitter_seconds_bucket{kind=\"browser\",le=\"0.01\"} 1",
            "callyard_leg_jitter_seconds_sum{kind=\"browser\"} 0.0075",
            "callyard_legs_dead_total{kind=\"phone\"} 2",
        ] {
            assert!(page.lines().any(|one| one == line), "{line}\n{page}");
        }
    }
}
