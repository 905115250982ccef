import { accountMenu, expect, fillSignUp, gate, logIn, logOut, open, password, refreshCookie, signUp, test, visit, waitUntilExpired, waitUntilReady } from "../fixtures.js";
import { startServer } from "../own-server.js";
import { servers } from "../servers.js";

const unreachable = "Can't reach the server. You're still logged in. Retrying…";

test("offline, a banner is shown and the data stays; online again, failed requests are repeated", async ({ page, context, user }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(unreachable)).toBeVisible();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeVisible();
  await expect(page.getByText(user.email)).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(unreachable)).toBeHidden();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeHidden();
  await expect(accountMenu(page)).toBeVisible();
});

test("a request that fails while others succeed is repeated once, and then on demand", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  const methods: string[] = [];
  await page.route("**/api/profile", async (route) => {
    methods.push(route.request().method());
    await (methods.length > 2 ? route.continue() : route.abort());
  });
  await page.getByRole("button", { name: "Reload" }).click();
  const failed = page.getByRole("alert").filter({ hasText: "This request was not answered" });
  await expect(failed).toBeVisible();
  expect(methods.length).toBe(2);
  await expect(page.getByText(user.email)).toBeVisible();
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toBeHidden();
  expect(methods.length).toBe(3);
});

test("a connection that breaks once is not visible to the user", async ({ page, user, traffic }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await page.route("**/api/profile", (route) => route.abort("connectionreset"), { times: 1 });
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
});

test("a token that expires offline keeps the session, and a post is written once when online again", async ({ page, context, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await expect.poll(() => traffic.lines()).toContain("GET /api/posts 200");
  await context.setOffline(true);
  await waitUntilExpired(page, request, traffic.token());
  const text = `from the train, ${user.name}`;
  await page.getByLabel("What's on your mind?").fill(text);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeVisible();
  await expect(page.getByLabel("What's on your mind?")).toHaveValue(text);
  await context.setOffline(false);
  await expect(page.getByText(unreachable)).toBeHidden();
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
});

test("a post that fails after its page was left is restored as a draft, also after a new login", async ({ page, request, user, otherUser }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const text = `from the tunnel, ${user.name}`;
  const held = gate();
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await held.opened;
    await route.abort();
  });
  const compose = page.getByLabel("What's on your mind?");
  await compose.fill(text);
  const failed = page.waitForEvent("requestfailed");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await visit(page, "Profile", "Your profile");
  held.open();
  await failed;
  await visit(page, "Posts", "Posts");
  await expect(compose).toHaveValue(text);
  await page.unroute("**/api/posts");

  // The session is ended from elsewhere, and the same user logs in again.
  const credentials = { username: user.name, password };
  const elsewhere = await (await request.post(`${servers.plain.url}/api/login`, { data: credentials })).json();
  const headers = { authorization: `Bearer ${elsewhere.access_token}` };
  await request.delete(`${servers.plain.url}/api/sessions/others`, { headers });
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByText("This session was ended from another session. Please log in again.")).toBeVisible();
  await logIn(page, user);
  await expect(compose).toHaveValue(text);
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: "session" })).toHaveCount(0);

  // A logout discards the draft.
  await logOut(page);
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  for (const account of [otherUser, user]) {
    await page.getByRole("banner").getByRole("link", { name: account === user ? "Log in" : "Sign up" }).click();
    await (account === user ? logIn(page, account) : fillSignUp(page, account));
    await visit(page, "Posts", "Posts");
    await expect(compose).toHaveValue("");
    await logOut(page);
  }
});

test("a post in progress when its page is left is written once, and returning shows its progress", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const text = `on the way, ${user.name}`;
  const held = gate();
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() === "POST") await held.opened;
    await route.continue();
  });
  const compose = page.getByLabel("What's on your mind?");
  await compose.fill(text);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await visit(page, "Profile", "Your profile");
  await visit(page, "Posts", "Posts");
  await expect(compose).toHaveValue(text);
  await expect(page.getByRole("button", { name: "Posting…" })).toBeVisible();
  held.open();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  await expect(compose).toHaveValue("");
  await expect(page.getByRole("button", { name: "Post", exact: true })).toBeVisible();
});

