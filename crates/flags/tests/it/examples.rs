//! The examples, run as they stand.

#[path = "../../examples/actor.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod actor;
#[path = "../../examples/web.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod web;

// C3
#[tokio::test]
async fn an_actor_is_reconfigured_and_restarted_when_its_flags_change() {
    let mut out = Vec::new();
    actor::run(&mut out).await.unwrap();
    let expected = "\
pricing-7 starts: engine classic, batches of 2
  a quote: 4 pieces at 3 EUR: 12 EUR
  an order: sold for 12 EUR
pricing-7 goes on: batches of 50
  a quote: 12 EUR
pricing-7 stops: classic
pricing-7 starts: engine vector, batches of 50
  an order: sold for 15 EUR
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

// C5
#[tokio::test]
async fn handlers_ask_for_the_flags_of_their_request() {
    let mut out = Vec::new();
    web::run(&mut out).await.unwrap();
    let expected = r#"[] -> the cart, light
[("x-user", "ada")] -> the new cart, light
[("cookie", "session=7f3a"), ("x-country", "NL")] -> the cart, dark
[("x-user", "grace"), ("x-forwarded-for", "192.0.2.7")] -> the new cart, light, welcome to the office
"#;
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
