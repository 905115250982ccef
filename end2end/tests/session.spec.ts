import { awake, expect, gate, open, outbox, password, refreshCookie, signUp, test, untilExpired, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test("a deep link leads through the login and back", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();

  await open(page, "/posts");
  await expect(page).toHaveURL("/login?next=/posts");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/posts");
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});

test("the way back never leads to another site", async ({ page, person, baseURL }) => {
  await signUp(page, person);
  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]) {
    await open(page, `/login?next=${encodeURIComponent(next)}`);
    await expect(page).toHaveURL(`${baseURL}/`);
  }
});

test("after a logout the links of the pages lead to the login", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
  await expect(page).toHaveURL("/login?next=/posts");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});

test("logging out ends the session on the server and clears the browser", async ({ page, person, wire, request, context }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  const token = wire.token();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL(`${servers.plain.url}/`);
  await expect(page.getByText("You are logged out.")).toBeVisible();
  await expect(page.getByText(person.email)).toBeHidden();
  await expect.poll(() => wire.lines()).toContain("POST /auth/log_out 200");
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).not.toContain(refreshCookie(servers.plain.url));
  const answer = await request.get(`${servers.plain.url}/api/profile`, { headers: { authorization: `Bearer ${token}` } });
  expect((await answer.json()).code).toBe("session_revoked");
  await page.reload();
  await awake(page);
  await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a logout that the server can't hear says so, is told again by itself, and can be told at once", async ({ page, person }) => {
  await signUp(page, person);
  let refused = 0;
  // After the fourth try it asks for a minute: what comes sooner comes from the button.
  await page.route("**/auth/log_out", (route) =>
    ++refused < 4 ? route.abort() : route.fulfill({ status: 503, headers: { "retry-after": "60" } }),
  );
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out here. The server will be told as soon as it can be reached.")).toBeVisible();
  await expect.poll(() => refused, { intervals: [20] }).toBe(4);
  await page.unroute("**/auth/log_out");
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  await page.reload();
  await awake(page);
  await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a session that reached its end says so and leads back", async ({ page, person, wire }) => {
  await signUp(page, person, servers.ending.url);
  await visit(page, "Profile", "Your profile");
  const loaded = page.getByRole("button", { name: "Load again" });
  await expect(async () => {
    // The button goes with the session.
    await loaded.click({ timeout: 300 }).catch(() => {});
    await expect(page.getByText("Your session reached its end. Please log in again.")).toBeVisible({ timeout: 300 });
  }).toPass({ timeout: 20_000 });
  await expect(page).toHaveURL(`${servers.ending.url}/login?next=/profile`);
  expect(wire.lines().at(-1)).toBe("POST /auth/refresh 401");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Your profile" })).toBeVisible();
});

test("a spent token that comes back ends the session and the person is told why", async ({ page, person, wire, context, playwright }) => {
  await signUp(page, person, servers.window.url);
  const cookie = refreshCookie(servers.window.url);
  const jar = await context.cookies(`${servers.window.url}/auth`);
  const stolen = jar.find(({ name }) => name === cookie)?.value ?? "";
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(person.email)).toBeVisible();

  const thief = await playwright.request.newContext({ baseURL: servers.window.url });
  const steal = async () => {
    const answer = await thief.post("/auth/refresh", {
      headers: { cookie: `${cookie}=${stolen}`, "sec-fetch-site": "same-origin" },
    });
    return (await answer.json()).code;
  };
  await expect.poll(steal, { intervals: [200] }).toBe("refresh_token_reused");
  await thief.dispose();

  await page.getByRole("button", { name: "Load again" }).click();
  await expect(page.getByText("We ended this session because an old refresh token was used again.")).toBeVisible();
  await expect(page).toHaveURL(`${servers.window.url}/login?next=/profile`);
  expect(wire.lines().slice(-2)).toEqual(["GET /api/profile 401", "POST /auth/refresh 401"]);
  expect((await context.cookies(`${servers.window.url}/auth`)).map(({ name }) => name)).not.toContain(cookie);
});

const loads = [
  { path: "/sessions", call: "/api/sessions" },
  { path: "/sessions", call: "/api/events" },
  { path: "/account", call: "/api/account" },
  { path: "/outbox", call: "/api/outbox" },
];
for (const { path, call } of loads) {
  test(`a load of ${call} that failed has a Try again that works`, async ({ page, person, wire }) => {
    await signUp(page, person, servers.plain.url);
    await outbox(page.context().request, servers.plain.url);
    await page.route(`**${call}`, (route) => route.fulfill({ status: 500 }));
    await open(page, `${servers.plain.url}${path}`);
    const failed = page.getByRole("alert").filter({ has: page.getByRole("button", { name: "Try again" }) });
    await expect(failed).toHaveCount(1);
    await page.unroute(`**${call}`);
    wire.clear();
    await failed.getByRole("button").click();
    await expect(failed).toHaveCount(0);
    expect(wire.lines()).toContain(`GET ${call} 200`);
  });
}

test("older posts that failed to load have a Try again that works", async ({ page, person, wire }) => {
  await signUp(page, person, servers.plain.url);
  await page.route("**/api/posts", async (route) => {
    const answer = await route.fetch({ maxRetries: 2 });
    const page = await answer.json();
    await route.fulfill({ json: { ...page, next: "00000000-0000-7000-8000-000000000000" } });
  });
  await page.route("**/api/posts?before=*", (route) => route.fulfill({ status: 500 }));
  await visit(page, "Posts", "Posts");
  await page.getByRole("button", { name: "Older posts" }).click();
  const again = page.getByRole("alert").getByRole("button", { name: "Try again" });
  await expect(again).toBeVisible();
  await page.unroute("**/api/posts?before=*");
  await again.click();
  await expect(again).toBeHidden();
  await expect.poll(() => wire.lines().filter((line) => line === "GET /api/posts 200").length).toBe(2);
});

test("an older load that fails late takes nothing away from a newer one", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  const held = gate();
  let asked = 0;
  await page.route("**/api/profile", async (route) => {
    if (asked++ > 0) return route.continue();
    await held.opened;
    await route.fulfill({ status: 500 });
  });
  const loadAgain = page.getByRole("button", { name: "Load again" });
  await loadAgain.click();
  await expect.poll(() => asked).toBe(1);
  const newer = page.waitForResponse((answer) => answer.status() === 200);
  await loadAgain.click();
  await newer;
  const late = page.waitForResponse((answer) => answer.status() === 500);
  held.open();
  await late;
  // What the page asks for after that is answered after it.
  await page.evaluate(() => fetch("/healthz").then((answer) => answer.text()));
  await expect(page.getByRole("alert").filter({ hasText: "Try again" })).toHaveCount(0);
});

test("a failed load has a Try again that works", async ({ page, person, wire }) => {
  await signUp(page, person);
  await page.route("**/api/posts", (route) => route.fulfill({ status: 503, body: "<html>" }), { times: 1 });
  await visit(page, "Posts", "Posts");
  await expect(page.getByText("The server can't answer right now. Please try again.")).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("The server can't answer right now.")).toBeHidden();
  await expect.poll(() => wire.lines().at(-1)).toBe("GET /api/posts 200");
});

test("a cookie that the browser has lost is said so, and not that the session was ended", async ({ page, context, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  // A refresh that succeeds shows that the browser keeps the cookie.
  await untilExpired(page, request, wire.token());
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines().slice(-2)).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  await untilExpired(page, request, wire.token());
  await context.clearCookies();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect(page.getByText("This browser no longer has the cookie that kept you logged in. Please log in again.")).toBeVisible();
  await expect(page).toHaveURL("/login?next=/profile");
});
