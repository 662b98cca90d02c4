//! The page of the benchmarks: the questions, the machine, the noise, and a table for each question.

use std::{fmt::Write, fs, num::NonZero, process::Command, thread};

use super::{CHART, Row, answers, questions};
use crate::{failure::Failure, process, workspace::Workspace};

/// What the numbers were measured on. Without it they say nothing.
pub(super) struct Machine {
    processor: String,
    threads: usize,
    system: String,
    compiler: String,
    commit: String,
}

impl Machine {
    /// This machine, this compiler, this commit.
    pub(super) fn this(workspace: &Workspace) -> Result<Self, Failure> {
        let one_line = |text: String| text.trim().to_owned();
        let git = Command::new("git")
            .args(["log", "-1", "--format=%h of %cs"])
            .current_dir(&workspace.root)
            .output()
            .map_or_else(|_| String::from("unknown"), |output| String::from_utf8_lossy(&output.stdout).into_owned());
        Ok(Self {
            processor: processor(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            compiler: one_line(process::output(Command::new("rustc").arg("--version"))?),
            commit: one_line(git),
        })
    }
}

/// The page as Markdown.
pub(super) fn page(rows: &[Row], machine: &Machine) -> String {
    let mut text = format!(
        "# Benchmarks\n\n\
         What an evaluation and a load cost, here and elsewhere. Written by `cargo xtask bench --peers`; run it to get your own.\n\n\
         - Machine: {}, {} hardware threads, {}; {}; commit {}.\n\
         - A time is the median for one iteration. The range behind it is the noise: the 95 % interval of the median for\n  \
         our own benchmarks, the tenth to the ninetieth percentile of the batches for the comparison.\n\
         - A ratio compares with `flags` in the same table: 2.0x takes twice as long as we do.\n\n\
         ![Time of each subject for each question, on a logarithmic scale]({})\n",
        machine.processor,
        machine.threads,
        machine.system,
        machine.compiler,
        machine.commit,
        CHART.rsplit('/').next().unwrap_or(CHART),
    );
    for question in questions(rows) {
        text += &table(rows, question);
    }
    text
}

fn table(rows: &[Row], question: &str) -> String {
    let answers = answers(rows, question);
    let counted = answers.iter().any(|(row, _)| row.allocations.is_some());
    let compared = answers.iter().any(|(_, ratio)| ratio.is_some()) && 1 < answers.len();
    let mut head = String::from("| subject | median | range |");
    let mut rule = String::from("| --- | ---: | ---: |");
    for (column, shown) in [(" ratio |", compared), (" allocations |", counted)] {
        if shown {
            head += column;
            rule += " ---: |";
        }
    }
    let mut text = format!("\n## {question}\n\n{head}\n{rule}\n");
    for (row, ratio) in answers {
        let show = |number| row.unit.show(number);
        write!(text, "| {} | {} | {} to {} |", row.subject, show(row.median), show(row.low), show(row.high))
            .expect("writing to a string cannot fail");
        if compared {
            text += &ratio.map_or_else(|| String::from(" |"), |ratio| format!(" {ratio:.1}x |"));
        }
        if counted {
            text += &row.allocations.map_or_else(|| String::from(" - |"), |count| format!(" {count:.1} |"));
        }
        text.push('\n');
    }
    text
}

/// The name of the first processor in the text of `/proc/cpuinfo`.
fn processor(cpuinfo: &str) -> String {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == "model name")
        .map_or_else(|| String::from("unknown processor"), |(_, model)| model.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::row;

    #[test]
    fn the_page_tells_machine_ratio_and_noise() {
        let machine = Machine {
            processor: processor("processor\t: 0\nmodel name\t: A fast one\nmodel name\t: The same again\n"),
            threads: 2,
            system: String::from("linux x86_64"),
            compiler: String::from("rustc 1.95.0"),
            commit: String::from("abc of 2026-11-20"),
        };
        let rows = [
            Row { allocations: Some(0.0), ..row("rollout", "flags", 10.0) },
            Row { allocations: Some(4.0), ..row("rollout", "other", 125.0) },
            row("load", "10 000 flags", 90e6),
        ];
        let page = page(&rows, &machine);
        assert!(page.contains("A fast one, 2 hardware threads, linux x86_64; rustc 1.95.0; commit abc of 2026-11-20."));
        assert!(page.contains(
            "## rollout\n\n| subject | median | range | ratio | allocations |\n| --- | ---: | ---: | ---: | ---: |\n\
             | flags | 10.0 ns | 9.00 ns to 11.0 ns | 1.0x | 0.0 |\n\
             | other | 125 ns | 112 ns to 138 ns | 12.5x | 4.0 |\n"
        ), "{page}");
        assert!(page.contains("| 10 000 flags | 90.0 ms | 81.0 ms to 99.0 ms |\n"), "{page}");
        assert!(page.contains("](benchmarks.svg)"), "{page}");
    }

    #[test]
    fn a_machine_without_cpuinfo_has_an_unknown_processor() {
        assert_eq!(processor(""), "unknown processor");
    }
}
