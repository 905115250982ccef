// What the wire may do to a refresh. Trouble is never a logout, and nothing hangs or loops.
import type { Page, Route } from "@playwright/test";
import { awake, expect, gate, open, password, signUp, test, untilExpired, visit } from "../fixtures.js";
import { servers } from "../servers.js";

const logOut = (page: Page) => page.getByRole("button", { name: "Log out", exact: true });

/** Answers every refresh by `fault` until the returned function is called. */
async function whileRefreshes(page: Page, fault: (route: Route) => Promise<void>) {
  let isFaulty = true;
  let asked = 0;
  await page.route("**/auth/refresh", (route) => {
    asked++;
    return isFaulty ? fault(route) : route.continue();
  });
  return { asked: () => asked, mend: () => (isFaulty = false) };
}

const answers: Record<string, { status: number; contentType?: string; body: string }> = {
  "an HTML page": { status: 200, contentType: "text/html", body: "<html>Log in to the airport</html>" },
  "nothing": { status: 200, body: "" },
  "a 401 of a proxy": { status: 401, contentType: "text/html", body: "<html>Log in to the proxy</html>" },
  "no token": { status: 200, body: JSON.stringify({ token_type: "Bearer", expires_in: 60 }) },
  "a lifetime of 0": { status: 200, body: tokens({ expires_in: 0 }) },
  "a negative lifetime": { status: 200, body: tokens({ expires_in: -60 }) },
  "an enormous lifetime": { status: 200, body: tokens({ expires_in: 1e300 }) },
  "a token that no header can carry": { status: 200, body: tokens({ access_token: "two\r\nlines" }) },
};

function tokens(part: object) {
  const user = { id: "1", username: "ada", email: "ada@example.org" };
  return JSON.stringify({ access_token: "x", token_type: "Bearer", expires_in: 60, session_id: "1", session_expires_in: 60, user, ...part });
}

for (const [name, answer] of Object.entries(answers)) {
  test(`a refresh answered with ${name} ends nothing, and is asked for again`, async ({ page, person }) => {
    await signUp(page, person, servers.plain.url);
    const wire = await whileRefreshes(page, (route) => route.fulfill(answer));
    await page.reload();
    await expect(page.getByText("The server has trouble and can't answer right now.")).toBeVisible();
    await expect.poll(wire.asked).toBeGreaterThan(1);
    // While nothing is mended the button always stands.
    await page.getByRole("button", { name: "Try again" }).click();
    wire.mend();
    await expect(logOut(page)).toBeVisible();
    await expect(page.getByText("The server has trouble")).toBeHidden();
  });
}

for (const reason of ["namenotresolved", "connectionrefused", "connectionreset", "timedout"] as const) {
  test(`a refresh that fails with ${reason} is tried again by itself`, async ({ page, person }) => {
    await signUp(page, person, servers.plain.url);
    const wire = await whileRefreshes(page, (route) => route.abort(reason));
    await page.reload();
    await expect(page.getByText("The server is out of reach.")).toBeVisible();
    wire.mend();
    await expect(logOut(page)).toBeVisible();
  });
}

test("a refresh that hangs is given up after eight seconds, and nobody is signed out", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  const wire = await whileRefreshes(page, async () => {});
  await page.reload();
  await expect.poll(wire.asked).toBe(1);
  await page.clock.runFor(7900);
  await expect(page.getByText("The server is out of reach.")).toBeHidden();
  await page.clock.runFor(200);
  await expect(page.getByText("The server is out of reach.")).toBeVisible();
  wire.mend();
  await page.clock.runFor(1000);
  await expect(logOut(page)).toBeVisible();
});

test("a refresh that is slow is waited for, once, by all who need it", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  const answer = gate();
  const refreshes = await whileRefreshes(page, async (route) => {
    await answer.opened;
    await route.continue();
  });
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual(["GET /api/profile 401", "GET /api/profile 401"]);
  await expect.poll(refreshes.asked).toBe(1);
  answer.open();
  await expect.poll(() => wire.lines().filter((line) => line === "GET /api/profile 200").length).toBe(2);
  expect(refreshes.asked()).toBe(1);
});

test("a refusal that comes after the refresh is no reason for another one", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  // The first call's 401 is held back until the second one has refreshed.
  const answer = gate();
  let isFirst = true;
  await page.route("**/api/profile", async (route) => {
    const wait = isFirst;
    isFirst = false;
    const response = await route.fetch({ maxRetries: 2 });
    if (wait) await answer.opened;
    await route.fulfill({ response });
  });
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
  answer.open();
  await expect.poll(() => wire.lines().slice(3)).toEqual(["GET /api/profile 401", "GET /api/profile 200"]);
});

