// The servers of the specs, each with its own database and token lifetimes.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { TestInfo } from "@playwright/test";

// Playwright loads this file in every worker. Workers inherit the environment, so all of them use the folder and the
// ports that the first process has chosen.
export const scratchFolder = (process.env.HANDSTAMP_END2END ??= mkdtempSync(join(tmpdir(), "handstamp-end2end-")));
process.env.HANDSTAMP_END2END_PORT ??= String(await firstOfFreePorts(32));

const firstPort = Number(process.env.HANDSTAMP_END2END_PORT);

/** The first of `count` consecutive ports that nothing listens on. */
async function firstOfFreePorts(count: number) {
  for (let first = 3201; first + count <= 65_536; first += count) {
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`there are no ${count} consecutive free ports`);
}

function isFree(port: number) {
  return new Promise<boolean>((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** The path of a binary, relative to the project's root. The examples are in the folder of the server. */
export function binary(name = "handstamp") {
  const server = process.env.HANDSTAMP_SERVER ?? "target/debug/handstamp";
  return name === "handstamp" ? server : join(dirname(server), name);
}

export const isDevelopmentBuild = basename(dirname(binary())) === "debug";

/** The key for the outbox of every server. */
export const outboxKey = "key-of-the-outbox";

const server = (index: number, changes: Record<string, string>, program = "handstamp") => ({
  program: binary(program),
  ...settingsFor(index, changes, String(index)),
});

/** The URL and the settings of the server on the port with this index. `changes` replace the default settings. */
export function settingsFor(index: number, changes: Record<string, string>, database: string) {
  const port = firstPort + index;
  const url = `${"HANDSTAMP_TLS_CERT" in changes ? "https" : "http"}://localhost:${port}`;
  const settings = {
    DATABASE_URL: `sqlite://${scratchFolder}/${database}.db`,
    HANDSTAMP_ADDR: `127.0.0.1:${port}`,
    HANDSTAMP_PUBLIC_URL: url,
    HANDSTAMP_SECRET: "ZW5kIHRvIGVuZCB0ZXN0cyBrZWVwIG5vIHNlY3JldHM=",
    HANDSTAMP_RATE_LIMITS: "off",
    HANDSTAMP_OUTBOX_KEY: outboxKey,
    HANDSTAMP_LOG: "error",
    // All settings are set, so that the environment of the tests has no effect.
    HANDSTAMP_ACCESS_TTL: "15m",
    HANDSTAMP_REFRESH_TTL: "30d",
    HANDSTAMP_IDLE_TTL: "off",
    HANDSTAMP_REUSE_WINDOW: "10s",
    HANDSTAMP_EXPIRED_STATUS: "401",
    HANDSTAMP_DEMO: "true",
    ...changes,
  };
  return { url, settings };
}

export const servers = {
  /** Access tokens that live for three seconds, and so a reuse window of 0.75 s. */
  short: server(0, { HANDSTAMP_ACCESS_TTL: "3s" }),
  /** Sessions with a maximum lifetime of eight seconds. */
  ending: server(1, { HANDSTAMP_ACCESS_TTL: "2s", HANDSTAMP_REFRESH_TTL: "8s" }),
  /** Expired access tokens are reported with 403. */
  forbidden: server(2, { HANDSTAMP_ACCESS_TTL: "2s", HANDSTAMP_EXPIRED_STATUS: "403" }),
  /** The default settings, except for the rate limits. */
  plain: server(3, {}),
  /** A reuse window of a second, and access tokens that outlive every test. */
  window: server(4, { HANDSTAMP_REUSE_WINDOW: "1s" }),
  /** Access tokens that live as long as ten tabs need to load. */
  tabs: server(6, { HANDSTAMP_ACCESS_TTL: "6s" }),
  /** Another app that logs in with Handstamp. */
  guestbook: server(5, { HANDSTAMP_ACCESS_TTL: "2s" }, "guestbook"),
  /** The example app of the guide. */
  notes: server(7, { HANDSTAMP_ACCESS_TTL: "2s" }, "notes"),
};

/** The ports of one spec, for a server and a browser's driver. Specs that run at the same time have other ports. */
export function ownPorts({ parallelIndex }: TestInfo) {
  const index = Object.keys(servers).length + 2 * parallelIndex;
  return { index, driver: firstPort + index + 1 };
}
