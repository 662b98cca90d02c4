//! `POST /ofrep/v1/evaluate/flags`: every flag, for a client that evaluates at once and asks again only when told to.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use flags::{Context, FlagView, Snapshot};
use serde::{Serialize, Serializer};

use super::{answer::Answer, entity_tag::EntityTag, request};
use crate::{
    events::EventStream,
    respond::{Failure, json_bytes},
    router::SharedState,
};

/// Evaluates every flag for the context in the body; 304 where the client has the answer already.
///
/// The query may say what an event said, `flagConfigEtag` and `flagConfigLastModified`. They are there for servers that
/// learn of changes late; this one evaluates against what it announced, or newer, and needs no telling.
pub(crate) async fn evaluate_all(
    State(shared): State<SharedState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let context = match request::read(body, &shared.limits) {
        Ok(context) => context,
        Err(refusal) => return refusal.respond(None),
    };
    // A client that asks for every flag says nothing of which it will show, so nobody meets an arm by that.
    let snapshot = shared.flags.without_exposures();
    let stream = EventStream::since(&shared, snapshot.set().digest());
    let stream_key = shared.token.as_ref().map_or("", |token| token.stream_key());
    let (body, tag) = match write(&snapshot, &context, &stream, stream_key) {
        Ok(written) => written,
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            return Failure::general("the answer could not be written").respond(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    let mut response = if tag.is_known(&headers) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_bytes(StatusCode::OK, body)
    };
    response.headers_mut().insert(header::ETAG, tag.header());
    response.headers_mut().insert("flags-revision", revision(&snapshot));
    response
}

/// Writes the answer, and names it by what it says of flags and by the key of its event stream.
///
/// The rest of the stream's address is left out: it names the state the client starts from, and differs after every edit,
/// also when no answer does. A client that keeps an older address is told once to ask again, and is none the worse for it.
fn write(
    snapshot: &Snapshot,
    context: &Context,
    stream: &EventStream,
    stream_key: &str,
) -> Result<(Vec<u8>, EntityTag), serde_json::Error> {
    let mut body = b"{\"flags\":".to_vec();
    serde_json::to_writer(&mut body, &Answers { snapshot, context })?;
    body.extend(b",\"metadata\":");
    serde_json::to_writer(&mut body, &serde_json::json!({ "environment": snapshot.set().environment() }))?;
    let tag = EntityTag::of(&[&body, stream_key.as_bytes()]);
    body.extend(b",\"eventStreams\":");
    serde_json::to_writer(&mut body, &[stream])?;
    body.push(b'}');
    Ok((body, tag))
}

/// The answers for every flag, in the order of the keys, evaluated as they are written.
struct Answers<'a> {
    snapshot: &'a Snapshot,
    context: &'a Context,
}

impl Serialize for Answers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut flags: Vec<FlagView<'_>> = self.snapshot.set().flags().collect();
        flags.sort_unstable_by_key(|flag| flag.key());
        serializer.collect_seq(
            flags.into_iter().map(|flag| Answer::of(flag.key(), &self.snapshot.decide(flag.id(), self.context))),
        )
    }
}

/// The revision the answer was made from, for whoever looks into it.
pub(super) fn revision(snapshot: &Snapshot) -> HeaderValue {
    HeaderValue::from(snapshot.revision())
}
