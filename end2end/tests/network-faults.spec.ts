// Network faults during a refresh: none of them logs out, hangs or loops.
import type { Page, Route } from "@playwright/test";
import { accountMenu, answerDialog, expect, gate, logOut, open, password, signUp, test, visit, waitUntilExpired, waitUntilReady } from "../fixtures.js";
import { servers } from "../servers.js";

/** Handles every refresh with `fault` until `restore` is called. */
async function breakRefreshes(page: Page, fault: (route: Route) => Promise<void>) {
  let isFaulty = true;
  let count = 0;
  await page.route("**/auth/refresh", (route) => {
    count++;
    return isFaulty ? fault(route) : route.continue();
  });
  return { count: () => count, restore: () => (isFaulty = false) };
}

const badResponses: Record<string, { status: number; contentType?: string; body: string }> = {
  "an HTML page": { status: 200, contentType: "text/html", body: "<html>Log in to the airport</html>" },
  "an empty body": { status: 200, body: "" },
  "a 401 from a proxy": { status: 401, contentType: "text/html", body: "<html>Log in to the proxy</html>" },
  "no token": { status: 200, body: JSON.stringify({ token_type: "Bearer", expires_in: 60 }) },
  "a lifetime of 0": { status: 200, body: tokens({ expires_in: 0 }) },
  "a negative lifetime": { status: 200, body: tokens({ expires_in: -60 }) },
  "an enormous lifetime": { status: 200, body: tokens({ expires_in: 1e300 }) },
  "a token that is no valid header value": { status: 200, body: tokens({ access_token: "two\r\nlines" }) },
};

function tokens(part: object) {
  const user = { id: "1", username: "ada", email: "ada@example.org" };
  return JSON.stringify({ access_token: "x", token_type: "Bearer", expires_in: 60, session_id: "1", session_expires_in: 60, user, ...part });
}

for (const [name, response] of Object.entries(badResponses)) {
  test(`a refresh answered with ${name} keeps the session, and is retried`, async ({ page, user }) => {
    await signUp(page, user, servers.plain.url);
    const refreshes = await breakRefreshes(page, (route) => route.fulfill(response));
    await page.reload();
    await expect(page.getByText("The server has a problem right now.")).toBeVisible();
    await expect.poll(refreshes.count).toBeGreaterThan(1);
    // The button is available during the whole fault.
    await page.getByRole("button", { name: "Retry now" }).click();
    refreshes.restore();
    await expect(accountMenu(page)).toBeVisible();
    await expect(page.getByText("The server has a problem")).toBeHidden();
  });
}

for (const reason of ["namenotresolved", "connectionrefused", "connectionreset", "timedout"] as const) {
  test(`a refresh that fails with ${reason} is retried automatically`, async ({ page, user }) => {
    await signUp(page, user, servers.plain.url);
    const refreshes = await breakRefreshes(page, (route) => route.abort(reason));
    await page.reload();
    await expect(page.getByText("Can't reach the server.")).toBeVisible();
    refreshes.restore();
    await expect(accountMenu(page)).toBeVisible();
  });
}

test("a refresh that hangs times out after eight seconds, and keeps the session", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  const refreshes = await breakRefreshes(page, async () => {});
  await page.reload();
  await expect.poll(refreshes.count).toBe(1);
  await page.clock.runFor(7900);
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
  await page.clock.runFor(200);
  await expect(page.getByText("Can't reach the server.")).toBeVisible();
  refreshes.restore();
  await page.clock.runFor(1000);
  await expect(accountMenu(page)).toBeVisible();
});

test("concurrent calls wait for one slow refresh", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  const response = gate();
  const refreshes = await breakRefreshes(page, async (route) => {
    await response.opened;
    await route.continue();
  });
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual(["GET /api/profile 401", "GET /api/profile 401"]);
  await expect.poll(refreshes.count).toBe(1);
  response.open();
  await expect.poll(() => traffic.lines().filter((line) => line === "GET /api/profile 200").length).toBe(2);
  expect(refreshes.count()).toBe(1);
});

test("a 401 that arrives after the refresh causes no second refresh", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  // The first call's 401 is held back until the second one has refreshed.
  const unauthorized = gate();
  let isFirst = true;
  await page.route("**/api/profile", async (route) => {
    const isHeld = isFirst;
    isFirst = false;
    const response = await route.fetch({ maxRetries: 2 });
    if (isHeld) await unauthorized.opened;
    await route.fulfill({ response });
  });
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
  unauthorized.open();
  await expect.poll(() => traffic.lines().slice(3)).toEqual(["GET /api/profile 401", "GET /api/profile 200"]);
});

