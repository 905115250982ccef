import { expect, gate, logOut, open, password, refreshCookie, signUp, test, visit, waitUntilExpired, waitUntilReady } from "../fixtures.js";
import { outbox } from "../mail.js";
import { servers } from "../servers.js";

test("a deep link redirects to the login, and the login back to the page", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();

  await open(page, "/posts");
  await expect(page).toHaveURL("/login?next=/posts");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/posts");
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});

test("a login never redirects to another site", async ({ page, user, baseURL }) => {
  await signUp(page, user);
  for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]) {
    await open(page, `/login?next=${encodeURIComponent(next)}`);
    await page.getByRole("link", { name: "Continue" }).click();
    await expect(page).toHaveURL(`${baseURL}/`);
  }
});

test("after a logout the links to protected pages lead to the login", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
  await expect(page).toHaveURL("/login?next=/posts");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
});

test("logging out ends the session on the server and clears the browser", async ({ page, user, traffic, request, context }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  const token = traffic.token();
  await logOut(page);
  await expect(page).toHaveURL(`${servers.plain.url}/`);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  await expect(page.getByText(user.email)).toBeHidden();
  await expect.poll(() => traffic.lines()).toContain("POST /auth/log_out 200");
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).not.toContain(refreshCookie(servers.plain.url));
  const response = await request.get(`${servers.plain.url}/api/profile`, { headers: { authorization: `Bearer ${token}` } });
  expect((await response.json()).code).toBe("session_revoked");
  await page.reload();
  await waitUntilReady(page);
  await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a logout that does not reach the server shows a notice, is retried automatically, and can be retried at once", async ({ page, user }) => {
  await signUp(page, user);
  let refused = 0;
  // The fourth response sets Retry-After to a minute: an earlier request can only come from the button.
  await page.route("**/auth/log_out", (route) =>
    ++refused < 4 ? route.abort() : route.fulfill({ status: 503, headers: { "retry-after": "60" } }),
  );
  await logOut(page);
  await expect(page.getByText("You're logged out on this device. We'll tell the server when it's reachable.")).toBeVisible();
  await expect.poll(() => refused, { intervals: [20] }).toBe(4);
  await page.unroute("**/auth/log_out");
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  await page.reload();
  await waitUntilReady(page);
  await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
});

test("a session that reached its maximum lifetime shows the reason, and the login returns to the page", async ({ page, user, traffic }) => {
  await signUp(page, user, servers.ending.url);
  await visit(page, "Profile", "Your profile");
  const loadAgain = page.getByRole("button", { name: "Reload" });
  await expect(async () => {
    // The button disappears when the session ends.
    await loadAgain.click({ timeout: 300 }).catch(() => {});
    await expect(page.getByText("Your session expired. Please log in again.")).toBeVisible({ timeout: 300 });
  }).toPass({ timeout: 20_000 });
  await expect(page).toHaveURL(`${servers.ending.url}/login?next=/profile`);
  expect(traffic.lines().at(-1)).toBe("POST /auth/refresh 401");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Your profile" })).toBeVisible();
});

test("the reuse of a rotated refresh token ends the session, and the page shows the reason", async ({ page, user, traffic, context, playwright }) => {
  await signUp(page, user, servers.window.url);
  const cookie = refreshCookie(servers.window.url);
  const jar = await context.cookies(`${servers.window.url}/auth`);
  const stolen = jar.find(({ name }) => name === cookie)?.value ?? "";
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(user.email)).toBeVisible();

  const attacker = await playwright.request.newContext({ baseURL: servers.window.url });
  const steal = async () => {
    const response = await attacker.post("/auth/refresh", {
      headers: { cookie: `${cookie}=${stolen}`, "sec-fetch-site": "same-origin" },
    });
    return (await response.json()).code;
  };
  await expect.poll(steal, { intervals: [200] }).toBe("refresh_token_reused");
  await attacker.dispose();

  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByText("We logged you out because an old copy of your session was used.")).toBeVisible();
  await expect(page).toHaveURL(`${servers.window.url}/login?next=/profile`);
  expect(traffic.lines().slice(-2)).toEqual(["GET /api/profile 401", "POST /auth/refresh 401"]);
  expect((await context.cookies(`${servers.window.url}/auth`)).map(({ name }) => name)).not.toContain(cookie);
});

const loads = [
  { path: "/sessions", call: "/api/sessions" },
  { path: "/sessions", call: "/api/events" },
  { path: "/account", call: "/api/account" },
  { path: "/outbox", call: "/api/outbox" },
];
for (const { path, call } of loads) {
  test(`a failed load of ${call} can be retried`, async ({ page, user, traffic }) => {
    await signUp(page, user, servers.plain.url);
    await outbox(page.context().request, servers.plain.url);
    await page.route(`**${call}`, (route) => route.fulfill({ status: 500 }));
    await open(page, `${servers.plain.url}${path}`);
    const failed = page.getByRole("alert").filter({ has: page.getByRole("button", { name: "Try again" }) });
    await expect(failed).toHaveCount(1);
    await page.unroute(`**${call}`);
    traffic.clear();
    await failed.getByRole("button").click();
    await expect(failed).toHaveCount(0);
    expect(traffic.lines()).toContain(`GET ${call} 200`);
  });
}

test("a failed load of older posts can be retried", async ({ page, user, traffic }) => {
  await signUp(page, user, servers.plain.url);
  await page.route("**/api/posts", async (route) => {
    const response = await route.fetch({ maxRetries: 2 });
    const page = await response.json();
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
  await expect.poll(() => traffic.lines().filter((line) => line === "GET /api/posts 200").length).toBe(2);
});

test("a late failure of an older load does not replace the result of a newer one", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  const held = gate();
  let count = 0;
  await page.route("**/api/profile", async (route) => {
    if (count++ > 0) return route.continue();
    await held.opened;
    await route.fulfill({ status: 500 });
  });
  const loadAgain = page.getByRole("button", { name: "Reload" });
  await loadAgain.click();
  await expect.poll(() => count).toBe(1);
  const newer = page.waitForResponse((response) => response.status() === 200);
  await loadAgain.click();
  await newer;
  const late = page.waitForResponse((response) => response.status() === 500);
  held.open();
  await late;
  // The response to a later request comes after it.
  await page.evaluate(() => fetch("/healthz").then((response) => response.text()));
  await expect(page.getByRole("alert").filter({ hasText: "Try again" })).toHaveCount(0);
});

test("a failed load of a page can be retried", async ({ page, user, traffic }) => {
  await signUp(page, user);
  await page.route("**/api/posts", (route) => route.fulfill({ status: 503, body: "<html>" }), { times: 1 });
  await visit(page, "Posts", "Posts");
  await expect(page.getByText("The server can't answer right now. Please try again.")).toBeVisible();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("The server can't answer right now.")).toBeHidden();
  await expect.poll(() => traffic.lines().at(-1)).toBe("GET /api/posts 200");
});

test("a missing refresh cookie is reported as such, and not as an ended session", async ({ page, context, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  // A refresh that succeeds shows that the browser keeps the cookie.
  await waitUntilExpired(page, request, traffic.token());
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines().slice(-2)).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  await waitUntilExpired(page, request, traffic.token());
  await context.clearCookies();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByText("Your browser no longer has the login cookie. Please log in again.")).toBeVisible();
  await expect(page).toHaveURL("/login?next=/profile");
});
