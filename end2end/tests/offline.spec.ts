import { awake, expect, fillSignUp, gate, logIn, open, password, refreshCookie, signUp, test, untilExpired, visit } from "../fixtures.js";
import { startServer } from "../own-server.js";
import { servers } from "../servers.js";

const outOfReach = "The server is out of reach. You are still logged in. We keep trying.";

test("offline: a banner, the data stays, and what failed is loaded when the network is back", async ({ page, context, person }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(outOfReach)).toBeVisible();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeVisible();
  await expect(page.getByText(person.email)).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(outOfReach)).toBeHidden();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeHidden();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("a request that fails while others are answered is repeated once, and then on demand", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  const asked: string[] = [];
  await page.route("**/api/profile", async (route) => {
    asked.push(route.request().method());
    await (asked.length > 2 ? route.continue() : route.abort());
  });
  await page.getByRole("button", { name: "Load again" }).click();
  const failed = page.getByRole("alert").filter({ hasText: "This request was not answered" });
  await expect(failed).toBeVisible();
  expect(asked.length).toBe(2);
  await expect(page.getByText(person.email)).toBeVisible();
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toBeHidden();
  expect(asked.length).toBe(3);
});

test("a connection that breaks once is nothing that the user sees", async ({ page, person, wire }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await page.route("**/api/profile", (route) => route.abort("connectionreset"), { times: 1 });
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
});

test("offline past the token's life: nobody is signed out, and a post is written once when it can be", async ({ page, context, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Posts", "Posts");
  await expect.poll(() => wire.lines()).toContain("GET /api/posts 200");
  await context.setOffline(true);
  await untilExpired(page, request, wire.token());
  const text = `from the train, ${person.name}`;
  await page.getByLabel("Say something").fill(text);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeVisible();
  await expect(page.getByLabel("Say something")).toHaveValue(text);
  await context.setOffline(false);
  await expect(page.getByText(outOfReach)).toBeHidden();
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
});

test("a post that fails when its page is left is there again when its author comes back, also after a new login", async ({ page, request, person, another }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const text = `from the tunnel, ${person.name}`;
  const held = gate();
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await held.opened;
    await route.abort();
  });
  const compose = page.getByLabel("Say something");
  await compose.fill(text);
  const failed = page.waitForEvent("requestfailed");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await visit(page, "Profile", "Your profile");
  held.open();
  await failed;
  await visit(page, "Posts", "Posts");
  await expect(compose).toHaveValue(text);
  await page.unroute("**/api/posts");

  // The session is ended from elsewhere: whoever logs in again as the same person goes on.
  const credentials = { username: person.name, password };
  const elsewhere = await (await request.post(`${servers.plain.url}/api/login`, { data: credentials })).json();
  const headers = { authorization: `Bearer ${elsewhere.access_token}` };
  await request.delete(`${servers.plain.url}/api/sessions/others`, { headers });
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByText("You ended this session from another device. Please log in again.")).toBeVisible();
  await logIn(page, person);
  await expect(compose).toHaveValue(text);
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: "session" })).toHaveCount(0);

  // Who logs out takes it along.
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  for (const who of [another, person]) {
    await page.getByRole("banner").getByRole("link", { name: who === person ? "Log in" : "Sign up" }).click();
    await (who === person ? logIn(page, who) : fillSignUp(page, who));
    await visit(page, "Posts", "Posts");
    await expect(compose).toHaveValue("");
    await page.getByRole("button", { name: "Log out", exact: true }).click();
  }
});

test("a post that is under way when its page is left is written once, and shown where one comes back", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const text = `on the way, ${person.name}`;
  const held = gate();
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() === "POST") await held.opened;
    await route.continue();
  });
  const compose = page.getByLabel("Say something");
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

