// Fixtures and helpers of all specs: recorded traffic, new users, and the check that browsers report no errors.
import { test as base, expect, type APIRequestContext, type APIResponse, type Browser, type Locator, type Page } from "@playwright/test";

export { expect };

export const password = "correct horse battery";

/** The name of a cookie of the server at `url`: it has a prefix over https, and ends with the port over http. */
function cookieName(name: string, url: string) {
  const { protocol, port } = new URL(url);
  return protocol === "https:" ? `${name === "refresh" ? "__Secure" : "__Host"}-handstamp_${name}` : `handstamp_${name}_${port || 80}`;
}

export const refreshCookie = (url: string) => cookieName("refresh", url);
export const attemptCookie = (url: string) => cookieName("attempt", url);

export interface Exchange {
  method: string;
  path: string;
  status: number;
  /** The access token that the request carried. */
  bearer: string | undefined;
}

/** Records the page's calls of the cookie API, the JSON API and the server functions, in the order of the responses. */
export class Traffic {
  exchanges: Exchange[] = [];

  constructor(page: Page) {
    page.on("response", async (response) => {
      const request = response.request();
      const path = new URL(response.url()).pathname;
      if (!/^\/(api|auth|fn)/.test(path)) return;
      const bearer = request.headers()["authorization"]?.replace("Bearer ", "");
      this.exchanges.push({ method: request.method(), path, status: response.status(), bearer });
    });
  }

  clear() {
    this.exchanges = [];
  }

  /** Each exchange as a line such as `POST /auth/refresh 200`. */
  lines() {
    return this.exchanges.map(({ method, path, status }) => `${method} ${path} ${status}`);
  }

  /** The access token of the last request that carried one. */
  token() {
    const token = this.exchanges.findLast(({ bearer }) => bearer)?.bearer;
    if (!token) throw new Error("no request carried an access token yet");
    return token;
  }
}

export interface User {
  name: string;
  email: string;
}

interface Fixtures {
  traffic: Traffic;
  user: User;
  otherUser: User;
  supported: void;
  browserErrors: string[];
}

let userCount = 0;

function newUser(worker: number): User {
  const name = `p${worker}-${Date.now().toString(36)}-${userCount++}`;
  return { name, email: `${name}@example.org` };
}