test("a response to a post after the logout is not shown to the next user", async ({ page, user, otherUser }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const [first, second] = [gate(), gate()];
  let sent = 0;
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const isFirst = ++sent === 1;
    await (isFirst ? first : second).opened;
    await (isFirst ? route.fulfill({ status: 503 }) : route.continue());
  });
  const compose = page.getByLabel("What's on your mind?");
  const post = page.getByRole("button", { name: "Post", exact: true });
  const posting = page.getByRole("button", { name: "Posting…" });
  await compose.fill("never seen");
  await post.click();
  await expect(posting).toBeVisible();
  await logOut(page);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await fillSignUp(page, otherUser);
  await visit(page, "Posts", "Posts");
  const text = `once, ${otherUser.name}`;
  await compose.fill(text);
  await post.click();
  await expect(posting).toBeVisible();

  const failed = page.waitForResponse((response) => response.status() === 503);
  first.open();
  await failed;
  await posting.evaluate((button: HTMLButtonElement) => button.click());
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
  second.open();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  await expect(post).toBeVisible();
  expect(sent).toBe(2);
});

test("the guest login is disabled until it is known whether a user is logged in", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  await page.route("**/auth/refresh", (route) => route.fulfill({ status: 503 }));
  await open(page, `${servers.plain.url}/`);
  const tryIt = page.getByRole("button", { name: "Try it as a guest" });
  await expect(page.getByText("The server has a problem")).toBeVisible();
  await expect(tryIt).toBeDisabled();
  await page.unroute("**/auth/refresh");
  await expect(accountMenu(page)).toBeVisible();
  await expect(tryIt).toBeHidden();
});

test("an offline logout is sent to the server when online again", async ({ page, context, user, traffic, request }) => {
  await signUp(page, user, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  const token = traffic.token();
  const code = async () => {
    const response = await request.get(`${servers.plain.url}/api/profile`, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()).code ?? "valid";
  };
  await context.setOffline(true);
  await logOut(page);
  await expect(page.getByText("You're logged out on this device. We'll tell the server when it's reachable.")).toBeVisible();
  await expect(page.getByText(user.email)).toBeHidden();
  expect(await code()).toBe("valid");
  await context.setOffline(false);
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  await expect.poll(code).toBe("session_revoked");
  const left = (await context.cookies()).map(({ name }) => name);
  expect(left.filter((name) => /refresh|logout/.test(name))).toEqual([]);
});

test("an offline logout whose page was closed is completed by the next page", async ({ page, context, user }) => {
  await signUp(page, user, servers.plain.url);
  await context.setOffline(true);
  await logOut(page);
  await expect(page.getByText("You're logged out on this device.")).toBeVisible();
  await page.close();
  await context.setOffline(false);
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).toContain(refreshCookie(servers.plain.url));
  const next = await context.newPage();
  await open(next, `${servers.plain.url}/profile`);
  await expect(next.getByText("You're logged out.", { exact: true })).toBeVisible();
  await expect(next.getByRole("button", { name: "Log in" })).toBeVisible();
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).not.toContain(refreshCookie(servers.plain.url));
});

test("a login right after a logout that the server has not confirmed stays", async ({ page, user }) => {
  await signUp(page, user, servers.plain.url);
  // The logout hangs.
  const reached = gate();
  await page.route("**/auth/log_out", () => reached.open());
  await logOut(page);
  await reached.opened;
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await logIn(page, user);
  await page.reload();
  await waitUntilReady(page);
  await expect(accountMenu(page)).toBeVisible();
});

test("a restart of the server keeps the data on the page and the session", async ({ page, user, traffic }, info) => {
  const server = await startServer(info);
  try {
    await signUp(page, user, server.url);
    await visit(page, "Profile", "Your profile");
    await expect(page.getByText(user.email)).toBeVisible();
    await server.stop();
    await page.getByRole("button", { name: "Reload" }).click();
    await expect(page.getByText(unreachable)).toBeVisible();
    await expect(page.getByText(user.email)).toBeVisible();
    await server.start();
    await expect(page.getByText(unreachable)).toBeHidden();
    await expect(page.getByRole("alert").filter({ hasText: "unreachable" })).toBeHidden();
    await page.reload();
    await expect(page.getByText(user.email)).toBeVisible();
    expect(traffic.lines().at(-1)).toBe("GET /api/profile 200");
  } finally {
    await server.stop();
  }
});

test("an offline login shows an error and works when online again", async ({ page, context, user, traffic }) => {
  await signUp(page, user, servers.plain.url);
  await logOut(page);
  await expect.poll(() => traffic.lines()).toContain("POST /auth/log_out 200");
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await context.setOffline(true);
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page)).toBeVisible();
});
