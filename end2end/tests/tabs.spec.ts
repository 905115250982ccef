import type { BrowserContext, Page } from "@playwright/test";
import { accountMenu, expect, gate, logIn, logOut, open, signUp, test, visit, waitUntilExpired, waitUntilReady } from "../fixtures.js";
import { servers } from "../servers.js";

/**
 * The APIs for the coordination of tabs that a browser may lack, and the maximum number of refreshes if ten tabs find
 * their token expired at the same time.
 */
const tabApis: Record<string, { maxRefreshes: number; remove: () => void }> = {
  "all APIs": { maxRefreshes: 1, remove: () => {} },
  "no locks": {
    maxRefreshes: 10,
    remove: () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }),
  },
  "no channel": {
    maxRefreshes: 10,
    remove: () => Object.defineProperty(window, "BroadcastChannel", { value: undefined }),
  },
  "neither locks nor channel": {
    maxRefreshes: 10,
    remove: () => {
      Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
      Object.defineProperty(window, "BroadcastChannel", { value: undefined });
    },
  },
  "forbidden APIs": {
    maxRefreshes: 10,
    remove: () => {
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
  "stuck locks and channel": {
    maxRefreshes: 10,
    remove: () => {
      // The blank page in a new tab has no locks.
      if (!isSecureContext) return;
      Object.defineProperty(LockManager.prototype, "request", { value: () => new Promise(() => {}) });
      Object.defineProperty(BroadcastChannel.prototype, "postMessage", { value: () => {} });
    },
  },
};

function recordRefreshes(context: BrowserContext) {
  const statuses: number[] = [];
  context.on("response", (response) => {
    if (new URL(response.url()).pathname === "/auth/refresh") statuses.push(response.status());
  });
  return statuses;
}

async function openTabs(context: BrowserContext, first: Page, count: number, path: string) {
  const more = await Promise.all(Array.from({ length: count - 1 }, () => context.newPage()));
  const tabs = [first, ...more];
  const url = new URL(path, first.url()).href;
  await Promise.all(tabs.map((tab) => tab.goto(url)));
  // Each tab compiles the WASM, and several of these specs may run at the same time.
  for (const tab of tabs) await waitUntilReady(tab, 45_000);
  return tabs;
}

for (const [name, { maxRefreshes, remove }] of Object.entries(tabApis)) {
  const tag = name === "all APIs" ? [] : ["@without-api"];
  test(`ten tabs with an expired token and ${name} stay logged in with few refreshes`, { tag }, async ({ page, context, user, traffic, request }) => {
    test.slow();
    await signUp(page, user, servers.tabs.url);
    await visit(page, "Profile", "Your profile");
    await expect(page.getByText(user.email)).toBeVisible();
    await context.addInitScript(remove);
    const statuses = recordRefreshes(context);

    // All tabs are opened at the same time, and none has a token yet.
    const tabs = await openTabs(context, page, 10, "/profile");
    for (const tab of tabs) await expect(tab.getByText(user.email)).toBeVisible({ timeout: 45_000 });
    // All tabs use the expired token at the same time.
    // The server rounds the lifetime up to whole seconds: the token lives up to a second longer.
    await waitUntilExpired(page, request, traffic.token(), 7);
    expect(new Set(statuses.splice(0))).toEqual(new Set([200]));
    const start = Date.now();
    const responses = tabs.map((tab) => tab.waitForResponse((response) => response.url().endsWith("/api/profile") && response.ok()));
    await Promise.all(tabs.map((tab) => tab.getByRole("button", { name: "Reload" }).evaluate((button: HTMLButtonElement) => button.click())));
    await Promise.all(responses);
    // On a busy machine the ten calls may outlast the new token: one more refresh for each lifetime.
    const lifetimes = Math.floor((Date.now() - start) / 6000);
    for (const tab of tabs) await expect(accountMenu(tab)).toBeVisible();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeLessThanOrEqual(maxRefreshes + lifetimes);
  });
}

test("a logout in one tab is shown in all tabs within a second, also in one that is refreshing", async ({ page, context, user }) => {
  await signUp(page, user, servers.plain.url);
  const [, shown, refreshing] = await openTabs(context, page, 3, "/profile");
  await expect(shown.getByText(user.email)).toBeVisible();
  // The third tab is reloaded, and its refresh is in progress when the first one logs out.
  const [requested, response] = [gate(), gate()];
  await refreshing.route("**/auth/refresh", async (route) => {
    requested.open();
    await response.opened;
    await route.continue().catch(() => {});
  });
  await refreshing.reload();
  await requested.opened;
  await logOut(page);
  await expect(shown.getByText("You logged out in another tab.")).toBeVisible({ timeout: 1000 });
  await expect(shown.getByText(user.email)).toBeHidden();
  await expect(shown).toHaveURL(`${servers.plain.url}/login?next=/profile`);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  response.open();
  await expect(refreshing.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
  await expect(refreshing.getByText(user.email)).toBeHidden();
});

test("a session that the server ended shows the reason in every tab at once", async ({ page, context, user, traffic, request }) => {
  await signUp(page, user, servers.plain.url);
  const [, other] = await openTabs(context, page, 2, "/profile");
  await expect(other.getByText(user.email)).toBeVisible();
  await expect(page.getByText(user.email)).toBeVisible();
  // Another device of the same user logs out everywhere.
  const headers = { authorization: `Bearer ${traffic.token()}`, "sec-fetch-site": "same-origin" };
  expect((await request.post(`${servers.plain.url}/auth/log_out_everywhere`, { headers })).status()).toBe(200);
  await page.getByRole("button", { name: "Reload" }).click();
  for (const tab of [page, other]) {
    await expect(tab.getByText("You logged out everywhere. Please log in again.")).toBeVisible();
    await expect(tab).toHaveURL(`${servers.plain.url}/login?next=/profile`);
  }
});

for (const hasChannel of [true, false]) {
  test(`a login as another user reaches the other tab ${hasChannel ? "with" : "without"} a channel, and no data of the two users is mixed`, async ({ page, context, user, otherUser }) => {
    await signUp(page, otherUser, servers.plain.url);
    await logOut(page);
    await expect(page.getByText("You're logged out.")).toBeVisible();
    if (!hasChannel) await context.addInitScript(tabApis["no channel"].remove);
    await open(page, `${servers.plain.url}/`);
    await signUp(page, user, servers.plain.url);
    const [, other] = await openTabs(context, page, 2, "/profile");
    await expect(other.getByText(user.email)).toBeVisible();
    await logOut(page);
    await expect(page.getByText("You're logged out.")).toBeVisible();
    await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
    await logIn(page, otherUser);
    // Without a channel the other tab learns of it with its next call.
    if (!hasChannel) await other.getByRole("button", { name: "Reload" }).click();
    await expect(other.getByText(otherUser.email)).toBeVisible();
    await expect(other.getByText(user.email)).toBeHidden();
    await expect(accountMenu(other, otherUser.name)).toBeVisible();
    // A new post belongs to the other user.
    await visit(other, "Posts", "Posts");
    await other.getByLabel("What's on your mind?").fill(`by ${otherUser.name}`);
    await other.getByRole("button", { name: "Post" }).click();
    await expect(other.getByRole("listitem").filter({ hasText: `by ${otherUser.name}` }).getByText(otherUser.name, { exact: true })).toBeVisible();
  });
}

test("a login in one tab opens the page that another tab has requested", async ({ page, context, user }) => {
  await signUp(page, user, servers.plain.url);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  const waiting = await context.newPage();
  await open(waiting, `${servers.plain.url}/posts`);
  await expect(waiting).toHaveURL(`${servers.plain.url}/login?next=/posts`);
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await logIn(page, user);
  await expect(waiting).toHaveURL(`${servers.plain.url}/posts`);
  await expect(waiting.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});
