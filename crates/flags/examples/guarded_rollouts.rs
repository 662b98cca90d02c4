//! A shop whose new features roll out by themselves, guarded by what a Prometheus counts of them.
//!
//! `cargo run -p flags --features rollouts --example guarded_rollouts -- DEFINITIONS STATE_FOLDER ADDRESS` has customers come and go, serves
//! what the metrics say at `http://ADDRESS/metrics`, and drives the rollout plans of the definitions. `POST /start/FLAG` starts one.
//! Guardrails of the definitions ask a Prometheus that scrapes this very program, so nothing advances before that has seen it:
//!
//! ```toml
//! [features.new_checkout]
//! enabled = true
//!
//! [features.new_checkout.rollout]
//! strategy = "canary"
//! guardrails = [{ metric = "checkout_runs", max = 0.05, max_increase = 0.1 }]
//!
//! [signals.checkout_runs]
//! prometheus = "http://127.0.0.1:9090"
//! treatment.bad = 'sum(flags_rollout_runs_total{flag="new_checkout",arm="treatment",outcome="error"})'
//! treatment.runs = 'sum(flags_rollout_runs_total{flag="new_checkout",arm="treatment"})'
//! control.bad = 'sum(flags_rollout_runs_total{flag="new_checkout",arm="control",outcome="error"})'
//! control.runs = 'sum(flags_rollout_runs_total{flag="new_checkout",arm="control"})'
//! ```
//!
//! The new search and the new cart are as good as the old ones. The new checkout declines one customer in four.

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use flags::{Context, Flags, RolloutOptions, metrics::Metrics};

/// A customer comes this often.
const PAUSE: Duration = Duration::from_millis(4);

const CUSTOMERS: u32 = 50_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(definitions), Some(state), Some(address)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("it takes three arguments: DEFINITIONS STATE_FOLDER ADDRESS".into());
    };
    let flags = Flags::builder()
        .file(definitions)
        .state_dir(state)
        .metrics(Metrics::new())
        .rollouts(RolloutOptions::new().drive(true).look_every(Duration::from_millis(250)))
        .build()?;
    let listener = TcpListener::bind(address)?;
    let shop = flags.clone();
    thread::spawn(move || serve_customers(&shop));
    for stream in listener.incoming() {
        // A visitor who hangs up misses the answer, and nothing else comes of it.
        let _ = answer(&flags, &stream?);
    }
    Ok(())
}

/// Has customers search, fill their carts and check out, for ever.
fn serve_customers(flags: &Flags) {
    let mut chance = fastrand::Rng::with_seed(7);
    loop {
        let context = Context::new(format!("customer-{}", chance.u32(..CUSTOMERS)));
        let (search_fails, cart_fails) = (chance.u8(..200) == 0, chance.u8(..200) == 0);
        let (new_declines, old_declines) = (chance.u8(..4) == 0, chance.u8(..200) == 0);
        // What became of it is counted for the arm that the customer is in; the shop goes on either way.
        let _ = flags.try_run("new_search", &context).on(|| done(search_fails)).off(|| done(search_fails));
        let _ = flags.try_run("new_cart", &context).on(|| done(cart_fails)).off(|| done(cart_fails));
        let _ = flags.try_run("new_checkout", &context).on(|| done(new_declines)).off(|| done(old_declines));
        thread::sleep(PAUSE);
    }
}

fn done(fails: bool) -> Result<(), &'static str> {
    if fails { Err("the customer was sent away") } else { Ok(()) }
}

/// The few bytes of HTTP that a scrape takes.
fn answer(flags: &Flags, stream: &TcpStream) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (status, body) = match request.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["GET", "/metrics"] => {
            let metrics = flags.metrics().ok_or("they were given to the builder")?;
            ("200 OK", metrics.render())
        }
        ["POST", path] if path.starts_with("/start/") => {
            let flag = path.trim_start_matches("/start/");
            match flags.rollouts().by("shop")?.because("the shop is open").start(flag) {
                Ok(outcome) => ("200 OK", format!("{outcome:?}\n")),
                Err(error) => ("409 Conflict", format!("{error}\n")),
            }
        }
        _ => ("404 Not Found", "GET /metrics, or POST /start/FLAG\n".into()),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\n");
    let mut stream = stream;
    Ok(write!(stream, "{head}Connection: close\r\n\r\n{body}")?)
}
