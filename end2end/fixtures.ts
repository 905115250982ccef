// What every spec needs: a page that records the wire and allows no noise, and people.
import { test as base, expect, type APIRequestContext, type APIResponse, type Page } from "@playwright/test";

import { outboxKey } from "./servers.js";

export { expect };

export const password = "correct horse battery";

/** The name of a cookie at a server: with https it has a prefix, with http it ends with the port. */
function cookieName(what: string, url: string) {
  const { protocol, port } = new URL(url);
  return protocol === "https:" ? `${what === "refresh" ? "__Secure" : "__Host"}-handstamp_${what}` : `handstamp_${what}_${port || 80}`;
}

/** Opens the outbox of a server for a browser, or for requests without one, and returns all mail, newest first. */
export async function outbox(request: APIRequestContext, url: string) {
  await request.post(`${url}/auth/open_outbox`, { data: { key: outboxKey }, headers: { Origin: url } });
  const { mails } = await (await request.get(`${url}/api/outbox`)).json();
  return mails as { to: string; subject: string; text: string; link: string }[];
}

export const refreshCookie = (url: string) => cookieName("refresh", url);
export const attemptCookie = (url: string) => cookieName("attempt", url);

export interface Seen {
  method: string;
  path: string;
  status: number;
  /** The access token that the request carried. */
  bearer: string | undefined;
}

/** What went over the wire between the page and the server's two doors. */
export class Wire {
  seen: Seen[] = [];

  constructor(page: Page) {
    page.on("response", async (response) => {
      const request = response.request();
      const path = new URL(response.url()).pathname;
      if (!/^\/(api|auth|fn)/.test(path)) return;
      const bearer = request.headers()["authorization"]?.replace("Bearer ", "");
      this.seen.push({ method: request.method(), path, status: response.status(), bearer });
    });
  }

  clear() {
    this.seen = [];
  }

  /** As `POST /auth/refresh 200`, in the order of the answers. */
  lines() {
    return this.seen.map(({ method, path, status }) => `${method} ${path} ${status}`);
  }

  /** The access token that the page used last. */
  token() {
    const token = this.seen.findLast(({ bearer }) => bearer)?.bearer;
    if (!token) throw new Error("no access token went over the wire yet");
    return token;
  }
}

export interface Person {
  name: string;
  email: string;
}

interface Fixtures {
  wire: Wire;
  person: Person;
  another: Person;
  supported: void;
  noise: string[];
}

let people = 0;

function somebody(worker: number): Person {
  const name = `p${worker}-${Date.now().toString(36)}-${people++}`;
  return { name, email: `${name}@example.org` };
}

export const test = base.extend<Fixtures>({
  person: async ({}, use, info) => use(somebody(info.workerIndex)),
  another: async ({}, use, info) => use(somebody(info.workerIndex)),

  wire: async ({ page }, use) => {
    await use(new Wire(page));
  },

  // Skips what the engine can't do; `engines.ts` has the reasons.
  supported: [
    async ({}, use, info) => {
      const reasons = Object.entries<string>(info.project.metadata.unsupported).filter(([tag]) => info.tags.includes(tag));
      base.skip(reasons.length > 0, reasons[0]?.[1]);
      await use();
    },
    { auto: true },
  ],

  // Whatever the browser complains of in any tab fails the test: errors of scripts, the content security policy.
  noise: [
    async ({ context }, use) => {
      const noise: string[] = [];
      context.on("weberror", (error) => noise.push(`page error: ${error.error().message}`));
      context.on("console", (message) => {
        // The browser notes every refused call by itself; those are asserted on the wire. One page is
        // not there on purpose, and the icon is fetched whenever the browser likes, offline too.
        const { url } = message.location();
        const isExpected = /^https?:\/\/[^/]+\/((api|auth|fn)\/|no\/such\/page$|favicon\.)/.test(url);
        const isStatus = message.text().startsWith("Failed to load resource") && isExpected;
        // Chromium warns of a preloaded file that waits for more than a few seconds: many tabs on a busy machine do.
        const isLate = message.text().includes("was preloaded using link preload but not used within a few seconds");
        if (["error", "warning"].includes(message.type()) && !isStatus && !isLate) {
          noise.push(`console ${message.type()}: ${message.text()} (${url})`);
        }
      });
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      await use(noise);
      expect(noise).toEqual([]);
    },
    { auto: true },
  ],
});

/** What the engines write to the console when a file can't be loaded. (Playwright shows no message of Firefox's errors.) */
const failedLoad = /Failed to (load resource|fetch)|NetworkError when attempting to fetch|WebAssembly|: Error \(.*\/__wasm_split\./;

/** Accepts and removes what the console says about files that could not be loaded. */
export function expectOnlyFailedLoads(noise: string[]) {
  expect(noise.filter((line) => !failedLoad.test(line))).toEqual([]);
  noise.length = 0;
}

/** The headers of an answer whose body is passed on decoded. */
export function decodedHeaders(response: APIResponse) {
  const { "content-encoding": _encoding, "content-length": _length, ...headers } = response.headers();
  return headers;
}

/** Something that a test lets happen when it likes. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Opens a page and waits until it runs and knows who is logged in. */
export async function open(page: Page, path: string) {
  await page.goto(path);
  await awake(page);
}

export async function awake(page: Page, timeout?: number) {
  const root = page.locator("html[data-ready], html[data-program=stopped]");
  await root.waitFor({ state: "attached", timeout: timeout ?? 15_000 }).catch(async () => {
    throw new Error(`not awake: ${await page.evaluate(whereItStands)}`);
  });
  await expect(page.locator("html"), "the program runs").toHaveAttribute("data-program", "running");
}

/** What a page that does not wake has got so far. */
function whereItStands() {
  const files = performance.getEntriesByType("resource").map((entry) => {
    const { name, startTime, responseEnd } = entry as PerformanceResourceTiming;
    return `${new URL(name).pathname} ${Math.round(startTime)}–${Math.round(responseEnd)} ms`;
  });
  return [`${location.pathname} ${document.readyState} at ${Math.round(performance.now())} ms`, ...files].join("\n");
}

/** Signs somebody up, at the first server unless another `url` is given. */
export async function signUp(page: Page, person: Person, url = "") {
  await open(page, `${url}/signup`);
  await fillSignUp(page, person);
}

/** Signs somebody up on the page for it, which is open or about to be. */
export async function fillSignUp(page: Page, { name, email }: Person) {
  // The login page has a field of a name like this one's.
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
}

/** Logs in on the login page, which is open. */
export async function logIn(page: Page, { name }: Person) {
  await page.getByLabel("User name or e-mail").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
}

/** Goes somewhere by the page's own links: nothing is reloaded. */
export async function visit(page: Page, link: string, heading: string) {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();
  await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
}

/**
 * Waits until the server itself refuses the access token that the page holds, and until the page takes
 * it for over too: in the last moments before that, the page would refresh first and never see a 401.
 */
export async function untilExpired(page: Page, request: APIRequestContext, token: string, lifetime = 3) {
  const held = await page.evaluate(() => performance.now());
  const ask = async () => {
    const url = new URL("/api/profile", page.url()).href;
    const answer = await request.get(url, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()).code;
  };
  await expect.poll(ask, { intervals: [100] }).toBe("access_token_expired");
  await page.waitForFunction((end) => performance.now() > end, held + lifetime * 1000, { polling: 50 });
}
