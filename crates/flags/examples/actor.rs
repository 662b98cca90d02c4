//! An actor with flags of its own: it decides by the message it handles, is reconfigured when one flag changes, and restarted
//! when another does.
//!
//! `cargo run -p flags --example actor` prints what happens, and ends.

use std::{convert::Infallible, error::Error, io::Write};

use flags::{ChangeSet, Flagged, Flags};
use kameo::{
    Actor,
    actor::{ActorRef, Spawn as _},
    message::{Context, Message, StreamMessage},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const DEFINITIONS: &str = r#"
[features.batch_size]                # may change while the actor works
enabled = true
variants = { small = 2, large = 50 }
serve = "small"

[features.engine]                    # is chosen when the actor starts
enabled = true
variants = { classic = "classic", vector = "vector" }
serve = "classic"

[features.itemised]                  # for one sort of message only
enabled = true
conditions = [
  { attribute = "actor_type", equals = "Pricing" },
  { attribute = "message_type", equals = "Quote" },
]
"#;

/// What the actor works with.
#[derive(Debug, Default)]
struct Pricing {
    engine: String,
    batch_size: i64,
}

/// The actor: its state, bound to its flags, and a line to whoever wants to know.
struct PricingActor {
    state: Flagged<Pricing>,
    log: UnboundedSender<String>,
}

/// What it is started from, and restarted.
#[derive(Clone)]
struct Setup {
    flags: Flags,
    log: UnboundedSender<String>,
}

struct Quote(u32);
struct Order(u32);
struct Reconfigure;
struct Restart;

impl Actor for PricingActor {
    type Args = Setup;
    type Error = Infallible;

    async fn on_start(setup: Setup, _: ActorRef<Self>) -> Result<Self, Infallible> {
        let mut state = Flagged::new(&setup.flags, "pricing-7", Pricing::default());
        state.engine = state.flags().string("engine", "classic");
        state.batch_size = state.flags().integer("batch_size", 1);
        let line = format!("pricing-7 starts: engine {}, batches of {}", state.engine, state.batch_size);
        // Nobody may be listening any more; the actor works all the same.
        let _ = setup.log.send(line);
        Ok(Self { state, log: setup.log })
    }
}

impl Message<Quote> for PricingActor {
    type Reply = String;

    async fn handle(&mut self, Quote(pieces): Quote, _: &mut Context<Self, String>) -> String {
        // The context of this decision says: actor pricing-7, of type Pricing, for a message of type Quote.
        match self.state.for_message::<Quote>().is_enabled("itemised") {
            true => format!("{pieces} pieces at 3 EUR: {} EUR", pieces * 3),
            false => format!("{} EUR", pieces * 3),
        }
    }
}

impl Message<Order> for PricingActor {
    type Reply = String;

    async fn handle(&mut self, Order(pieces): Order, _: &mut Context<Self, String>) -> String {
        match self.state.for_message::<Order>().is_enabled("itemised") {
            true => format!("{pieces} pieces sold for {} EUR", pieces * 3),
            false => format!("sold for {} EUR", pieces * 3),
        }
    }
}

impl Message<Reconfigure> for PricingActor {
    type Reply = ();

    async fn handle(&mut self, _: Reconfigure, _: &mut Context<Self, ()>) {
        self.state.batch_size = self.state.flags().integer("batch_size", 1);
        let _ = self.log.send(format!("pricing-7 goes on: batches of {}", self.state.batch_size));
    }
}

impl Message<Restart> for PricingActor {
    type Reply = ();

    async fn handle(&mut self, _: Restart, context: &mut Context<Self, ()>) {
        let _ = self.log.send(format!("pricing-7 stops: {}", self.state.engine));
        // Its supervisor starts it again, with the same mailbox.
        context.stop();
    }
}

/// Starts the actor again when it stops, and hears of the changes of the flags it is made from.
#[derive(Default)]
struct Supervisor {
    pricing: Option<ActorRef<PricingActor>>,
}

impl Actor for Supervisor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

impl Message<StreamMessage<ChangeSet, ActorRef<PricingActor>, ()>> for Supervisor {
    type Reply = ();

    async fn handle(
        &mut self,
        message: StreamMessage<ChangeSet, ActorRef<PricingActor>, ()>,
        _: &mut Context<Self, ()>,
    ) {
        match message {
            StreamMessage::Started(pricing) => self.pricing = Some(pricing),
            StreamMessage::Finished(()) => self.pricing = None,
            StreamMessage::Next(changes) => {
                let Some(pricing) = &self.pricing else { return };
                for change in &changes.changes {
                    // An actor that is gone needs no telling.
                    let _ = match &*change.key {
                        "engine" => pricing.tell(Restart).await.is_ok(),
                        _ => pricing.tell(Reconfigure).await.is_ok(),
                    };
                }
            }
        }
    }
}

/// Runs the example, and tells `out` what happens.
pub(crate) async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let flags = Flags::builder().toml(DEFINITIONS).build()?;
    // Subscribed before the actor looks, so that no change is missed in between.
    let changes = flags.changes_of(["batch_size", "engine"]);
    let (log, mut told) = unbounded_channel();
    let mut next = async || told.recv().await.ok_or("the actor is gone");

    let supervisor = Supervisor::spawn(Supervisor::default());
    let setup = Setup { flags: flags.clone(), log };
    let pricing = PricingActor::supervise(&supervisor, setup).spawn().await;
    supervisor.attach_stream(changes, pricing.clone(), ());
    writeln!(out, "{}", next().await?)?;
    writeln!(out, "  a quote: {}", pricing.ask(Quote(4)).await?)?;
    writeln!(out, "  an order: {}", pricing.ask(Order(4)).await?)?;

    // Saving a file does the same; so does an operator.
    flags.update("batch_size", |flag| flag.serve("large"))?;
    writeln!(out, "{}", next().await?)?;

    flags.toggle("itemised")?;
    writeln!(out, "  a quote: {}", pricing.ask(Quote(4)).await?)?;

    flags.update("engine", |flag| flag.serve("vector"))?;
    writeln!(out, "{}", next().await?)?;
    writeln!(out, "{}", next().await?)?;
    writeln!(out, "  an order: {}", pricing.ask(Order(5)).await?)?;

    supervisor.stop_gracefully().await?;
    supervisor.wait_for_shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout()).await
}
