// C7: the connection of a web page's client: with a token, and over a restart of the server.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, test } from "node:test";

import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { ClientProviderEvents, OpenFeature } from "@openfeature/web-sdk";
import { EventSource } from "eventsource";

import { file, soon } from "./bearings.mjs";
import { serve } from "./program.mjs";

// Browsers have one; Node.js 20 has not.
globalThis.EventSource = EventSource;

const token = "correct-horse-battery-staple";
const original = readFileSync(file, "utf8");
const switchedOn = original.replace("[features.banner]\nenabled = false", "[features.banner]\nenabled = true");
let server;

afterEach(async () => {
  await OpenFeature.close();
  assert.equal(await server.stop(), 0);
  writeFileSync(file, original);
});

async function start(options) {
  const provider = new OFREPWebProvider({ baseUrl: server.url, cacheMode: "disabled", ...options });
  await OpenFeature.setContext({ targetingKey: "user-42" });
  await OpenFeature.setProviderAndWait(provider);
  return OpenFeature.getClient();
}

const changed = (client) =>
  soon(
    new Promise((resolve) => client.addHandler(ClientProviderEvents.ConfigurationChanged, resolve)),
    "the news of a change",
  );

test("without the token there is nothing", async () => {
  server = await serve(file, { token });
  await assert.rejects(start({}), /Initialization failed|unauthorized/i);
});

test("with the token there are flags, and events, which cannot carry it", async () => {
  server = await serve(file, { token });
  const client = await start({ headers: [["Authorization", `Bearer ${token}`]] });
  assert.equal(client.getBooleanValue("banner", true), false);
  const news = changed(client);
  writeFileSync(file, switchedOn);
  assert.deepEqual((await news).flagsChanged, ["banner"]);
  assert.equal(client.getBooleanValue("banner", false), true);
});

test("what changed while the server was away is heard when it is back", async () => {
  server = await serve(file);
  const address = new URL(server.url).host;
  const client = await start({});
  assert.equal(client.getBooleanValue("banner", true), false);
  const lost = soon(
    new Promise((resolve) => client.addHandler(ClientProviderEvents.Stale, resolve)),
    "the loss of the connection",
  );
  assert.equal(await server.stop(), 0);
  await lost;
  writeFileSync(file, switchedOn);
  const news = changed(client);
  server = await serve(file, { address });
  assert.deepEqual((await news).flagsChanged, ["banner"]);
  assert.equal(client.getBooleanValue("banner", false), true);
});
