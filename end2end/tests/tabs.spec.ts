import type { BrowserContext, Page } from "@playwright/test";
import { awake, expect, gate, logIn, open, signUp, test, untilExpired, visit } from "../fixtures.js";
import { servers } from "../servers.js";

/**
 * What a browser may lack of what tabs take turns by, and how many refreshes ten tabs then need at most
 * that find their token expired at the same time.
 */
const without: Record<string, { most: number; take: () => void }> = {
  nothing: { most: 1, take: () => {} },
  locks: {
    most: 10,
    take: () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
  },
  channel: {
    most: 10,
    take: () => Object.defineProperty(window, "BroadcastChannel", { value: undefined }),
  },
  "locks and channel": {
    most: 10,
    take: () => {
      Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
      Object.defineProperty(window, "BroadcastChannel", { value: undefined });
    },
  },
  "whatever may be forbidden": {
    most: 10,
    take: () => {
      const forbid = () => {
        throw new DOMException("forbidden", "SecurityError");
      };
      Object.defineProperty(Navigator.prototype, "locks", { get: forbid });
      Object.defineProperty(window, "BroadcastChannel", { value: function () { forbid(); } });
      Object.defineProperty(window, "localStorage", { get: forbid });
      Object.defineProperty(window, "sessionStorage", { get: forbid });
      Object.defineProperty(window, "indexedDB", { get: forbid });
    },
  },
  "locks and channel that work: they are stuck": {
    most: 10,
    take: () => {
      // The blank page that every tab begins with has no locks.
      if (!isSecureContext) return;
      Object.defineProperty(LockManager.prototype, "request", { value: () => new Promise(() => {}) });
      Object.defineProperty(BroadcastChannel.prototype, "postMessage", { value: () => {} });
    },
  },
};

function refreshesOf(context: BrowserContext) {
  const statuses: number[] = [];
  context.on("response", (response) => {
    if (new URL(response.url()).pathname === "/auth/refresh") statuses.push(response.status());
  });
  return statuses;
}

async function tabsOf(context: BrowserContext, first: Page, count: number, path: string) {
  const more = await Promise.all(Array.from({ length: count - 1 }, () => context.newPage()));
  const tabs = [first, ...more];
  const address = new URL(path, first.url()).href;
  await Promise.all(tabs.map((tab) => tab.goto(address)));
  // Each compiles the program for itself, and several of these specs may run at the same time.
  for (const tab of tabs) await awake(tab, 45_000);
  return tabs;
}