test("a page of somebody on the way is no word that the account was deleted", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await open(page, `${servers.plain.url}/account`);
  await page.route("**/api/account", async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    await route.fulfill({ status: 200, contentType: "text/html", body: "<html>Sign in to the airport</html>" });
  });
  await page.getByRole("button", { name: "Delete the account" }).click();
  await page.getByRole("button", { name: "Delete it for good" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server can't answer right now." })).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("a proxy that strips WWW-Authenticate does no harm", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  await page.route("**/api/profile", async (route) => {
    const response = await route.fetch({ maxRetries: 2 });
    const headers = response.headers();
    delete headers["www-authenticate"];
    await route.fulfill({ response, headers });
  });
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
});

test("a 401 with an HTML body is shown as trouble, and refreshes nothing", async ({ page, person, wire }) => {
  await signUp(page, person, servers.plain.url);
  await page.route("**/api/profile", (route) => route.fulfill({ status: 401, contentType: "text/html", body: "<html>" }), { times: 1 });
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText("The server can't answer right now. Please try again.")).toBeVisible();
  expect(wire.lines().filter((line) => line.includes("refresh"))).toEqual(["POST /auth/refresh 200"]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText(person.email)).toBeVisible();
});

test("a page that slept for hours finds its session in order when it is looked at again", async ({ page, person, wire }) => {
  await page.clock.install();
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  wire.clear();
  await page.clock.fastForward("09:00:00");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.clock.runFor(1000);
  await expect.poll(() => wire.lines()).toEqual(["POST /auth/refresh 200"]);
  await expect(logOut(page)).toBeVisible();
});

test("leaving a page aborts what it waited for, and not the refresh", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  const aborted: string[] = [];
  page.on("requestfailed", (failed) => aborted.push(new URL(failed.url()).pathname));
  // A slow load is aborted when its page is left.
  const reached = gate();
  let held: Route;
  await page.route("**/api/profile", (route) => {
    held = route;
    reached.open();
  }, { times: 1 });
  await page.getByRole("button", { name: "Load again" }).click();
  await reached.opened;
  await visit(page, "Posts", "Posts");
  // Firefox reports it only once the test lets go of the request.
  await held!.continue().catch(() => {});
  await expect.poll(() => aborted).toEqual(["/api/profile"]);

  // A refresh that the page had asked for goes on, and serves the next one.
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  const answer = gate();
  const refreshes = await whileRefreshes(page, async (route) => {
    await answer.opened;
    await route.continue();
  });
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(refreshes.asked).toBe(1);
  await visit(page, "Posts", "Posts");
  answer.open();
  await expect.poll(() => wire.lines().at(-1)).toBe("GET /api/posts 200");
  expect(refreshes.asked()).toBe(1);
});

test("a reload in the middle of a refresh costs nothing", async ({ page, person }) => {
  await signUp(page, person, servers.window.url);
  const answer = gate();
  let asked = 0;
  await page.route("**/auth/refresh", async (route) => {
    // The server answers the first one, and the page that asked is gone by then.
    if (asked++ === 0) {
      const headers = await route.request().allHeaders();
      await fetch(route.request().url(), { method: "POST", headers });
      await answer.opened;
      return route.abort();
    }
    return route.continue();
  });
  await page.reload();
  await expect.poll(() => asked).toBe(1);
  await page.reload();
  answer.open();
  await awake(page);
  await expect(logOut(page)).toBeVisible();
});

test("a browser that refuses cookies is told so plainly, before and after a login, and nothing loops", async ({ page, person, wire, context }) => {
  await signUp(page, person, servers.short.url);
  await logOut(page).click();
  await expect.poll(() => wire.lines()).toContain("POST /auth/log_out 200");
  await page.addInitScript(() => {
    Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });
  });
  // Each response that sets cookies is followed by their removal.
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname.startsWith("/auth/")) await context.clearCookies();
  });
  await open(page, "/login");
  const refused = page.getByText("This browser refuses the cookies of this site");
  await expect(refused).toBeVisible();
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(logOut(page)).toBeVisible();
  await expect(refused).toBeVisible();
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await expect(async () => {
    await page.getByRole("button", { name: "Load again" }).click({ timeout: 300 }).catch(() => {});
    await expect(page.getByText("This browser did not keep the cookie that keeps you logged in.")).toBeVisible({ timeout: 300 });
  }).toPass();
  await expect(page).toHaveURL("/login?next=/profile");
  expect(wire.lines().filter((line) => line === "POST /auth/refresh 401").length).toBeLessThanOrEqual(3);
});

test("a page of somebody on the way is no answer to a login, and says nothing of its insides", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await logOut(page).click();
  await open(page, `${servers.plain.url}/login`);
  const portal = (route: Route) => route.fulfill({ contentType: "text/html", body: "<html>Sign in to the airport</html>" });
  await page.route("**/auth/log_in", portal, { times: 1 });
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toHaveText("The server can't answer right now. Please try again.");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(logOut(page)).toBeVisible();
});
