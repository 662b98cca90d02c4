// A server of a script's own, for what one shared by all scripts cannot show: tokens, and starting again.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { soon } from "./bearings.mjs";

// Starts `flags serve` on the address and returns its URL and a way to end it.
export async function serve(file, { address = "127.0.0.1:0", token } = {}) {
  const environment = { ...process.env, FLAGS_TOKEN: token };
  if (!token) {
    delete environment.FLAGS_TOKEN;
  }
  const child = spawn(process.env.FLAGS_PROGRAM, ["serve", file, "--listen", address], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = line.match(/listening on .*?(http:\/\/[0-9.:]+)/);
      if (found) {
        resolve(found[1]);
      }
    });
    child.once("error", reject);
    ended.then((code) => reject(new Error(`flags serve ended with ${code}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    return soon(ended, "the end of the server");
  };
  try {
    return { url: await soon(listening, "the start of the server"), stop };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