for (const [name, { most, take }] of Object.entries(without)) {
  const tag = name === "nothing" ? [] : ["@without-api"];
  test(`ten tabs on an expired token, without ${name}: few refreshes and no sign-out`, { tag }, async ({ page, context, person, wire, request }) => {
    test.slow();
    await signUp(page, person, servers.tabs.url);
    await visit(page, "Profile", "Your profile");
    await expect(page.getByText(person.email)).toBeVisible();
    await context.addInitScript(take);
    const statuses = refreshesOf(context);

    // All of them are opened at the same time, and none of them has a token to begin with.
    const tabs = await tabsOf(context, page, 10, "/profile");
    for (const tab of tabs) await expect(tab.getByText(person.email)).toBeVisible({ timeout: 45_000 });
    // All of them use the expired token at the same time.
    // The server counts in whole seconds, rounded up: up to one more than it said.
    await untilExpired(page, request, wire.token(), 7);
    expect(new Set(statuses.splice(0))).toEqual(new Set([200]));
    const start = Date.now();
    const answered = tabs.map((tab) => tab.waitForResponse((answer) => answer.url().endsWith("/api/profile") && answer.ok()));
    await Promise.all(tabs.map((tab) => tab.getByRole("button", { name: "Load again" }).evaluate((button: HTMLButtonElement) => button.click())));
    await Promise.all(answered);
    // On a busy machine the ten calls may take longer than a new token lives: one more refresh for each lifetime.
    const lifetimes = Math.floor((Date.now() - start) / 6000);
    for (const tab of tabs) await expect(tab.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeLessThanOrEqual(most + lifetimes);
  });
}

test("a logout in one tab shows in all within a second, also in one that is refreshing", async ({ page, context, person }) => {
  await signUp(page, person, servers.plain.url);
  const [, shown, refreshing] = await tabsOf(context, page, 3, "/profile");
  await expect(shown.getByText(person.email)).toBeVisible();
  // The third one is loaded again, and its refresh is under way when the first one logs out.
  const [asked, answer] = [gate(), gate()];
  await refreshing.route("**/auth/refresh", async (route) => {
    asked.open();
    await answer.opened;
    await route.continue().catch(() => {});
  });
  await refreshing.reload();
  await asked.opened;
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(shown.getByText("You logged out in another tab.")).toBeVisible({ timeout: 1000 });
  await expect(shown.getByText(person.email)).toBeHidden();
  await expect(shown).toHaveURL(`${servers.plain.url}/login?next=/profile`);
  await expect(page.getByText("You are logged out.")).toBeVisible();
  answer.open();
  await expect(refreshing.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
  await expect(refreshing.getByText(person.email)).toBeHidden();
});

test("a session that the server ended shows its reason in every tab at once", async ({ page, context, person, wire, request }) => {
  await signUp(page, person, servers.plain.url);
  const [, other] = await tabsOf(context, page, 2, "/profile");
  await expect(other.getByText(person.email)).toBeVisible();
  await expect(page.getByText(person.email)).toBeVisible();
  // Another device of the same person logs out everywhere.
  const headers = { authorization: `Bearer ${wire.token()}`, "sec-fetch-site": "same-origin" };
  expect((await request.post(`${servers.plain.url}/auth/log_out_everywhere`, { headers })).status()).toBe(200);
  await page.getByRole("button", { name: "Load again" }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByText("You logged out everywhere. Please log in again.")).toBeVisible();
    await expect(tab).toHaveURL(`${servers.plain.url}/login?next=/profile`);
  }
});

for (const hasChannel of [true, false]) {
  test(`a login as somebody else is followed, ${hasChannel ? "with" : "without"} a channel, and nothing of two people is mixed`, async ({ page, context, person, another }) => {
    await signUp(page, another, servers.plain.url);
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByText("You are logged out.")).toBeVisible();
    if (!hasChannel) await context.addInitScript(without.channel.take);
    await open(page, `${servers.plain.url}/`);
    await signUp(page, person, servers.plain.url);
    const [, other] = await tabsOf(context, page, 2, "/profile");
    await expect(other.getByText(person.email)).toBeVisible();
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByText("You are logged out.")).toBeVisible();
    await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
    await logIn(page, another);
    // Without a channel the other tab finds out with its next call.
    if (!hasChannel) await other.getByRole("button", { name: "Load again" }).click();
    await expect(other.getByText(another.email)).toBeVisible();
    await expect(other.getByText(person.email)).toBeHidden();
    await expect(other.getByRole("banner").getByText(another.name)).toBeVisible();
    // What it writes now is the other person's.
    await visit(other, "Posts", "Posts");
    await other.getByLabel("Say something").fill(`by ${another.name}`);
    await other.getByRole("button", { name: "Post" }).click();
    await expect(other.getByRole("listitem").filter({ hasText: `by ${another.name}` }).getByText(another.name, { exact: true })).toBeVisible();
  });
}

test("a login in one tab opens the page that another one waits for", async ({ page, context, person }) => {
  await signUp(page, person, servers.plain.url);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
  const waiting = await context.newPage();
  await open(waiting, `${servers.plain.url}/posts`);
  await expect(waiting).toHaveURL(`${servers.plain.url}/login?next=/posts`);
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await logIn(page, person);
  await expect(waiting).toHaveURL(`${servers.plain.url}/posts`);
  await expect(waiting.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});
