//! Serves a file or folder of definitions over HTTP, in a program of one's own.
//!
//! ```text
//! cargo run -p flags-server --example serve -- config 127.0.0.1:8080
//! curl -d '{"context": {"targetingKey": "user-42"}}' http://127.0.0.1:8080/ofrep/v1/evaluate/flags
//! ```
//!
//! A token in `FLAGS_TOKEN` is asked of every client.

use std::{env, error::Error, net::SocketAddr};

use flags::Flags;
use flags_server::{AllowedOrigin, Server, Token};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let mut arguments = env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "config".to_owned());
    let address: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:8080").parse()?;
    let token = env::var("FLAGS_TOKEN").ok().map(Token::new).transpose()?;
    let origins = arguments.map(|origin| origin.parse::<AllowedOrigin>()).collect::<Result<Vec<_>, _>>()?;

    let flags = Flags::builder().file(path).build()?;
    let server = Server::new(flags).listen(address).token(token).cors_origins(origins).bind().await?;
    #[expect(clippy::print_stdout, reason = "a program may print, unlike the library it shows")]
    {
        println!("listening on http://{}", server.local_addr());
    }
    server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
    Ok(())
}
