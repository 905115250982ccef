// The servers that the specs run against, each with a database and lifetimes of its own.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { TestInfo } from "@playwright/test";

// Playwright reads this file once in every worker. Workers inherit the environment, so they all use the
// folder and the ports that the first reader has chosen.
export const scratchFolder = (process.env.HANDSTAMP_END2END ??= mkdtempSync(join(tmpdir(), "handstamp-end2end-")));
process.env.HANDSTAMP_END2END_PORT ??= String(await firstOfFreePorts(32));

const firstPort = Number(process.env.HANDSTAMP_END2END_PORT);

/** The first of `count` consecutive ports that nothing listens on. */
async function firstOfFreePorts(count: number) {
  for (let first = 3201; first + count <= 65_536; first += count) {
    const ports = Array.from({ length: count }, (_, place) => first + place);
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

/** The path of a binary, from the project's root. Those of the examples are in the server's folder. */
export function binary(name = "handstamp") {
  const server = process.env.HANDSTAMP_SERVER ?? "target/debug/handstamp";
  return name === "handstamp" ? server : join(dirname(server), name);
}

export const isDevelopmentBuild = basename(dirname(binary())) === "debug";

/** Opens the outbox of every server. */
export const outboxKey = "key-of-the-outbox";

const server = (place: number, lifetimes: Record<string, string>, program = "handstamp") => ({
  program: binary(program),
  ...settingsAt(place, lifetimes, String(place)),
});

/** The address of the server at the port of this `place`, and the settings that it starts with. */
export function settingsAt(place: number, lifetimes: Record<string, string>, database: string) {
  const port = firstPort + place;
  const url = `${"HANDSTAMP_TLS_CERT" in lifetimes ? "https" : "http"}://localhost:${port}`;
  const settings = {
    DATABASE_URL: `sqlite://${scratchFolder}/${database}.db`,
    HANDSTAMP_ADDR: `127.0.0.1:${port}`,
    HANDSTAMP_PUBLIC_URL: url,
    HANDSTAMP_SECRET: "ZW5kIHRvIGVuZCB0ZXN0cyBrZWVwIG5vIHNlY3JldHM=",
    HANDSTAMP_RATE_LIMITS: "off",
    HANDSTAMP_OUTBOX_KEY: outboxKey,
    HANDSTAMP_LOG: "error",
    // All settings are stated, so that those of the person who runs the tests don't come through.
    HANDSTAMP_ACCESS_TTL: "15m",
    HANDSTAMP_REFRESH_TTL: "30d",
    HANDSTAMP_IDLE_TTL: "off",
    HANDSTAMP_REUSE_WINDOW: "10s",
    HANDSTAMP_EXPIRED_STATUS: "401",
    HANDSTAMP_DEMO: "true",
    ...lifetimes,
  };
  return { url, settings };
}

export const servers = {
  /** Access tokens of three seconds: a reuse window of 0.75 s. */
  short: server(0, { HANDSTAMP_ACCESS_TTL: "3s" }),
  /** Sessions that end for good after eight seconds. */
  ending: server(1, { HANDSTAMP_ACCESS_TTL: "2s", HANDSTAMP_REFRESH_TTL: "8s" }),
  /** Expired is answered with 403. */
  forbidden: server(2, { HANDSTAMP_ACCESS_TTL: "2s", HANDSTAMP_EXPIRED_STATUS: "403" }),
  /** As an operator starts it, but for the rate limits. */
  plain: server(3, {}),
  /** A reuse window of a second, and access tokens that no test outlives. */
  window: server(4, { HANDSTAMP_REUSE_WINDOW: "1s" }),
  /** Access tokens that are good for as long as ten tabs need to do the same thing. */
  tabs: server(6, { HANDSTAMP_ACCESS_TTL: "6s" }),
  /** Another app that logs in with Handstamp. */
  guestbook: server(5, { HANDSTAMP_ACCESS_TTL: "2s" }, "guestbook"),
};

/** The ports of one spec: for a server and for a browser's driver. No spec that runs at the same time has them. */
export function ownPorts({ parallelIndex }: TestInfo) {
  const place = Object.keys(servers).length + 2 * parallelIndex;
  return { place, driver: firstPort + place + 1 };
}
