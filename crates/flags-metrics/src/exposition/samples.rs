//! Samples of metrics of the table, in the form the registry asks for.

use std::collections::{BTreeMap, HashMap};

use prometheus::{
    core::{Collector, Desc},
    proto,
};

use crate::{
    histogram::HistogramSnapshot,
    table::{Kind, Metric},
};

/// Samples of metrics, gathered for one scrape.
#[derive(Debug, Default)]
pub struct Samples {
    families: BTreeMap<&'static str, (Metric, Vec<proto::Metric>)>,
}

impl Samples {
    /// Adds one sample: the values of the labels in the order of [`Metric::labels`], and the number.
    ///
    /// For metrics of counts and gauges; a histogram has more than one number. Labels without a value are empty.
    pub fn add(&mut self, metric: &Metric, labels: &[&str], value: f64) {
        let mut sample = labelled(metric, labels);
        match metric.kind {
            Kind::Counter => {
                let mut counter = proto::Counter::default();
                counter.set_value(value);
                sample.set_counter(counter);
            }
            Kind::Gauge | Kind::Histogram => {
                let mut gauge = proto::Gauge::default();
                gauge.set_value(value);
                sample.set_gauge(gauge);
            }
        }
        self.push(metric, sample);
    }

    /// Adds a sample that is a whole number.
    #[expect(clippy::cast_precision_loss, reason = "the text format knows floats only; beyond 2^53 the last digits go")]
    pub fn add_count(&mut self, metric: &Metric, labels: &[&str], value: u64) {
        self.add(metric, labels, value as f64);
    }

    pub(crate) fn add_histogram(&mut self, metric: &Metric, labels: &[&str], counts: &HistogramSnapshot) {
        let mut histogram = proto::Histogram::default();
        let mut below = 0;
        let mut buckets = Vec::new();
        for (bound, count) in counts.buckets() {
            below += count;
            // The last bucket, which has no bound, is the count of the whole.
            if let Some(bound) = bound {
                let mut bucket = proto::Bucket::default();
                bucket.set_upper_bound(bound.as_secs_f64());
                bucket.set_cumulative_count(below);
                buckets.push(bucket);
            }
        }
        histogram.set_bucket(buckets);
        histogram.set_sample_count(counts.count());
        histogram.set_sample_sum(counts.sum().as_secs_f64());
        let mut sample = labelled(metric, labels);
        sample.set_histogram(histogram);
        self.push(metric, sample);
    }

    fn push(&mut self, metric: &Metric, sample: proto::Metric) {
        self.families.entry(metric.name).or_insert_with(|| (*metric, Vec::new())).1.push(sample);
    }

    pub(super) fn into_families(self) -> Vec<proto::MetricFamily> {
        let family = |(metric, samples): (Metric, Vec<proto::Metric>)| {
            let mut family = proto::MetricFamily::default();
            family.set_name(metric.name.to_owned());
            family.set_help(metric.help.to_owned());
            family.set_field_type(match metric.kind {
                Kind::Counter => proto::MetricType::COUNTER,
                Kind::Gauge => proto::MetricType::GAUGE,
                Kind::Histogram => proto::MetricType::HISTOGRAM,
            });
            family.set_metric(samples);
            family
        };
        self.families.into_values().map(family).collect()
    }
}

fn labelled(metric: &Metric, values: &[&str]) -> proto::Metric {
    let label = |(at, name): (usize, &&str)| {
        let mut label = proto::LabelPair::default();
        label.set_name((*name).to_owned());
        label.set_value(values.get(at).copied().unwrap_or_default().to_owned());
        label
    };
    proto::Metric::from_label(metric.labels.iter().enumerate().map(label).collect())
}

/// What a registry asks of a metric before it takes it.
pub(super) fn description(metric: &Metric) -> Result<Desc, prometheus::Error> {
    let labels = metric.labels.iter().map(|label| (*label).to_owned()).collect();
    Desc::new(metric.name.to_owned(), metric.help.to_owned(), labels, HashMap::new())
}

/// Metrics that are read when somebody asks.
pub(crate) struct Source<F> {
    descriptions: Vec<Desc>,
    read: F,
}

impl<F: Fn(&mut Samples) + Send + Sync> Source<F> {
    pub(crate) fn new(metrics: &[Metric], read: F) -> Result<Self, prometheus::Error> {
        let descriptions = metrics.iter().map(description).collect::<Result<_, _>>()?;
        Ok(Self { descriptions, read })
    }
}

impl<F: Fn(&mut Samples) + Send + Sync> Collector for Source<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let mut samples = Samples::default();
        (self.read)(&mut samples);
        samples.into_families()
    }
}
