// C7: the OFREP provider for web pages, which asks for all flags at once and again when an event tells it to.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, test } from "node:test";

import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { ClientProviderEvents, ErrorCode, OpenFeature } from "@openfeature/web-sdk";
import { EventSource } from "eventsource";

import { file, soon, url } from "./bearings.mjs";

// Browsers have one; Node.js 20 has not.
globalThis.EventSource = EventSource;

// A provider that is ready, and the answers it was given.
async function start(context, options) {
  const statuses = [];
  const fetchImplementation = async (request, init) => {
    const response = await fetch(request, init);
    statuses.push(response.status);
    return response;
  };
  const provider = new OFREPWebProvider({ baseUrl: url, cacheMode: "disabled", fetchImplementation, ...options });
  await OpenFeature.setContext(context);
  await OpenFeature.setProviderAndWait(provider);
  return { client: OpenFeature.getClient(), statuses };
}

const next = (client, event) =>
  soon(
    new Promise((resolve) => {
      const once = (details) => {
        client.removeHandler(event, once);
        resolve(details);
      };
      client.addHandler(event, once);
    }),
    event,
  );

afterEach(() => OpenFeature.close());

test("every type of value, from one answer", async () => {
  const { client, statuses } = await start({ targetingKey: "user-42" }, { changeDetection: "none" });
  assert.equal(client.getBooleanValue("new_menu", false), true);
  assert.equal(client.getStringValue("checkout", "none"), "classic");
  assert.equal(client.getNumberValue("page_size", 0), 25);
  assert.equal(client.getNumberValue("ratio", 0), 1.0);
  const theme = { colors: { text: "white", back: "black" }, sizes: [1, 2, 3], contrast: 1.5, animated: false };
  assert.deepEqual(client.getObjectValue("theme", {}), theme);
  const details = client.getBooleanDetails("new_menu", false);
  assert.deepEqual(details.flagMetadata, { cause: "fallthrough", owner: "growth", priority: 3, "risk.level": "low" });
  assert.deepEqual([details.reason, details.variant], ["STATIC", "on"]);
  assert.deepEqual(statuses, [200]);
});

test("what is not to be had is the default, with a code", async () => {
  const { client } = await start({}, { changeDetection: "none" });
  const code = (details) => [details.value, details.errorCode];
  assert.deepEqual(code(client.getBooleanDetails("nothing", true)), [true, ErrorCode.FLAG_NOT_FOUND]);
  assert.deepEqual(code(client.getStringDetails("new_menu", "none")), ["none", ErrorCode.TYPE_MISMATCH]);
  assert.deepEqual(code(client.getBooleanDetails("half", true)), [true, ErrorCode.TARGETING_KEY_MISSING]);
  const retired = client.getStringDetails("retired", "mine");
  assert.deepEqual([retired.value, retired.reason, retired.errorCode], ["mine", "DISABLED", undefined]);
});

test("another context is asked for anew", async () => {
  const { client } = await start({ targetingKey: "user-42" }, { changeDetection: "none" });
  assert.equal(client.getStringValue("checkout", "none"), "classic");
  await OpenFeature.setContext({ targetingKey: "user-42", country: "BE" });
  assert.equal(client.getStringValue("checkout", "none"), "express");
});

test("an answer the client has is not sent again", async () => {
  const { client, statuses } = await start({ targetingKey: "user-42" }, { changeDetection: "none" });
  // The client keeps the entity tag while the targeting key stays, and the attribute changes no answer.
  await OpenFeature.setContext({ targetingKey: "user-42", visits: 2 });
  assert.deepEqual(statuses, [200, 304]);
  assert.equal(client.getStringValue("checkout", "none"), "classic");
});

test("an edit of the file reaches the client without being asked for", async () => {
  const text = readFileSync(file, "utf8");
  const { client, statuses } = await start({ targetingKey: "user-42" });
  assert.equal(client.getBooleanValue("banner", false), false);
  try {
    const changed = next(client, ClientProviderEvents.ConfigurationChanged);
    writeFileSync(file, text.replace("[features.banner]\nenabled = false", "[features.banner]\nenabled = true"));
    assert.deepEqual((await changed).flagsChanged, ["banner"]);
    assert.equal(client.getBooleanValue("banner", false), true);
    assert.deepEqual(statuses, [200, 200]);
  } finally {
    const changed = next(client, ClientProviderEvents.ConfigurationChanged);
    writeFileSync(file, text);
    await changed;
  }
  assert.equal(client.getBooleanValue("banner", true), false);
});

test("a file with a mistake in it changes nothing until it is mended", async () => {
  const text = readFileSync(file, "utf8");
  const { client } = await start({ targetingKey: "user-42" });
  try {
    writeFileSync(file, text.replace("[features.banner]\nenabled = false", "[features.banner]\nenabeld = true"));
    let ready;
    await soon(
      (async () => {
        do {
          ready = await (await fetch(`${url}/readyz`)).json();
        } while (!ready.stale);
      })(),
      "the refusal of the file",
    );
    assert.equal(ready.status, "ready");
    assert.equal(ready.source.error.report.diagnostics[0].code, "FLG010");
    assert.equal(client.getBooleanValue("banner", false), false);
    assert.equal(client.getStringValue("checkout", "none"), "classic");

    const changed = next(client, ClientProviderEvents.ConfigurationChanged);
    writeFileSync(file, text.replace("[features.banner]\nenabled = false", "[features.banner]\nenabled = true"));
    assert.deepEqual((await changed).flagsChanged, ["banner"]);
  } finally {
    const changed = next(client, ClientProviderEvents.ConfigurationChanged);
    writeFileSync(file, text);
    await changed;
  }
});
