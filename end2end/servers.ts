// The servers that the specs run against, each with a database and lifetimes of its own.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Playwright reads this file once in every worker: they have to agree on the folder.
process.env.HANDSTAMP_END2END ??= mkdtempSync(join(tmpdir(), "handstamp-end2end-"));

const firstPort = Number(process.env.HANDSTAMP_END2END_PORT ?? 3201);

const server = (place: number, lifetimes: Record<string, string>, program = "handstamp") => ({
  program: `target/release/${program}`,
  ...settingsAt(place, lifetimes, String(place)),
});

/** The address of the server at the port of this `place`, and the settings that it starts with. */
export function settingsAt(place: number, lifetimes: Record<string, string>, database: string) {
  const port = firstPort + place;
  const url = `http://localhost:${port}`;
  const settings = {
    DATABASE_URL: `sqlite://${process.env.HANDSTAMP_END2END}/${database}.db`,
    HANDSTAMP_ADDR: `127.0.0.1:${port}`,
    HANDSTAMP_PUBLIC_URL: url,
    HANDSTAMP_SECRET: "ZW5kIHRvIGVuZCB0ZXN0cyBrZWVwIG5vIHNlY3JldHM=",
    HANDSTAMP_RATE_LIMITS: "off",
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