test("a post that is answered after its author has logged out says nothing to who posts next", async ({ page, person, another }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Posts", "Posts");
  const [first, second] = [gate(), gate()];
  let sent = 0;
  await page.route("**/api/posts", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const isFirst = ++sent === 1;
    await (isFirst ? first : second).opened;
    await (isFirst ? route.fulfill({ status: 503 }) : route.continue());
  });
  const compose = page.getByLabel("Say something");
  const post = page.getByRole("button", { name: "Post", exact: true });
  const posting = page.getByRole("button", { name: "Posting…" });
  await compose.fill("never seen");
  await post.click();
  await expect(posting).toBeVisible();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await fillSignUp(page, another);
  await visit(page, "Posts", "Posts");
  const text = `once, ${another.name}`;
  await compose.fill(text);
  await post.click();
  await expect(posting).toBeVisible();

  const failed = page.waitForResponse((answer) => answer.status() === 503);
  first.open();
  await failed;
  await posting.evaluate((button: HTMLButtonElement) => button.click());
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
  second.open();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  await expect(post).toBeVisible();
  expect(sent).toBe(2);
});

test("who can't know yet whether somebody is logged in is offered no guest account", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  await page.route("**/auth/refresh", (route) => route.fulfill({ status: 503 }));
  await open(page, `${servers.plain.url}/`);
  const tryIt = page.getByRole("button", { name: "Try it" });
  await expect(page.getByText("The server has trouble")).toBeVisible();
  await expect(tryIt).toBeDisabled();
  await page.unroute("**/auth/refresh");
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await expect(tryIt).toBeHidden();
});

test("a logout while offline is told to the server when the network is back", async ({ page, context, person, wire, request }) => {
  await signUp(page, person, servers.plain.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  const token = wire.token();
  const code = async () => {
    const answer = await request.get(`${servers.plain.url}/api/profile`, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()).code ?? "in order";
  };
  await context.setOffline(true);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out here. The server will be told as soon as it can be reached.")).toBeVisible();
  await expect(page.getByText(person.email)).toBeHidden();
  expect(await code()).toBe("in order");
  await context.setOffline(false);
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  await expect.poll(code).toBe("session_revoked");
  const left = (await context.cookies()).map(({ name }) => name);
  expect(left.filter((name) => /refresh|logout/.test(name))).toEqual([]);
});

test("a logout while offline outlives its page: whoever opens the next one is not logged in", async ({ page, context, person }) => {
  await signUp(page, person, servers.plain.url);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out here.")).toBeVisible();
  await page.close();
  await context.setOffline(false);
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).toContain(refreshCookie(servers.plain.url));
  const next = await context.newPage();
  await open(next, `${servers.plain.url}/profile`);
  await expect(next.getByText("You are logged out.", { exact: true })).toBeVisible();
  await expect(next.getByRole("button", { name: "Log in" })).toBeVisible();
  expect((await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name)).not.toContain(refreshCookie(servers.plain.url));
});

test("a login right after a logout that is still to be told stays", async ({ page, person }) => {
  await signUp(page, person, servers.plain.url);
  // The logout hangs for as long as the test likes.
  const reached = gate();
  await page.route("**/auth/log_out", () => reached.open());
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await reached.opened;
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await logIn(page, person);
  await page.reload();
  await awake(page);
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("across a restart of the server: the data stays, and the session goes on", async ({ page, person, wire }, info) => {
  const server = await startServer(info);
  try {
    await signUp(page, person, server.url);
    await visit(page, "Profile", "Your profile");
    await expect(page.getByText(person.email)).toBeVisible();
    await server.stop();
    await page.getByRole("button", { name: "Load again" }).click();
    await expect(page.getByText(outOfReach)).toBeVisible();
    await expect(page.getByText(person.email)).toBeVisible();
    await server.start();
    await expect(page.getByText(outOfReach)).toBeHidden();
    await expect(page.getByRole("alert").filter({ hasText: "out of reach" })).toBeHidden();
    await page.reload();
    await expect(page.getByText(person.email)).toBeVisible();
    expect(wire.lines().at(-1)).toBe("GET /api/profile 200");
  } finally {
    await server.stop();
  }
});

test("a login while the server is away says so and works when it is back", async ({ page, context, person, wire }) => {
  await signUp(page, person, servers.plain.url);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect.poll(() => wire.lines()).toContain("POST /auth/log_out 200");
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await context.setOffline(true);
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});