export const test = base.extend<Fixtures>({
  user: async ({}, use, info) => use(newUser(info.workerIndex)),
  otherUser: async ({}, use, info) => use(newUser(info.workerIndex)),

  traffic: async ({ page }, use) => {
    await use(new Traffic(page));
  },

  // Skips tests that the engine does not support; `engines.ts` has the reasons.
  supported: [
    async ({}, use, info) => {
      const reasons = Object.entries<string>(info.project.metadata.unsupported).filter(([tag]) => info.tags.includes(tag));
      base.skip(reasons.length > 0, reasons[0]?.[1]);
      await use();
    },
    { auto: true },
  ],

  // A test fails after a script error, a console error or warning, or a content security policy violation in any tab.
  browserErrors: [
    async ({ context }, use) => {
      const errors: string[] = [];
      context.on("weberror", (error) => errors.push(`page error: ${error.error().message}`));
      context.on("console", (message) => {
        // Browsers log every failed call; the specs assert the calls themselves. One page is missing on purpose, and
        // browsers fetch the icon at any time, also offline.
        const { url } = message.location();
        const isExpected = /^https?:\/\/[^/]+\/((api|auth|fn)\/|no\/such\/page$|favicon\.)/.test(url);
        const isStatus = message.text().startsWith("Failed to load resource") && isExpected;
        // Chromium warns of a preloaded file that is unused for some seconds, as with many tabs on a busy machine.
        const isLate = message.text().includes("was preloaded using link preload but not used within a few seconds");
        // A navigation aborts the prefetch of the other pages. Firefox reports that, without a name or a message.
        const isAbortedPrefetch = message.text() === "Error" && /\/pkg\/__wasm_split\.[^/]+\.js$/.test(url);
        if (["error", "warning"].includes(message.type()) && !isStatus && !isLate && !isAbortedPrefetch) {
          errors.push(`console ${message.type()}: ${message.text()} (${url})`);
        }
      });
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

/** What the engines log if a file can't be loaded. (Playwright reports errors of Firefox without their message.) */
const failedLoad = /Failed to (load resource|fetch)|NetworkError when attempting to fetch|WebAssembly|: Error \(.*\/__wasm_split\./;

/** Accepts and removes the browser errors about files that could not be loaded. */
export function expectOnlyFailedLoads(browserErrors: string[]) {
  expect(browserErrors.filter((line) => !failedLoad.test(line))).toEqual([]);
  browserErrors.length = 0;
}

/** The headers of a response whose body is passed on decoded. */
export function decodedHeaders(response: APIResponse) {
  const { "content-encoding": _encoding, "content-length": _length, ...headers } = response.headers();
  return headers;
}

/** A promise, `opened`, that the test resolves with `open`. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Opens a page and waits until it is hydrated and knows whether a user is logged in. */
export async function open(page: Page, path: string) {
  await page.goto(path);
  await waitUntilReady(page);
}

export async function waitUntilReady(page: Page, timeout?: number) {
  const root = page.locator("html[data-ready], html[data-program=stopped]");
  await root.waitFor({ state: "attached", timeout: timeout ?? 15_000 }).catch(async () => {
    throw new Error(`the page is not ready: ${await page.evaluate(loadingState)}`);
  });
  await expect(page.locator("html"), "the app runs").toHaveAttribute("data-program", "running");
}

/** The state of a page that does not become ready: its ready state, and the files that it has loaded. */
function loadingState() {
  const files = performance.getEntriesByType("resource").map((entry) => {
    const { name, startTime, responseEnd } = entry as PerformanceResourceTiming;
    return `${new URL(name).pathname} ${Math.round(startTime)}–${Math.round(responseEnd)} ms`;
  });
  return [`${location.pathname} ${document.readyState} at ${Math.round(performance.now())} ms`, ...files].join("\n");
}

/** A page in a browser of its own, without the cookies of the others. */
export async function otherBrowser(browser: Browser, baseURL: string | undefined) {
  return (await browser.newContext({ baseURL })).newPage();
}

/** Signs a user up, at the spec's `baseURL` unless another `url` is given. */
export async function signUp(page: Page, user: User, url = "") {
  await open(page, `${url}/signup`);
  await fillSignUp(page, user);
}

/** Signs a user up on the sign-up page, which is open or being opened. */
export async function fillSignUp(page: Page, { name, email }: User) {
  // The login page has a field with a similar name.
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await leaveWelcome(page, name);
}

/** Leaves the page that greets a new user, for the next one. */
export async function leaveWelcome(page: Page, name: string) {
  await expect(page.getByRole("heading", { name: `Welcome, ${name}!` })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { name: `Welcome, ${name}!` })).toBeHidden();
  await expect(accountMenu(page)).toBeVisible();
}

/** Logs in on the login page, which is open. */
export async function logIn(page: Page, { name }: User) {
  await page.getByLabel("Username or email").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page)).toBeVisible();
}

/** The button of the account menu, which is shown while a user is logged in; of this user if a name is given. */
export const accountMenu = (page: Page, name = "") => page.getByRole("button", { name: new RegExp(`^Account menu of ${name}`) });

/** Logs out with the account menu. */
export async function logOut(page: Page) {
  await accountMenu(page).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
}

/** Answers a dialog that has just been opened. Its button is disabled at first, because of double clicks. */
export async function answerDialog(page: Page, name: string, answer: string, fill = async (_dialog: Locator) => {}) {
  const dialog = page.getByRole("dialog", { name });
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await fill(dialog);
  await dialog.getByRole("button", { name: answer, exact: true }).click();
}

/** The links of the account menu; the others are in the navigation. */
const menuLinks: Record<string, string> = { Profile: "Settings", Sessions: "Sessions" };

/** Follows a link of the account menu or the navigation, which loads no new document. */
export async function visit(page: Page, link: string, heading: string) {
  const inMenu = menuLinks[link];
  if (inMenu) {
    await accountMenu(page).click();
    await page.locator("#account-menu").getByRole("link", { name: inMenu }).click();
  } else {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();
  }
  await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
}

/**
 * Waits until the server rejects the page's access token, and until the token is expired by the page's own clock:
 * shortly before that, the page refreshes without a 401.
 */
export async function waitUntilExpired(page: Page, request: APIRequestContext, token: string, lifetime = 3) {
  const start = await page.evaluate(() => performance.now());
  const errorCode = async () => {
    const url = new URL("/api/profile", page.url()).href;
    const response = await request.get(url, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()).code;
  };
  await expect.poll(errorCode, { intervals: [100] }).toBe("access_token_expired");
  await page.waitForFunction((end) => performance.now() > end, start + lifetime * 1000, { polling: 50 });
}
