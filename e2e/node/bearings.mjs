// Where the server is and which file it serves, as the harness says it, and how to wait for what must happen.

export const url = required("FLAGS_URL");
export const file = required("FLAGS_FILE");

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; run these scripts by \`cargo xtask e2e\`, or see docs/guide/server.md`);
  }
  return value;
}

// The promise, or an error that names what did not happen. No test depends on how long it is waited for.
export function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within 30 s`)), 30_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