test("a captive-portal page is not accepted as the response to an account deletion", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await open(page, `${servers.plain.url}/account`);
  await page.route("**/api/account", async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    await route.fulfill({ status: 200, contentType: "text/html", body: "<html>Sign in to the airport</html>" });
  });
  await page.getByRole("button", { name: "Delete account" }).click();
  await answerDialog(page, "Delete your account?", "Delete permanently", async (dialog) => {
    await dialog.getByLabel("Username").fill(user.name);
    await dialog.getByLabel("Password").fill(password);
  });
  await expect(page.getByRole("alert").filter({ hasText: "The server can't answer right now." })).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();
});

test("an expired token is refreshed if a proxy strips WWW-Authenticate", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  await page.route("**/api/profile", async (route) => {
    const response = await route.fetch({ maxRetries: 2 });
    const headers = response.headers();
    delete headers["www-authenticate"];
    await route.fulfill({ response, headers });
  });
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
});

test("a 401 with an HTML body is shown as a server error, and causes no refresh", async ({ page, user, traffic }) => {
  await signUp(page, user, servers.plain.url);
  await page.route("**/api/profile", (route) => route.fulfill({ status: 401, contentType: "text/html", body: "<html>" }), { times: 1 });
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText("The server can't answer right now. Please try again.")).toBeVisible();
  expect(traffic.lines().filter((line) => line.includes("refresh"))).toEqual(["POST /auth/refresh 200"]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText(user.email)).toBeVisible();
});

test("a page that becomes visible after hours refreshes its session", async ({ page, user, traffic }) => {
  await page.clock.install();
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  traffic.clear();
  await page.clock.fastForward("09:00:00");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.clock.runFor(1000);
  await expect.poll(() => traffic.lines()).toEqual(["POST /auth/refresh 200"]);
  await expect(accountMenu(page)).toBeVisible();
});

test("leaving a page aborts its requests, and not the refresh", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  const aborted: string[] = [];
  page.on("requestfailed", (failed) => aborted.push(new URL(failed.url()).pathname));
  // Leaving a page aborts its slow request.
  const reached = gate();
  let held: Route;
  await page.route("**/api/profile", (route) => {
    held = route;
    reached.open();
  }, { times: 1 });
  await page.getByRole("button", { name: "Reload" }).click();
  await reached.opened;
  await visit(page, "Posts", "Posts");
  // Firefox reports the abort only after the test continues the request.
  await held!.continue().catch(() => {});
  await expect.poll(() => aborted).toEqual(["/api/profile"]);

  // A refresh that the page has started continues, and the next page uses it.
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  const response = gate();
  const refreshes = await breakRefreshes(page, async (route) => {
    await response.opened;
    await route.continue();
  });
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(refreshes.count).toBe(1);
  await visit(page, "Posts", "Posts");
  response.open();
  await expect.poll(() => traffic.lines().at(-1)).toBe("GET /api/posts 200");
  expect(refreshes.count()).toBe(1);
});

test("a reload during a refresh keeps the session", async ({ page, user }) => {
  await signUp(page, user, servers.window.url);
  const response = gate();
  let count = 0;
  await page.route("**/auth/refresh", async (route) => {
    // The server handles the first refresh, whose page is already gone.
    if (count++ === 0) {
      const headers = await route.request().allHeaders();
      await fetch(route.request().url(), { method: "POST", headers });
      await response.opened;
      return route.abort();
    }
    return route.continue();
  });
  await page.reload();
  await expect.poll(() => count).toBe(1);
  await page.reload();
  response.open();
  await waitUntilReady(page);
  await expect(accountMenu(page)).toBeVisible();
});

test("a browser that blocks cookies gets a notice before and after a login, and the page does not loop", async ({ page, user, traffic, context }) => {
  await signUp(page, user, servers.short.url);
  await logOut(page);
  await expect.poll(() => traffic.lines()).toContain("POST /auth/log_out 200");
  await page.addInitScript(() => {
    Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
  });
  // Removes the cookies that each response sets.
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname.startsWith("/auth/")) await context.clearCookies();
  });
  await open(page, "/login");
  const notice = page.getByText("Your browser blocks cookies for this site");
  await expect(notice).toBeVisible();
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page)).toBeVisible();
  await expect(notice).toBeVisible();
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await expect(async () => {
    await page.getByRole("button", { name: "Reload" }).click({ timeout: 300 }).catch(() => {});
    await expect(page.getByText("Your browser didn't save the login cookie.")).toBeVisible({ timeout: 300 });
  }).toPass();
  await expect(page).toHaveURL("/login?next=/profile");
  expect(traffic.lines().filter((line) => line === "POST /auth/refresh 401").length).toBeLessThanOrEqual(3);
});

test("a captive-portal page is not accepted as a login response, and its content is not shown", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await logOut(page);
  await open(page, `${servers.plain.url}/login`);
  const portal = (route: Route) => route.fulfill({ contentType: "text/html", body: "<html>Sign in to the airport</html>" });
  await page.route("**/auth/log_in", portal, { times: 1 });
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toHaveText("The server can't answer right now. Please try again.");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page)).toBeVisible();
});
