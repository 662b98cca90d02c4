// C7: the OFREP provider for servers on Node.js, which asks for one flag at a time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { OFREPProvider } from "@openfeature/ofrep-provider";
import { ErrorCode, OpenFeature } from "@openfeature/server-sdk";

import { url } from "./bearings.mjs";

const user = { targetingKey: "user-42" };
let client;

before(async () => {
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url }));
  client = OpenFeature.getClient();
});

after(() => OpenFeature.close());

test("a boolean, with everything about the decision", async () => {
  const details = await client.getBooleanDetails("new_menu", false, user);
  assert.equal(details.errorMessage, undefined);
  assert.equal(details.value, true);
  assert.equal(details.variant, "on");
  assert.equal(details.reason, "STATIC");
  const { revision, ...metadata } = details.flagMetadata;
  assert.ok(revision >= 1);
  assert.deepEqual(metadata, { cause: "fallthrough", owner: "growth", priority: 3, "risk.level": "low" });
});

test("a string, an integer, a float and a structured value", async () => {
  assert.equal(await client.getStringValue("checkout", "none", user), "classic");
  assert.equal(await client.getNumberValue("page_size", 0, user), 25);
  assert.equal(await client.getNumberValue("ratio", 0, user), 1.0);
  const theme = { colors: { text: "white", back: "black" }, sizes: [1, 2, 3], contrast: 1.5, animated: false };
  assert.deepEqual(await client.getObjectValue("theme", {}, user), theme);
});

test("targeting by the context, structured attributes and lists included", async () => {
  const details = await client.getStringDetails("checkout", "none", { ...user, country: "NL" });
  assert.equal(details.value, "express");
  assert.equal(details.reason, "TARGETING_MATCH");
  assert.equal(details.flagMetadata.rule, "benelux");
  const large = { ...user, plan: { seats: 250, name: "gold" }, groups: ["beta", "ops"] };
  assert.equal((await client.getStringDetails("checkout", "none", large)).flagMetadata.rule, "large plans");
  assert.equal(await client.getStringValue("checkout", "none", { ...large, groups: [] }), "classic");
});

test("a share of the users, always the same ones", async () => {
  const ask = async (key) => (await client.getBooleanDetails("half", false, { targetingKey: key })).value;
  const users = Array.from({ length: 200 }, (_, at) => `user-${at}`);
  const first = await Promise.all(users.map(ask));
  const admitted = first.filter(Boolean).length;
  assert.ok(admitted > 60 && admitted < 140, `${admitted} of 200`);
  assert.deepEqual(await Promise.all(users.map(ask)), first);
});

test("an unknown flag is the default, with a code and the flag that was meant", async () => {
  const details = await client.getBooleanDetails("new_mneu", true, user);
  assert.equal(details.value, true);
  assert.equal(details.reason, "ERROR");
  assert.equal(details.errorCode, ErrorCode.FLAG_NOT_FOUND);
  assert.match(details.errorMessage, /did you mean `new_menu`/);
});

test("a flag of another type is the default, with a code", async () => {
  const details = await client.getStringDetails("new_menu", "none", user);
  assert.equal(details.value, "none");
  assert.equal(details.errorCode, ErrorCode.TYPE_MISMATCH);
});

test("without a targeting key only a draw fails", async () => {
  const details = await client.getBooleanDetails("half", true, {});
  assert.equal(details.value, true);
  assert.equal(details.errorCode, ErrorCode.TARGETING_KEY_MISSING);
  assert.match(details.errorMessage, /targetingKey/);
  assert.equal(await client.getStringValue("checkout", "none", {}), "classic");
});

test("a flag that is off and has no off variant is the default", async () => {
  assert.equal(await client.getStringValue("retired", "mine", user), "mine");
});
